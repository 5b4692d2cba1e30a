import { readFileSync } from 'node:fs';
import os from 'node:os';

/** What the numbers were measured on; nothing that tells whose machine it was. */
export function machineFacts() {
  const cpus = os.cpus();
  return {
    processor: cpus[0]?.model.trim() ?? 'unknown',
    cores: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release().replace(/[^\d.].*$/, '')} ${os.arch()}`,
    node: process.version,
    v8: process.versions.v8,
    /** Runnable processes on average over the last minute, ours included: how disturbed the run was. */
    load: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
  };
}

export const versionOf = (path: string): string =>
  (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version;

export function ownVersion(): string {
  return versionOf('../packages/holdfast/package.json');
}

export function versions(): Record<string, string> {
  const peers = ['lru-cache', 'bentocache', 'cacheable', 'cache-manager'];
  return {
    holdfast: ownVersion(),
    ...Object.fromEntries(peers.map((name) => [name, versionOf(`./node_modules/${name}/package.json`)])),
  };
}

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

export type MachineFacts = ReturnType<typeof machineFacts>;

export function machineText({ processor, cores, memoryGiB, system, node }: MachineFacts): string {
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node.slice(1)}`;
}

const versionOf = (path: string): string =>
  (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version;

export function ownVersion(): string {
  return versionOf('../packages/holdfast/package.json');
}

export function peerVersion(name: string): string {
  return versionOf(`./node_modules/${name}/package.json`);
}

/** Of Holdfast and the packages beside it, by name. */
export function versions(...peers: readonly string[]): Record<string, string> {
  return { holdfast: ownVersion(), ...Object.fromEntries(peers.map((name) => [name, peerVersion(name)])) };
}

export function versionsText(versions: Readonly<Record<string, string>>): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

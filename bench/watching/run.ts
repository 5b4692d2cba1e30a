import { mkdirSync, writeFileSync } from 'node:fs';
import { machineFacts, ownVersion, versionOf } from '../machine.ts';
import { render, renderMissed, type WatchingReport } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

export interface WatchingFlags {
  readonly quick: boolean;
  readonly record: boolean;
}

/** Measures everything of watching, tells standard error how far it is, and records the report if it is to. */
export async function runWatching(flags: WatchingFlags): Promise<WatchingReport> {
  const machine = machineFacts();
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const peer = (name: string) => versionOf(`./node_modules/${name}/package.json`);
  const report: WatchingReport = {
    date: new Date().toISOString().slice(0, 10),
    scale: flags.quick ? 'quick' : 'full',
    machine,
    versions: {
      holdfast: ownVersion(),
      parcel: peer('@parcel/watcher'),
      chokidar: peer('chokidar'),
      node: machine.node.slice(1),
    },
    results,
  };
  if (flags.record) {
    const at = (path: string): URL => new URL(path, new URL('../results/', import.meta.url));
    mkdirSync(at('./'), { recursive: true });
    writeFileSync(at(`watching-${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(at('watching.md'), `# Watching: the latest recorded run\n\n${render(report)}\n`);
    writeFileSync(
      at('../../docs/watchers.md'),
      `# Changes missed by watchers\n\n${renderMissed(report)}\n\nWritten by \`node bench/watching.ts --record\`.\n`,
    );
  }
  return report;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { machineFacts, ownVersion, versionOf } from '../machine.ts';
import { render, type StoreReport } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

export interface StoreFlags {
  readonly quick: boolean;
  readonly record: boolean;
}

/** Measures everything with a store, tells standard error how far it is, and records the report if it is to. */
export async function runStore(flags: StoreFlags): Promise<StoreReport> {
  const machine = machineFacts();
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const report: StoreReport = {
    date: new Date().toISOString().slice(0, 10),
    scale: flags.quick ? 'quick' : 'full',
    machine,
    versions: {
      holdfast: ownVersion(),
      bentocache: versionOf('./node_modules/bentocache/package.json'),
      keyv: versionOf('./node_modules/keyv/package.json'),
      '@keyv/sqlite': versionOf('./node_modules/@keyv/sqlite/package.json'),
    },
    loadAtTheEnd: machineFacts().load,
    results,
  };
  if (flags.record) {
    const at = (path: string): URL => new URL(path, new URL('../results/', import.meta.url));
    mkdirSync(at('./'), { recursive: true });
    writeFileSync(at(`store-${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(at('store.md'), `# The store: the latest recorded run\n\n${render(report)}\n`);
  }
  // After the recording: a run that found something wrong is told, too.
  const { warm, 'warm, many': many } = results.warmStart;
  if (warm.runs + many.runs > 0) {
    console.error(`A warm start is to make nothing: ${warm.runs} and ${many.runs} were made.`);
    process.exitCode = 1;
  }
  return report;
}

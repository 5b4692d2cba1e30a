import { machineFacts, versions } from '../machine.ts';
import type { Flags } from '../program.ts';
import { record, settingOf } from '../recording.ts';
import { render, type StoreReport } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

/** Measures everything with a store, tells standard error how far it is, and records the report if it is to. */
export async function runStore(flags: Flags): Promise<StoreReport> {
  const setting = settingOf(flags);
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const report: StoreReport = {
    ...setting,
    versions: versions('bentocache', 'keyv', '@keyv/sqlite'),
    loadAtTheEnd: machineFacts().load,
    results,
  };
  if (flags.record) record('store', 'The store', report, render(report));
  // After the recording: a run that found something wrong is told, too.
  const { warm, 'warm, many': many } = results.warmStart;
  if (warm.runs + many.runs > 0) {
    console.error(`A warm start is to make nothing: ${warm.runs} and ${many.runs} were made.`);
    process.exitCode = 1;
  }
  return report;
}

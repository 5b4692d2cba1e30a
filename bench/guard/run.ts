import { machineFacts, versions } from '../machine.ts';
import type { Flags } from '../program.ts';
import { record, settingOf } from '../recording.ts';
import { type GuardReport, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

/** Measures the guard, tells standard error how far it is, and records each round if it is to. */
export async function runGuard(flags: Flags): Promise<GuardReport> {
  const setting = settingOf(flags);
  let report: GuardReport | undefined;
  for await (const results of measureAll(flags.quick ? quick : full, (what) => console.error(what))) {
    report = {
      ...setting,
      versions: versions('cockatiel', 'p-retry'),
      loadAtTheEnd: machineFacts().load,
      results,
    };
    if (flags.record) record('guard', 'The guard', report, render(report));
  }
  if (report === undefined) throw new Error('nothing was measured');
  return report;
}

import { ownVersion } from '../machine.ts';
import type { Flags } from '../program.ts';
import { record, settingOf } from '../recording.ts';
import { type FilesReport, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

/** Measures everything with files, tells standard error how far it is, and records the report if it is to. */
export async function runFiles(flags: Flags): Promise<FilesReport> {
  const setting = settingOf(flags);
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const report: FilesReport = { ...setting, version: ownVersion(), results };
  if (flags.record) record('files', 'Reads that check files', report, render(report));
  return report;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { machineFacts, ownVersion } from '../machine.ts';
import { type FilesReport, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

export interface FilesFlags {
  readonly quick: boolean;
  readonly record: boolean;
}

/** Measures everything with files, tells standard error how far it is, and records the report if it is to. */
export async function runFiles(flags: FilesFlags): Promise<FilesReport> {
  const machine = machineFacts();
  const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
  const report: FilesReport = {
    date: new Date().toISOString().slice(0, 10),
    scale: flags.quick ? 'quick' : 'full',
    machine,
    version: ownVersion(),
    results,
  };
  if (flags.record) {
    const at = (path: string): URL => new URL(path, new URL('../results/', import.meta.url));
    mkdirSync(at('./'), { recursive: true });
    writeFileSync(at(`files-${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(at('files.md'), `# Reads that check files: the latest recorded run\n\n${render(report)}\n`);
  }
  return report;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { machineFacts, ownVersion, versionOf } from '../machine.ts';
import { type GuardReport, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

export interface GuardFlags {
  readonly quick: boolean;
  readonly record: boolean;
}

/** Measures the guard, tells standard error how far it is, and records each round if it is to. */
export async function runGuard(flags: GuardFlags): Promise<GuardReport> {
  const machine = machineFacts();
  let report: GuardReport | undefined;
  for await (const results of measureAll(flags.quick ? quick : full, (what) => console.error(what))) {
    report = {
      date: new Date().toISOString().slice(0, 10),
      scale: flags.quick ? 'quick' : 'full',
      machine,
      versions: {
        holdfast: ownVersion(),
        cockatiel: versionOf('./node_modules/cockatiel/package.json'),
        'p-retry': versionOf('./node_modules/p-retry/package.json'),
      },
      loadAtTheEnd: machineFacts().load,
      results,
    };
    if (flags.record) record(report);
  }
  if (report === undefined) throw new Error('nothing was measured');
  return report;
}

function record(report: GuardReport): void {
  const at = (path: string): URL => new URL(path, new URL('../results/', import.meta.url));
  mkdirSync(at('./'), { recursive: true });
  writeFileSync(at(`guard-${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(at('guard.md'), `# The guard: the latest recorded run\n\n${render(report)}\n`);
}

import { parseArgs } from 'node:util';
import { demandBuild, demandPeers } from './demand.ts';

/** What every benchmark is asked: for a look only, and to record what it found. */
export interface Flags {
  readonly quick: boolean;
  readonly record: boolean;
}

export interface Program<R> {
  /** Whether it needs other packages. */
  readonly peers: boolean;
  run(flags: Flags): Promise<R>;
  render(report: R): string;
}

/** A benchmark as a program: `--quick`, `--record`, and `--json` in place of Markdown. */
export async function runProgram<R>({ peers, run, render }: Program<R>): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
    },
  });
  demandBuild();
  if (peers) demandPeers();
  const report = await run(flags);
  console.log(flags.json ? JSON.stringify(report, null, 2) : render(report));
}

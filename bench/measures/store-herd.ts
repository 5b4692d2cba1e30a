import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HerdCommand, HerdTold } from '../store/herd-member.ts';
import { inFolder } from './ground.ts';
import { median } from './material.ts';

export interface StoreHerdOptions {
  readonly shelf: 'none' | 'holdfast' | 'bentocache';
  readonly processes: number;
  /** In each process. */
  readonly callers: number;
  /** Milliseconds. */
  readonly generator: number;
  /** Herds one after another, each for a key of its own. */
  readonly rounds: number;
}

export interface StoreHerd {
  /** Runs of the generator for a herd: the median, and the most. */
  readonly runs: number;
  readonly mostRuns: number;
  /** Milliseconds beyond the generator's until the last caller of all processes had the value: the median, and the most. */
  readonly beyond: number;
  readonly mostBeyond: number;
}

/** Herds of several processes on one cold key; all are there before they are released together. */
export function measureStoreHerd(options: StoreHerdOptions): Promise<StoreHerd> {
  return inFolder(async (root) => {
    const { processes, generator, rounds } = options;
    const members = Array.from({ length: processes }, () =>
      fork(new URL('../store/herd-member.ts', import.meta.url), [JSON.stringify({ ...options, root })]),
    );
    try {
      await Promise.all(members.map(told));
      const runs: number[] = [];
      const beyond: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const ledger = join(root, `runs-${round}`);
        writeFileSync(ledger, '');
        const ends = Promise.all(members.map(told));
        const start = performance.timeOrigin + performance.now();
        for (const member of members) member.send({ key: `key-${round}`, ledger } satisfies HerdCommand);
        const last = Math.max(...(await ends).map(({ end }) => end));
        runs.push(readFileSync(ledger).length);
        beyond.push(last - start - generator);
      }
      const [mostRuns, mostBeyond] = [Math.max(...runs), Math.max(...beyond)];
      return { runs: median(runs), mostRuns, beyond: median(beyond), mostBeyond };
    } finally {
      await Promise.all(members.map(leave));
    }
  });
}

function told(member: ChildProcess): Promise<HerdTold> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`a member of the herd ended with ${code}`));
    member.once('exit', ended);
    member.once('message', (message) => {
      member.off('exit', ended);
      resolve(message as HerdTold);
    });
  });
}

/** It closes what it has when nobody talks to it any more. */
function leave(member: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (member.exitCode !== null || member.signalCode !== null) return resolve();
    member.once('exit', () => resolve());
    if (member.connected) member.disconnect();
  });
}

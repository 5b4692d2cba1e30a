/**
 * What it costs that a hit of `watched` freshness is one of the hit path: `node bench/watched.ts`. Entries that were made
 * from nothing and entries that were made from a file, against the same floor, each in a process of its own, in turns.
 */
import { demandBuild } from './demand.ts';
import { median } from './measures/material.ts';
import { measureRevision, measureWatchedHit, type WatchedHitOptions } from './measures/watched-hit.ts';
import { spawnTask } from './spawn.ts';
import { table } from './table.ts';

type Task =
  | ({ readonly measure: 'hit' } & WatchedHitOptions)
  | { readonly measure: 'revision'; readonly entries: number; readonly rounds: number };

demandBuild();
const task = process.argv[2];
if (task === undefined) await report();
else console.log(JSON.stringify(await run(JSON.parse(task) as Task)));

function run(asked: Task): Promise<unknown> {
  return asked.measure === 'hit' ? measureWatchedHit(asked) : measureRevision(asked.entries, asked.rounds);
}

async function ask<R>(asked: Task): Promise<R> {
  return (await spawnTask(new URL(import.meta.url), asked, [], JSON.stringify(asked))) as R;
}

async function report(): Promise<void> {
  const scale = { entries: 100_000, reads: 100_000, warmUp: 3, rounds: 15 };
  const rows: string[][] = [];
  for (const by of ['get', 'getOrGenerate'] as const) {
    for (const order of ['inserted', 'zipf'] as const) {
      const shares = { nothing: [] as number[], 'a file': [] as number[] };
      for (let repeat = 0; repeat < 3; repeat += 1) {
        for (const from of ['nothing', 'a file'] as const) {
          const { ratio } = await ask<{ ratio: number }>({ measure: 'hit', by, order, from, ...scale });
          shares[from].push(ratio);
        }
      }
      const shown = (list: number[]) =>
        `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)}–${Math.max(...list).toFixed(2)})`;
      rows.push([`\`${by}\`, ${order}`, shown(shares.nothing), shown(shares['a file'])]);
    }
  }
  console.log(table(['a hit, share of the floor', 'made from nothing', 'made from a file, watched'], rows));
  const costs: string[][] = [];
  for (const entries of [1_000, 20_000, 100_000]) {
    const asked = { measure: 'revision', entries, rounds: 9 } as const;
    const { heard, read } = await ask<{ heard: number; read: number }>(asked);
    costs.push([entries.toLocaleString('en-US'), heard.toFixed(2), read.toFixed(2)]);
  }
  console.log(`\n${table(['proven entries', 'a file is heard of, ms', 'all are read again, ms'], costs)}`);
}

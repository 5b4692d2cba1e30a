import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';
import { inFolder, pathsOf, settledClock, writeFiles } from './ground.ts';
import { inEveryTurn } from './loop-turns.ts';
import { median, turn } from './material.ts';

export interface LoopDelayOptions {
  readonly entries: number;
  /** Files of each entry, its own. */
  readonly dependencies: number;
  readonly rounds: number;
}

/** Milliseconds. */
export interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Watched {
  /** How late timers of a millisecond came, by `monitorEventLoopDelay`, the millisecond included. */
  readonly timers: Delay;
  /** Between one `setImmediate` and the next. */
  readonly immediates: Delay;
}

export interface LoopDelay {
  /** The loop while nothing is to be done but this watching: what the machine adds. */
  readonly idle: Watched;
  readonly checking: Watched;
  /** Milliseconds until all entries are answered. */
  readonly milliseconds: number;
  /** Milliseconds of `lstatSync` of the same files, in one go. */
  readonly floorMilliseconds: number;
}

/** Whether the event loop goes on while very many dependencies are looked at. */
export function measureLoopDelay(options: LoopDelayOptions): Promise<LoopDelay> {
  return inFolder(async (root) => {
    const { entries, dependencies, rounds } = options;
    const paths = pathsOf(entries * dependencies);
    writeFiles(root, paths, 100);
    const workspace = await openWorkspace(root, { clock: settledClock });
    const cache = createCache({ workspace, kinds: { entry: kind<number>() } });
    let generations = 0;
    const entry = cache.define({
      kind: 'entry',
      name: 'entry',
      generate: async (ctx, index: number) => {
        generations += 1;
        const own = paths.slice(index * dependencies, (index + 1) * dependencies);
        return (await Promise.all(own.map((path) => ctx.bytes(path)))).length;
      },
    });
    const ask = () => Promise.all(Array.from({ length: entries }, (_, index) => entry(index)));
    for (let i = 0; i < 3; i++) await ask();

    const files = paths.map((path) => join(root, path));
    const [times, floors]: [number[], number[]] = [[], []];
    const checking = await watch(async () => {
      for (let i = 0; i < rounds; i++) {
        const start = performance.now();
        await ask();
        times.push(performance.now() - start);
        await turn();
      }
    });
    const idle = await watch(() => turn(rounds * median(times)));
    for (let i = 0; i < rounds; i++) {
      const start = performance.now();
      for (const file of files) lstatSync(file, { bigint: true });
      floors.push(performance.now() - start);
      await turn();
    }
    if (generations > entries) throw new Error(`${generations} generations: the calls were no hits`);
    await cache.close();
    await workspace.close();
    return { idle, checking, milliseconds: median(times), floorMilliseconds: median(floors) };
  });
}

async function watch(run: () => Promise<void>): Promise<Watched> {
  const gaps: number[] = [];
  let last = performance.now();
  const timers = await inEveryTurn(run, () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
  });
  gaps.sort((a, b) => a - b);
  const at = (share: number) => gaps[Math.min(gaps.length - 1, Math.floor(share * gaps.length))] as number;
  return {
    timers: { p50: timers.percentile(50) / 1e6, p99: timers.percentile(99) / 1e6, max: timers.max / 1e6 },
    immediates: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}

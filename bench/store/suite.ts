/** Everything that is measured with a store, in order; each number by a process of its own, repeats interleaved. */
import type { ShareOfFloor } from '../figures.ts';
import type { Share } from '../measures/hit.ts';
import { median } from '../measures/material.ts';
import type { StoreHerd, StoreHerdOptions } from '../measures/store-herd.ts';
import type { StoreMemoryOptions } from '../measures/store-memory.ts';
import type { FirstHit, StoreOpeningOptions } from '../measures/store-opening.ts';
import type { StoreReadOptions } from '../measures/store-read.ts';
import type { StoreWarmStartOptions, WarmStart } from '../measures/store-warm-start.ts';
import type { StoreWriteOptions } from '../measures/store-write.ts';
import { spawnTask } from '../spawn.ts';
import type { Task, Tasks } from './child.ts';
import type { ShelfName } from './shelf.ts';

type Turns = Pick<StoreReadOptions, 'warmUp' | 'rounds'>;

export interface Scale {
  /** Processes for each ratio. */
  readonly repeats: number;
  readonly memory: Turns & Pick<StoreMemoryOptions, 'entries'>;
  readonly reads: readonly (Turns & Pick<StoreReadOptions, 'bytes' | 'keys'>)[];
  readonly writes: readonly (Turns & Pick<StoreWriteOptions, 'bytes' | 'writes' | 'order'>)[];
  readonly opening: StoreOpeningOptions;
  readonly herd: Omit<StoreHerdOptions, 'shelf'>;
  readonly warmStart: StoreWarmStartOptions;
}

export const full: Scale = {
  repeats: 3,
  memory: { entries: 1_000, warmUp: 5, rounds: 11 },
  reads: [
    { bytes: 1_000, keys: 500, warmUp: 1, rounds: 5 },
    { bytes: 64_000, keys: 100, warmUp: 1, rounds: 5 },
    { bytes: 1_000_000, keys: 15, warmUp: 1, rounds: 5 },
  ],
  writes: [
    { bytes: 1_000, writes: 2_000, order: 'at once', warmUp: 1, rounds: 7 },
    { bytes: 1_000, writes: 200, order: 'one by one', warmUp: 1, rounds: 7 },
  ],
  opening: { records: 100_000, bytes: 1_000, openings: 3 },
  herd: { processes: 8, callers: 1_000, generator: 200, rounds: 7 },
  warmStart: { files: 5_000, bytes: 2_000, repeats: 2 },
};

export const quick: Scale = {
  repeats: 1,
  memory: { entries: 1_000, warmUp: 2, rounds: 3 },
  reads: [
    { bytes: 1_000, keys: 200, warmUp: 1, rounds: 2 },
    { bytes: 64_000, keys: 20, warmUp: 1, rounds: 2 },
    { bytes: 1_000_000, keys: 4, warmUp: 1, rounds: 2 },
  ],
  writes: [
    { bytes: 1_000, writes: 200, order: 'at once', warmUp: 1, rounds: 3 },
    { bytes: 1_000, writes: 20, order: 'one by one', warmUp: 1, rounds: 3 },
  ],
  opening: { records: 5_000, bytes: 1_000, openings: 1 },
  herd: { processes: 8, callers: 1_000, generator: 200, rounds: 2 },
  warmStart: { files: 500, bytes: 2_000, repeats: 1 },
};

/** The median of the processes' medians, with the lowest and highest; all as shares of the floor's speed. */
export interface Speed extends ShareOfFloor {
  readonly microseconds: number;
  readonly floorMicroseconds: number;
}

export interface Results {
  readonly memory: readonly (Speed & Pick<StoreMemoryOptions, 'coherence'>)[];
  readonly reads: readonly (Speed & Pick<StoreReadOptions, 'shelf' | 'bytes' | 'keys'>)[];
  readonly writes: readonly (Speed & Pick<StoreWriteOptions, 'shelf' | 'bytes' | 'writes' | 'order'>)[];
  readonly opening: FirstHit & StoreOpeningOptions;
  readonly herds: readonly (StoreHerd & StoreHerdOptions)[];
  readonly warmStart: WarmStart;
  readonly warmStartOf: StoreWarmStartOptions;
}

type Progress = (what: string) => void;

const shelves: readonly ShelfName[] = ['files', 'holdfast', 'bentocache', 'keyv'];

export async function measureAll(scale: Scale, progress: Progress): Promise<Results> {
  return {
    memory: await speeds(
      scale.repeats,
      (['none', 'bounded', 'strict'] as const).map((coherence) => ({ ...scale.memory, coherence })),
      (options) => {
        progress(`hit in memory, ${options.coherence}`);
        return spawnStore('memory', options);
      },
    ),
    reads: await speeds(
      scale.repeats,
      scale.reads.flatMap((read) => shelves.map((shelf) => ({ ...read, shelf }))),
      (options) => {
        progress(`reads of ${options.bytes} bytes, ${options.shelf}`);
        return spawnStore('read', options);
      },
    ),
    writes: await speeds(
      scale.repeats,
      scale.writes.flatMap((write) => shelves.map((shelf) => ({ ...write, shelf }))),
      (options) => {
        progress(`${options.writes} writes ${options.order}, ${options.shelf}`);
        return spawnStore('write', options);
      },
    ),
    opening: await measureOpening(scale, progress),
    herds: await measureHerds(scale, progress),
    warmStart: await measureWarmStart(scale, progress),
    warmStartOf: scale.warmStart,
  };
}

async function measureOpening({ opening }: Scale, progress: Progress): Promise<Results['opening']> {
  progress(`opening ${opening.records} records`);
  return { ...opening, ...(await spawnStore('opening', opening)) };
}

async function measureHerds({ herd }: Scale, progress: Progress): Promise<Results['herds']> {
  const herds: (StoreHerd & StoreHerdOptions)[] = [];
  for (const shelf of ['none', 'holdfast', 'bentocache'] as const) {
    progress(`a herd of ${herd.processes} processes, ${shelf}`);
    herds.push({ ...herd, shelf, ...(await spawnStore('herd', { ...herd, shelf })) });
  }
  return herds;
}

function measureWarmStart({ warmStart }: Scale, progress: Progress): Promise<WarmStart> {
  progress(`starts with ${warmStart.files} files`);
  return spawnStore('warm start', warmStart);
}

function spawnStore<M extends keyof Tasks>(measure: M, options: Tasks[M]['options']) {
  const task = { measure, options } as Task;
  const program = new URL('./child.ts', import.meta.url);
  return spawnTask(program, task, [], JSON.stringify(task)) as Promise<Tasks[M]['result']>;
}

/** A B C, A B C. */
async function speeds<W extends object>(
  repeats: number,
  kinds: readonly W[],
  run: (what: W) => Promise<Share>,
): Promise<(W & Speed)[]> {
  const shares = kinds.map((what): [W, Share[]] => [what, []]);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [what, list] of shares) list.push(await run(what));
  }
  return shares.map(([what, list]) => {
    const ratios = list.map(({ ratio }) => ratio);
    return {
      ...what,
      share: median(ratios),
      lowest: Math.min(...ratios),
      highest: Math.max(...ratios),
      microseconds: median(list.map(({ nanoseconds }) => nanoseconds)) / 1e3,
      floorMicroseconds: median(list.map(({ floorNanoseconds }) => floorNanoseconds)) / 1e3,
    };
  });
}

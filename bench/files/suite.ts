/** Everything that is measured with files, in order; each number by a process of its own, repeats interleaved. */
import type { ShareOfFloor } from '../figures.ts';
import type { CheckedHitOptions } from '../measures/checked-hit.ts';
import type { ColdCheck, ColdCheckOptions } from '../measures/cold-check.ts';
import type { DependencyWeight, DependencyWeightOptions } from '../measures/dependency-weight.ts';
import type { Share } from '../measures/hit.ts';
import type { LoopDelay, LoopDelayOptions } from '../measures/loop-delay.ts';
import { median } from '../measures/material.ts';
import type { SourceIndex } from '../measures/source-index.ts';
import type { RepositorySize } from '../measures/source-repository.ts';
import { spawnTask } from '../spawn.ts';
import type { Task, Tasks } from './child.ts';

export interface Scale {
  /** Processes for each number. */
  readonly repeats: number;
  readonly rounds: number;
  readonly fileCounts: readonly number[];
  readonly entryCounts: readonly number[];
  readonly herds: readonly number[];
  readonly cold: Pick<ColdCheckOptions, 'files' | 'bytes' | 'rounds'>;
  /** File dependencies in all. */
  readonly weighed: number;
  readonly delays: readonly LoopDelayOptions[];
  readonly repository: RepositorySize;
}

export const full: Scale = {
  repeats: 3,
  rounds: 15,
  fileCounts: [1, 10, 100, 1_000],
  entryCounts: [100, 1_000],
  herds: [1, 1_000],
  cold: { files: 20_000, bytes: 3_500, rounds: 7 },
  weighed: 20_000,
  delays: [
    { entries: 1, dependencies: 20_000, rounds: 20 },
    { entries: 200, dependencies: 100, rounds: 20 },
  ],
  repository: { directories: 500, filesPerDirectory: 12, edited: 300, added: 20, deleted: 20 },
};

export const quick: Scale = {
  repeats: 1,
  rounds: 5,
  fileCounts: [1, 100],
  entryCounts: [100],
  herds: [1, 1_000],
  cold: { files: 2_000, bytes: 3_500, rounds: 3 },
  weighed: 2_000,
  delays: [{ entries: 20, dependencies: 100, rounds: 10 }],
  repository: { directories: 50, filesPerDirectory: 12, edited: 30, added: 2, deleted: 2 },
};

/** The median of the processes' medians, with the lowest and highest share of the floor. */
interface Cost extends ShareOfFloor {
  readonly microseconds: number;
}

export interface HitCost extends Cost {
  readonly from: CheckedHitOptions['from'];
  readonly count: number;
  readonly callers: number;
  readonly floorOnly: boolean;
}

export interface Results {
  readonly hits: readonly HitCost[];
  /** Per file. */
  readonly cold: Cost & Pick<ColdCheck, 'files' | 'megabytes'>;
  readonly weights: readonly (DependencyWeightOptions & DependencyWeight)[];
  readonly delays: readonly (LoopDelayOptions & LoopDelay)[];
  readonly index: SourceIndex;
}

type Progress = (what: string) => void;

export async function measureAll(scale: Scale, progress: Progress): Promise<Results> {
  return {
    hits: await measureHits(scale, progress),
    cold: await measureCold(scale, progress),
    weights: await measureWeights(scale, progress),
    delays: await measureDelays(scale, progress),
    index: await measureIndex(scale, progress),
  };
}

async function measureHits(scale: Scale, progress: Progress): Promise<HitCost[]> {
  const floor = { from: 'files', count: 100, callers: 1, floorOnly: true } as const;
  const kinds = scale.herds.flatMap((callers) => [
    ...scale.fileCounts.map((count) => ({ from: 'files', count, callers }) as const),
    ...scale.entryCounts.map((count) => ({ from: 'entries', count, callers }) as const),
    ...scale.entryCounts.map((count) => ({ from: 'entries of a file', count, callers }) as const),
    { from: 'glob', count: 1_000, callers } as const,
  ]);
  const shares = await interleave([floor, ...kinds], scale.repeats, (what) => {
    progress(`checked hit: ${what.from}, ${what.count}, ${what.callers} at once`);
    const looks = what.from === 'glob' ? 100 : what.count;
    const hits = what.callers > 1 ? 2 : Math.max(5, Math.ceil(3_000 / (looks + 2)));
    return spawnFiles('hit', { floorOnly: false, ...what, hits, warmUp: 6, rounds: scale.rounds });
  });
  return shares.map(([what, list]) => ({ floorOnly: false, ...what, ...costOf(list) }));
}

async function measureCold(scale: Scale, progress: Progress): Promise<Results['cold']> {
  const [found] = await interleave([scale.cold], scale.repeats, (cold) => {
    progress(`cold check of ${cold.files} files`);
    return spawnFiles('cold', { ...cold, warmUp: 2 });
  });
  const list = found?.[1] as ColdCheck[];
  const { files, megabytes } = list[0] as ColdCheck;
  return { ...costOf(list), files, megabytes };
}

async function measureWeights(scale: Scale, progress: Progress): Promise<Results['weights']> {
  const kinds = [false, true].flatMap((shared) =>
    [10, 100, 1_000].map((dependencies) => ({
      entries: scale.weighed / dependencies,
      dependencies,
      shared,
    })),
  );
  const weights = await interleave(kinds, scale.repeats, (what) => {
    progress(`bytes a dependency: ${what.entries} entries of ${what.dependencies}`);
    return spawnFiles('weight', what);
  });
  return weights.map(([what, list]) => ({
    ...what,
    dependency: median(list.map(({ dependency }) => dependency)),
    signature: median(list.map(({ signature }) => signature)),
  }));
}

async function measureDelays(scale: Scale, progress: Progress): Promise<Results['delays']> {
  const delays = await interleave(scale.delays, scale.repeats, (what) => {
    progress(`event loop: ${what.entries} entries of ${what.dependencies} files`);
    return spawnFiles('delay', what);
  });
  return delays.map(([what, list]) => ({ ...what, ...medians(list) }));
}

async function measureIndex(scale: Scale, progress: Progress): Promise<SourceIndex> {
  const [found] = await interleave([scale.repository], scale.repeats, (repository) => {
    progress(`index of ${repository.directories * repository.filesPerDirectory} source files`);
    return spawnFiles('index', repository);
  });
  return medians(found?.[1] as SourceIndex[]);
}

function spawnFiles<M extends keyof Tasks>(measure: M, options: Tasks[M]['options']) {
  const task = { measure, options } as Task;
  const flags = measure === 'weight' ? ['--expose-gc'] : [];
  const program = new URL('./child.ts', import.meta.url);
  return spawnTask(program, task, flags, JSON.stringify(task)) as Promise<Tasks[M]['result']>;
}

/** A B C, A B C. */
async function interleave<W, R>(
  kinds: readonly W[],
  repeats: number,
  run: (what: W) => Promise<R>,
): Promise<[W, R[]][]> {
  const results = kinds.map((what): [W, R[]] => [what, []]);
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [what, list] of results) list.push(await run(what));
  }
  return results;
}

function costOf(list: readonly Share[]): Cost {
  const shares = list.map(({ ratio }) => ratio);
  return {
    share: median(shares),
    lowest: Math.min(...shares),
    highest: Math.max(...shares),
    microseconds: median(list.map(({ nanoseconds }) => nanoseconds)) / 1e3,
  };
}

/** One result of the shape of all, each number of it their median. */
function medians<T>(list: readonly T[]): T {
  const [first] = list;
  if (typeof first === 'number') return median(list as readonly number[]) as T;
  if (Array.isArray(first)) return first.map((_, i) => medians(list.map((one) => (one as T[])[i]))) as T;
  if (typeof first !== 'object' || first === null) return first as T;
  const names = Object.keys(first) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, medians(list.map((one) => one[name]))])) as T;
}

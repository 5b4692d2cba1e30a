/** Everything that is measured, in order; each number by a process of its own. */
import type { ContenderName } from './contenders/contender.ts';
import type { Herd } from './measures/herd.ts';
import type { Share } from './measures/hit.ts';
import { median } from './measures/material.ts';
import { spawn } from './spawn.ts';

export interface Scale {
  readonly entries: number;
  /** Processes per contender, interleaved: A B C A B C. */
  readonly repeats: number;
  /** Rounds within a process: floor, contender, floor, contender. */
  readonly rounds: number;
  readonly readOrders: readonly ('inserted' | 'zipf')[];
  readonly setOrders: readonly ('uniform' | 'cyclic')[];
  readonly herds: readonly number[];
  readonly failingHerd: number;
  readonly setOperations: number;
}

export const full: Scale = {
  entries: 100_000,
  repeats: 3,
  rounds: 15,
  readOrders: ['inserted', 'zipf'],
  setOrders: ['uniform', 'cyclic'],
  herds: [10, 1_000, 10_000],
  failingHerd: 100,
  setOperations: 200_000,
};

export const quick: Scale = {
  entries: 100_000,
  repeats: 1,
  rounds: 5,
  readOrders: ['inserted'],
  setOrders: ['uniform'],
  herds: [1_000],
  failingHerd: 20,
  setOperations: 40_000,
};

/** The median of the processes' medians, with the lowest and highest of them. */
export interface Spread {
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly nanoseconds: number;
}

export interface Results {
  get: Record<string, Partial<Record<'inserted' | 'zipf', Spread>>>;
  read: Record<string, Partial<Record<'inserted' | 'zipf', Spread>>>;
  eviction: Record<string, Partial<Record<'uniform' | 'cyclic', Spread>>>;
  /** Bytes an entry beyond key and value. */
  weight: Record<string, number>;
  herd: { contender: string; callers: number; failing: boolean; latency: number; result: Herd }[];
}

export type Progress = (what: string) => void;

const slowToRead = new Set<ContenderName>(['bentocache', 'cacheable', 'cache-manager']);
const getters: readonly ContenderName[] = ['map', 'holdfast', 'lru-cache', 'cacheable'];
const readers: readonly ContenderName[] = [
  'map',
  'holdfast',
  'lru-cache',
  'bentocache',
  'cacheable',
  'cache-manager',
];
const bounded: readonly ContenderName[] = ['map', 'holdfast', 'lru-cache', 'bentocache', 'cacheable'];

export async function measureHits(
  measure: 'get' | 'read',
  names: readonly ContenderName[],
  scale: Scale,
  progress: Progress,
): Promise<Results['get']> {
  const { entries } = scale;
  const result: Results['get'] = {};
  for (const order of scale.readOrders) {
    const shares = await interleave(names, scale.repeats, (name) => {
      progress(`${measure} hit, ${order}: ${name}`);
      // The asynchronous peers need milliseconds where a Map needs microseconds: fewer reads say as much.
      const slow = slowToRead.has(name) && (measure === 'read' || name === 'cacheable');
      const [reads, warmUp, rounds] = slow ? [10_000, 3, 3] : [entries, 6, scale.rounds];
      return spawn(measure, name, { entries, order, reads, warmUp, rounds });
    });
    for (const [name, spread] of shares) result[name] = { ...result[name], [order]: spread };
  }
  return result;
}

export async function measureSets(
  names: readonly ContenderName[],
  scale: Scale,
  progress: Progress,
): Promise<Results['eviction']> {
  const result: Results['eviction'] = {};
  for (const order of scale.setOrders) {
    const shares = await interleave(names, scale.repeats, (name) => {
      progress(`set with eviction, ${order}: ${name}`);
      const operations = scale.setOperations;
      const rounds = Math.max(3, Math.ceil(scale.rounds / 2));
      return spawn('eviction', name, { maximum: 50_000, universe: 200_000, operations, rounds, order });
    });
    for (const [name, spread] of shares) {
      result[name] = { ...result[name], [order]: spread };
    }
  }
  return result;
}

export async function measureWeights(
  names: readonly ContenderName[],
  scale: Scale,
  progress: Progress,
): Promise<Results['weight']> {
  const result: Results['weight'] = {};
  for (const name of names) {
    progress(`bytes an entry: ${name}`);
    result[name] = await spawn('weight', name, { entries: scale.entries, afterReads: false });
    if (name === 'holdfast') {
      result['holdfast, every entry read through'] = await spawn('weight', name, {
        entries: scale.entries,
        afterReads: true,
      });
    }
  }
  return result;
}

async function measureHerds(scale: Scale, progress: Progress): Promise<Results['herd']> {
  const result: Results['herd'] = [];
  const run = async (contender: ContenderName, callers: number, failing: boolean): Promise<void> => {
    progress(`herd of ${callers}${failing ? ', failing' : ''}: ${contender}`);
    const options = { callers, failing, latency: failing ? 10 : 50 };
    result.push({ contender, ...options, result: await spawn('herd', contender, options) });
  };
  for (const callers of scale.herds)
    for (const name of ['unprotected', ...readers] as const) await run(name, callers, false);
  for (const name of ['unprotected', ...readers] as const) await run(name, scale.failingHerd, true);
  return result;
}

export async function measureAll(scale: Scale, progress: Progress): Promise<Results> {
  return {
    get: await measureHits('get', getters, scale, progress),
    read: await measureHits('read', readers, scale, progress),
    eviction: await measureSets(bounded, scale, progress),
    weight: await measureWeights(
      ['map', 'holdfast', 'lru-cache', 'bentocache', 'cacheable'],
      scale,
      progress,
    ),
    herd: await measureHerds(scale, progress),
  };
}

async function interleave(
  names: readonly ContenderName[],
  repeats: number,
  run: (name: ContenderName) => Promise<Share | undefined>,
): Promise<[ContenderName, Spread][]> {
  const shares = new Map<ContenderName, Share[]>(names.map((name) => [name, []]));
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const name of names) {
      const share = await run(name);
      if (share !== undefined) shares.get(name)?.push(share);
    }
  }
  return [...shares].map(([name, list]) => {
    const ratios = list.map((share) => share.ratio);
    return [
      name,
      {
        ratio: median(ratios),
        lowest: Math.min(...ratios),
        highest: Math.max(...ratios),
        nanoseconds: median(list.map((share) => share.nanoseconds)),
      },
    ];
  });
}

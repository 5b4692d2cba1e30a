import { hash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { openWorkspace } from 'holdfast/workspace';
import { spawnTask } from '../spawn.ts';
import { inFolder, pathsOf, writeFiles } from './ground.ts';
import { median } from './material.ts';

export interface StoreWarmStartOptions {
  readonly files: number;
  readonly bytes: number;
  readonly repeats: number;
}

/**
 * `no store`: made, kept in memory alone. `cold`: made, into an empty store. `cold, no leases`: the same with `share:
 * 'process'`. `warm`: found in the store. `warm, many`: found in the store by one call of `many`.
 */
export const starts = ['no store', 'cold', 'cold, no leases', 'warm', 'warm, many'] as const;
export type StartName = (typeof starts)[number];

export interface Start {
  /** From nothing to all values: a workspace, a store and a cache opened, and every file asked for. */
  readonly milliseconds: number;
  /** Reading and hashing all files, in the same process before. */
  readonly floor: number;
  /** Until the store had acknowledged everything, and was closed. */
  readonly closing: number;
  readonly runs: number;
  /** `store.failed` events. */
  readonly failures: number;
  /** Values that the store had not when the cache was closed: the next process has to make them again. */
  readonly lost?: number;
}

export type WarmStart = Readonly<Record<StartName, Start & { readonly ratio: number }>>;

/** All files of a repository asked for in a new process, the store being empty or full. */
export function measureStoreWarmStart(options: StoreWarmStartOptions): Promise<WarmStart> {
  return inFolder(async (root) => {
    const repository = join(root, 'repository');
    mkdirSync(repository);
    writeFiles(repository, pathsOf(options.files), options.bytes);
    const begin = async (how: StartName, store: string): Promise<Start> => {
      const task = {
        measure: 'start',
        options: { how, repository, files: options.files, store: join(root, store) },
      };
      const child = new URL('../store/child.ts', import.meta.url);
      return (await spawnTask(child, task, [], `a start (${how})`)) as Start;
    };
    // What the warm ones find. Again where a start has left something out, which is told of those that are measured.
    for (let i = 0; i < 5 && (await begin(i === 0 ? 'cold' : 'warm', 'full.sqlite')).runs > 0; i++);
    const found = new Map<StartName, Start[]>(starts.map((how) => [how, []]));
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      for (const [how, list] of found) {
        const warm = how.startsWith('warm');
        const store = warm ? 'full.sqlite' : `${how}-${repeat}.sqlite`;
        const start = await begin(how, store);
        if (!warm && start.runs !== options.files) throw new Error(`${how}: ${JSON.stringify(start)}`);
        // Once more over what a cold one has left, for nothing but what is missing there.
        const lost = how.startsWith('cold') ? (await begin('warm', store)).runs : 0;
        list.push({ ...start, lost });
      }
    }
    const middle = (list: readonly Start[]): WarmStart[StartName] => ({
      milliseconds: median(list.map(({ milliseconds }) => milliseconds)),
      floor: median(list.map(({ floor }) => floor)),
      closing: median(list.map(({ closing }) => closing)),
      runs: Math.max(...list.map(({ runs }) => runs)),
      failures: Math.max(...list.map(({ failures }) => failures)),
      lost: Math.max(...list.map(({ lost = 0 }) => lost)),
      ratio: median(list.map(({ milliseconds, floor }) => milliseconds / floor)),
    });
    return Object.fromEntries([...found].map(([how, list]) => [how, middle(list)])) as unknown as WarmStart;
  });
}

export interface StartOptions {
  readonly how: StartName;
  readonly repository: string;
  readonly files: number;
  readonly store: string;
}

/** What one process measures. The generator costs nothing: what is measured is the cache. */
export async function measureStart({ how, repository, files, store: path }: StartOptions): Promise<Start> {
  const paths = pathsOf(files);
  const beforeFloor = performance.now();
  for (const file of paths) hash('sha256', readFileSync(join(repository, file)), 'hex');
  const floor = performance.now() - beforeFloor;

  let runs = 0;
  let failures = 0;
  const start = performance.now();
  const workspace = await openWorkspace(repository);
  const store = how === 'no store' ? {} : { store: await sqliteStore(path) };
  const share = how === 'cold, no leases' ? 'process' : 'machine';
  const kinds = { length: kind<number>({ share }) };
  const cache = createCache({ workspace, kinds, maxEntries: 2 * files, ...store });
  cache.on('store.failed', () => {
    failures += 1;
  });
  const lengthOf = cache.define({
    kind: 'length',
    name: 'length',
    generate: async (ctx, file: string) => {
      runs += 1;
      return (await ctx.file(file)).length;
    },
  });
  const values =
    how === 'warm, many'
      ? await lengthOf.many(paths.map((file): [string] => [file]))
      : await Promise.all(paths.map((file) => lengthOf(file)));
  const milliseconds = performance.now() - start;
  if (values.some((length) => length === 0)) throw new Error('a file without a length');
  const beforeClosing = performance.now();
  await cache.close();
  const closing = performance.now() - beforeClosing;
  await workspace.close();
  return { milliseconds, floor, closing, runs, failures };
}

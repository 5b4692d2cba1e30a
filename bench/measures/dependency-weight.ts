import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';
import { inFolder, pathsOf, settledClock, writeFiles } from './ground.ts';
import { turn } from './material.ts';

export interface DependencyWeightOptions {
  readonly entries: number;
  readonly dependencies: number;
  /** Whether all entries were made from the same files, or each from files of its own. */
  readonly shared: boolean;
}

export interface DependencyWeight {
  /** Bytes for each file that an entry was made from, beyond what the entry takes without. */
  readonly dependency: number;
  /** Bytes for each file in the workspace's table of signatures. */
  readonly signature: number;
}

/** What file dependencies take of the heap; needs `--expose-gc`. */
export function measureDependencyWeight(options: DependencyWeightOptions): Promise<DependencyWeight> {
  return inFolder(async (root) => {
    const { entries, dependencies, shared } = options;
    const paths = pathsOf(shared ? dependencies : entries * dependencies);
    writeFiles(root, paths, 100);
    // What runs for the first time leaves code behind: a small run of everything goes first.
    await weigh(root, paths.slice(0, 10), { entries: 1, dependencies: Math.min(10, dependencies), shared });
    return weigh(root, paths, options);
  });
}

async function weigh(
  root: string,
  paths: readonly string[],
  { entries, dependencies, shared }: DependencyWeightOptions,
): Promise<DependencyWeight> {
  const workspace = await openWorkspace(root, { clock: settledClock });
  const cache = createCache({ workspace, kinds: { entry: kind<number>() } });
  const entry = cache.define({
    kind: 'entry',
    name: 'entry',
    generate: async (ctx, index: number, withFiles: boolean) => {
      const from = shared ? 0 : index * dependencies;
      if (withFiles) for (const path of paths.slice(from, from + dependencies)) await ctx.bytes(path);
      return index;
    },
  });
  const start = await used();
  for (const path of paths) await workspace.hash(path);
  const hashed = await used();
  for (let index = 0; index < entries; index++) await entry(index, false);
  const bare = await used();
  for (let index = 0; index < entries; index++) await entry(index, true);
  const full = await used();
  if ((await entry.explain(0, true)).dependencies.length !== dependencies)
    throw new Error('not all recorded');
  await cache.close();
  await workspace.close();
  return {
    signature: (hashed - start) / paths.length,
    dependency: (full - bare - (bare - hashed)) / (entries * dependencies),
  };
}

async function used(): Promise<number> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error('measuring memory needs node --expose-gc');
  await turn(50);
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

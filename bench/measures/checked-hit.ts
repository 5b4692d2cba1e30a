import { lstatSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createCache, kind } from 'holdfast';
import { openWorkspace } from 'holdfast/workspace';
import { inFolder, pathsOf, settledClock, writeFiles } from './ground.ts';
import { inTurns, type Share } from './hit.ts';

export interface CheckedHitOptions {
  /** What the entry was made from: files, entries made from nothing, entries made from a file each, or a glob. */
  readonly from: 'files' | 'entries' | 'entries of a file' | 'glob';
  /** How many of them; for a glob, how many files it finds, ten to a folder. */
  readonly count: number;
  /** Concurrent callers for the one entry. */
  readonly callers: number;
  /** Hits in a round, or herds. */
  readonly hits: number;
  readonly warmUp: number;
  readonly rounds: number;
  /** Measures the floor against itself, which shows the noise. */
  readonly floorOnly?: boolean;
}

/**
 * A hit whose dependencies are looked at and found unchanged, per call. The floor of files is `lstatSync` of the same
 * files, of a glob `readdirSync` of the same folders, of entries as many reads of a Map; of a herd, that once, and a
 * promise that all callers await.
 */
export function measureCheckedHit(options: CheckedHitOptions): Promise<Share> {
  return inFolder(async (root) => {
    const { from, count, callers, hits } = options;
    const paths = pathsOf(count);
    writeFiles(root, paths, 500);
    const workspace = await openWorkspace(root, { clock: settledClock });
    const cache = createCache({ workspace, kinds: { whole: kind<number>(), part: kind<object>() } });
    let generations = 0;
    const part = cache.define({
      kind: 'part',
      name: 'part',
      generate: async (ctx, path: string) => {
        if (from === 'entries of a file') await ctx.file(path);
        return { path };
      },
    });
    const whole = cache.define({
      kind: 'whole',
      name: 'whole',
      generate: async (ctx) => {
        generations += 1;
        if (from === 'glob') return (await ctx.glob('src/**/*.ts')).length;
        const look = (path: string) => (from === 'files' ? ctx.file(path) : ctx.use(part, path));
        return (await Promise.all(paths.map(look))).length;
      },
    });
    if ((await whole()) !== count) throw new Error('not everything was found');

    const look = floorOf(root, paths, from);
    const floor = async (): Promise<number> => {
      look();
      return count;
    };
    const own = options.floorOnly === true ? floor : () => whole();
    const share = await inTurns(
      options,
      hits * callers,
      callers === 1 ? () => oneByOne(floor, hits) : () => herds(floor, hits, callers, 'shared'),
      callers === 1 ? () => oneByOne(own, hits) : () => herds(own, hits, callers, 'each'),
    );
    if (generations > 1) throw new Error(`${generations} generations: the calls were no hits`);
    await cache.close();
    await workspace.close();
    return share;
  });
}

function floorOf(root: string, paths: readonly string[], from: CheckedHitOptions['from']): () => void {
  const files = paths.map((path) => join(root, path));
  if (from === 'entries') {
    const map = new Map(paths.map((path) => [path, { path }]));
    return () => {
      for (const path of paths) if (map.get(path) === undefined) throw new Error(`lost ${path}`);
    };
  }
  if (from === 'glob') {
    const folders = [root, join(root, 'src'), ...new Set(files.map((file) => dirname(file)))];
    return () => {
      for (const folder of folders) readdirSync(folder, { withFileTypes: true });
    };
  }
  return () => {
    for (const file of files) lstatSync(file, { bigint: true });
  };
}

async function oneByOne(call: () => Promise<unknown>, hits: number): Promise<number> {
  let found = 0;
  for (let i = 0; i < hits; i++) if ((await call()) !== undefined) found += 1;
  return found;
}

/** Herds one after another; `shared`: one call for all. */
async function herds(
  call: () => Promise<unknown>,
  hits: number,
  callers: number,
  how: 'shared' | 'each',
): Promise<number> {
  let found = 0;
  for (let i = 0; i < hits; i++) {
    const shared = how === 'shared' ? call() : undefined;
    const caller = shared === undefined ? call : async () => shared;
    for (const value of await Promise.all(Array.from({ length: callers }, caller))) {
      if (value !== undefined) found += 1;
    }
  }
  return found;
}

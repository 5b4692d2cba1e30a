import { join } from 'node:path';
import { createCache, type Generator, type Handle } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { inFolder } from './ground.ts';
import { inTurns, type Share } from './hit.ts';
import { makeKeys } from './material.ts';

export interface StoreMemoryOptions {
  /** `none`: the floor against itself. */
  readonly coherence: 'none' | 'bounded' | 'strict';
  readonly entries: number;
  readonly warmUp: number;
  readonly rounds: number;
}

/** A hit in memory of a cache with a store, against the same cache without one. */
export function measureStoreMemory(options: StoreMemoryOptions): Promise<Share> {
  return inFolder(async (root) => {
    const { coherence, entries } = options;
    const keys = makeKeys(entries);
    const bare = createCache();
    const stored =
      coherence === 'none'
        ? createCache()
        : createCache({ coherence, store: await sqliteStore(join(root, 'store.sqlite')) });
    let made = 0;
    const generate = () => {
      made += 1;
      return 'one line';
    };
    for (const cache of [bare, stored]) {
      await Promise.all(keys.map((key) => cache.set(key, 'one line')));
    }
    const [floor, own] = [hitLoop(), hitLoop()];
    const [floorHandle, ownHandle] = [bare.kind('default'), stored.kind('default')];
    const share = await inTurns(
      options,
      entries,
      () => floor(floorHandle, keys, generate),
      () => own(ownHandle, keys, generate),
    );
    if (made > 0) throw new Error(`${made} generations: the calls were no hits`);
    await Promise.all([bare.close(), stored.close()]);
    return share;
  });
}

type HitLoop = (
  handle: Handle<unknown>,
  keys: readonly string[],
  generate: Generator<unknown>,
) => Promise<number>;

/** A loop of its own for each side: V8 keeps what it learns of types per function body. */
function hitLoop(): HitLoop {
  const body =
    'return (async () => { let found = 0; for (const key of keys) ' +
    'if ((await handle.getOrGenerate(key, generate)) !== undefined) found += 1; return found; })();';
  return new Function('handle', 'keys', 'generate', body) as HitLoop;
}

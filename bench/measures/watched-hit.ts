import { createCache, kind, type Watch } from 'holdfast';
import { MemoryFiles } from 'holdfast/testing';
import { getLoop, inTurns, readLoop, type Share } from './hit.ts';
import { makeKeys, makeValues, median, type Order, orderOf } from './material.ts';

export interface WatchedHitOptions {
  /** `nothing`: as every entry without files. `a file`: of a kind in `watched` freshness, and nothing was heard of it. */
  readonly from: 'nothing' | 'a file';
  readonly by: 'get' | 'getOrGenerate';
  readonly order: Order;
  readonly entries: number;
  readonly reads: number;
  readonly warmUp: number;
  readonly rounds: number;
}

/** Hears what it is told to; all that it does not hear of holds. */
class QuietWatch implements Watch {
  revision = 1;
  readonly #listeners = new Set<() => void>();

  holds(): boolean {
    return true;
  }
  onRevision(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  subscribe(): () => void {
    return () => undefined;
  }
  hear(): void {
    this.revision += 1;
    for (const listener of this.#listeners) listener();
  }
}

async function open({ from, entries }: Pick<WatchedHitOptions, 'from' | 'entries'>) {
  const keys = makeKeys(entries);
  const values = makeValues(keys);
  const watch = new QuietWatch();
  const files = Object.assign(new MemoryFiles({ file: 'text' }), { watch });
  const cache = createCache({
    workspace: files,
    maxEntries: 2 * entries,
    maxBytes: '4GiB',
    kinds: { answer: kind<unknown>({ ttl: '1h', freshness: 'watched' }) },
  });
  const answers = cache.kind('answer');
  const map = new Map<string, unknown>();
  for (const [index, key] of keys.entries()) {
    map.set(key, values[index]);
    if (from === 'nothing') await answers.set(key, values[index]);
    else {
      await answers.getOrGenerate(key, async (ctx) => {
        await ctx.file('file');
        return values[index];
      });
    }
  }
  return { keys, map, cache, answers, watch, files };
}

/** A hit of `get` against a bare Map, and of a read-through against `async () => map.get(key)`, in turns. */
export async function measureWatchedHit(options: WatchedHitOptions): Promise<Share> {
  const { keys, map, cache, answers, files } = await open(options);
  const order = orderOf(keys, options.order).slice(0, options.reads);
  const { checks } = files;
  const [floor, own] = options.by === 'get' ? getLoops() : readLoops();
  const share = await inTurns(options, order.length, floor, own);
  if (files.checks !== checks) throw new Error('something was looked at: these were no watched hits');
  await cache.close();
  return share;

  function getLoops() {
    const [bare, cached] = [getLoop(), getLoop()];
    return [() => bare(map, order), () => cached(answers, order)] as const;
  }

  function readLoops() {
    const [bare, cached] = [readLoop(), readLoop()];
    return [
      () => bare(async (key) => map.get(key), order),
      () => cached((key) => answers.getOrGenerate(key, unwanted), order),
    ] as const;
  }
}

/** Milliseconds that a revision takes away from all that is proven, and that proving it again takes: medians. */
export async function measureRevision(
  entries: number,
  rounds: number,
): Promise<{ heard: number; read: number }> {
  const { keys, cache, answers, watch } = await open({ from: 'a file', entries });
  const heard: number[] = [];
  const read: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    for (const key of keys) if (answers.get(key) === undefined) throw new Error(`lost ${key}`);
    const middle = performance.now();
    watch.hear();
    heard.push(performance.now() - middle);
    read.push(middle - start);
  }
  await cache.close();
  return { heard: median(heard), read: median(read) };
}

async function unwanted(): Promise<never> {
  throw new Error('a hit was to be measured');
}

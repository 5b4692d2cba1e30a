import { type Cache, createCache, kind, type Watch } from 'holdfast';
import { MemoryFiles } from 'holdfast/testing';
import { inTurns, type Share } from './hit.ts';
import { makeKeys, makeValues, type Order, orderOf } from './material.ts';

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
  const share =
    options.by === 'get'
      ? await inTurns(options, order.length, getLoop(map, order), getLoop(answers, order))
      : await inTurns(
          options,
          order.length,
          readLoop(async (key) => map.get(key), order),
          () => readLoop((key) => answers.getOrGenerate(key, unwanted), order)(),
        );
  if (files.checks !== checks) throw new Error('something was looked at: these were no watched hits');
  await close(cache);
  return share;
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
  await close(cache);
  const middleOf = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
  return { heard: middleOf(heard), read: middleOf(read) };
}

async function unwanted(): Promise<never> {
  throw new Error('a hit was to be measured');
}

async function close(cache: Pick<Cache, 'close'>): Promise<void> {
  await cache.close();
}

/** A loop of its own for each side: V8 keeps what it learns of types per function body. */
function getLoop(subject: { get(key: string): unknown }, keys: readonly string[]): () => number {
  const body =
    'let found = 0; for (const key of keys) if (subject.get(key) !== undefined) found += 1; return found;';
  const loop = new Function('subject', 'keys', body) as (of: unknown, keys: readonly string[]) => number;
  return () => loop(subject, keys);
}

function readLoop(read: (key: string) => Promise<unknown>, keys: readonly string[]): () => Promise<number> {
  return async () => {
    let found = 0;
    for (const key of keys) if ((await read(key)) !== undefined) found += 1;
    return found;
  };
}

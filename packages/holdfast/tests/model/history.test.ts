import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type GenerationContext, kind } from '../../src/index.ts';
import { createTestCache } from '../../src/testing/index.ts';
import { clients, type Deeds, type Make, record } from './history.ts';
import { isLinearizable } from './linearizability.ts';
import { type Fault, toyCache } from './toy-cache.ts';

/* Promise 3, in one process: no read begun after `invalidate()` resolved returns a value begun before it. */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

const keepsPromise = (cache: () => Deeds) =>
  fc.asyncProperty(clients, fc.scheduler(), async (plans, scheduler) => {
    const { byKey, tagsOf, failures } = await record(cache(), plans, scheduler);
    expect(failures).toEqual([]);
    for (const [key, history] of byKey) {
      const explained = isLinearizable(history, tagsOf);
      if (!explained) throw new Error(`no order explains the reads of '${key}': ${JSON.stringify(history)}`);
    }
  });

/** One way of reading through Holdfast; all of them keep the promise. */
const ways = ['resolve', 'getOrGenerate', 'getOrGenerateMany'] as const;
type Way = (typeof ways)[number] | 'mixed';

function holdfast(way: Way): Deeds {
  const { cache } = createTestCache({
    kinds: {
      value: kind<string>({ staleIfError: '1h', ...(way === 'mixed' && { staleWhileRevalidate: '1h' }) }),
    },
  });
  const handle = cache.kind('value');
  const made = async (make: Make, ctx: GenerationContext) =>
    (await make((tag) => ctx.tag(tag), ctx.stale !== undefined)) ?? ctx.notModified();
  let reads = 0;
  return {
    async read(key, make) {
      reads += 1;
      const own = way === 'mixed' ? ways[reads % ways.length] : way;
      if (own === 'resolve') return (await handle.resolve(key, (ctx) => made(make, ctx))).value;
      if (own === 'getOrGenerate') return handle.getOrGenerate(key, (ctx) => made(make, ctx));
      const values = await handle.getOrGenerateMany([key], async (_, ctx) => [
        [key, await made(make, ctx)] as const,
      ]);
      return values.get(key) as string;
    },
    set: (key, value) => handle.set(key, value),
    expire: (key) => handle.expire(key),
    invalidate: (key) => handle.invalidate(key),
    invalidateTag: (tag) => cache.invalidate({ tag }),
  };
}

describe('no read begun after an invalidation returns a value begun before it', () => {
  test.each<Way>([...ways, 'mixed'])('by %s', async (way) => {
    await fc.assert(
      keepsPromise(() => holdfast(way)),
      { numRuns: rounds * 4 },
    );
  });
});

describe('the check notices a cache', () => {
  test.each<Fault>(['delete leaves the flight', 'late tags are forgotten', 'set leaves the flight'])(
    'in which %s',
    async (fault) => {
      const { failed, errorInstance } = await fc.check(
        keepsPromise(() => toyCache(fault)),
        { numRuns: 2_000 },
      );
      expect(failed).toBe(true);
      expect(String(errorInstance)).toContain('no order explains the reads');
    },
  );

  test('and lets the same cache pass that has no fault', async () => {
    await fc.assert(
      keepsPromise(() => toyCache('none')),
      { numRuns: rounds },
    );
  });
});

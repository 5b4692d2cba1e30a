import { describe, expect, it } from 'vitest';
import type { KeyInput } from '../model/key.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { Generated, GenerationContext } from './generator.ts';
import { kind } from './kind.ts';

/** A bulk generator whose runs end when the test says so. */
class HeldBulk {
  readonly runs: {
    missing: readonly KeyInput[];
    ctx: GenerationContext;
    resolve: (entries: Iterable<readonly [KeyInput, Generated<string>]>) => void;
    reject: (error: unknown) => void;
  }[] = [];

  readonly generate = (missing: readonly KeyInput[], ctx: GenerationContext) => {
    const { promise, resolve, reject } =
      Promise.withResolvers<Iterable<readonly [KeyInput, Generated<string>]>>();
    this.runs.push({ missing, ctx, resolve, reject });
    return promise;
  };
}

describe('getOrGenerateMany', () => {
  it('calls the generator once, for what is missing and not under way, without duplicates', async () => {
    const { cache } = createTestCache();
    await cache.set('kept', 'k');
    const held = new HeldGenerator();
    const flight = cache.getOrGenerate('flying', held.generate);
    const bulk = new HeldBulk();
    const call = cache.getOrGenerateMany(['a', 'kept', 'flying', 'b', 'a'], bulk.generate);
    expect(bulk.runs.map(({ missing }) => missing)).toEqual([['a', 'b']]);
    bulk.runs[0]?.resolve([
      ['b', 'B'],
      ['a', 'A'],
    ]);
    held.run(0).resolve('F');
    const result = await call;
    expect([...result]).toEqual([
      ['a', 'A'],
      ['kept', 'k'],
      ['flying', 'F'],
      ['b', 'B'],
    ]);
    await flight;
    expect(cache.stats()).toMatchObject({
      calls: 5,
      outcomes: { generated: 3, hit: 1, coalesced: 1 },
      generations: { started: 2, succeeded: 2 },
    });
    assertInvariants(cache);
  });

  it('gives a Map by the keys as given, arrays and Keys of definitions alike', async () => {
    const { cache } = createTestCache();
    const keys = [['a', 1], 'b', ['a', 1]] as const;
    const result = await cache.getOrGenerateMany(keys, async (missing) =>
      missing.map((key) => [key, 'v'] as const),
    );
    expect([...result.keys()]).toEqual([['a', 1], 'b']);
    expect(result.get(keys[0])).toBe('v');
    expect(cache.get(['a', 1])).toBe('v');
  });

  it('calls no generator where nothing is missing, and none for no keys', async () => {
    const { cache } = createTestCache();
    await cache.set('a', '1');
    const bulk = new HeldBulk();
    expect(await cache.getOrGenerateMany(['a'], bulk.generate)).toEqual(new Map([['a', '1']]));
    expect(await cache.getOrGenerateMany([], bulk.generate)).toEqual(new Map());
    expect(bulk.runs).toHaveLength(0);
  });

  it('lets single calls join the flights of its keys', async () => {
    const { cache } = createTestCache();
    const bulk = new HeldBulk();
    const call = cache.getOrGenerateMany(['a', 'b'], bulk.generate);
    const single = cache.resolve('a', async () => 'never asked');
    bulk.runs[0]?.resolve([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect(await single).toMatchObject({ value: 'A', outcome: 'coalesced' });
    await call;
  });

  it('fails omitted keys with E_MISSING_KEY, and rejects with what succeeded in results', async () => {
    const { cache } = createTestCache();
    const error = (await cache
      .getOrGenerateMany(['a', 'b', 'c'], async () => [['b', 'B']] as [string, string][])
      .catch((reason: unknown) => reason)) as AggregateError & { code: string; results: Map<string, string> };
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.code).toBe('E_BULK');
    expect(error.errors.map(({ code }) => code)).toEqual(['E_MISSING_KEY', 'E_MISSING_KEY']);
    expect(error.results).toEqual(new Map([['b', 'B']]));
    expect(cache.get('b')).toBe('B');
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, failed: 2 });
  });

  it('fails every key with the generator’s own error, thrown early or late', async () => {
    const { cache } = createTestCache();
    const failure = new Error('provider down');
    for (const generate of [
      () => {
        throw failure;
      },
      async () => {
        throw failure;
      },
    ]) {
      const error = await cache.getOrGenerateMany(['a', 'b'], generate).catch((reason: unknown) => reason);
      expect((error as AggregateError).errors).toEqual([failure, failure]);
    }
    expect(cache.stats().generations).toMatchObject({ started: 2, failed: 2, running: 0 });
    assertInvariants(cache);
  });

  it('detaches one key and spares the others', async () => {
    const { cache } = createTestCache();
    const bulk = new HeldBulk();
    const call = cache.getOrGenerateMany(['a', 'b'], bulk.generate);
    await cache.invalidate({ key: 'a' });
    bulk.runs[0]?.resolve([
      ['a', 'A'],
      ['b', 'B'],
    ]);
    expect([...(await call).values()]).toEqual(['A', 'B']);
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.get('b')).toBe('B');
  });

  it('aborts its signal when no key has a waiter any more', async () => {
    const { cache } = createTestCache();
    const bulk = new HeldBulk();
    const controller = new AbortController();
    const other = new AbortController();
    const call = cache.getOrGenerateMany(['a', 'b'], bulk.generate, { signal: controller.signal });
    const single = cache.getOrGenerate('a', async () => 'never asked', { signal: other.signal });
    const reason = new Error('left');
    controller.abort(reason);
    const error = (await call.catch((thrown: unknown) => thrown)) as AggregateError;
    expect(error.errors).toEqual([reason, reason]);
    expect(bulk.runs[0]?.ctx.signal.aborted).toBe(false);
    other.abort(reason);
    await expect(single).rejects.toBe(reason);
    expect(bulk.runs[0]?.ctx.signal.aborted).toBe(true);
    bulk.runs[0]?.resolve([]);
    await settled();
    expect(cache.stats()).toMatchObject({ outcomes: { aborted: 3 }, generations: { abandoned: 1 } });
    assertInvariants(cache);
  });

  it('applies tags of the call and of the generator to every key, and shares the cost among them', async () => {
    const { cache } = createTestCache();
    await cache.getOrGenerateMany(
      ['a', 'b'],
      async (missing, ctx) => {
        ctx.tag('named');
        ctx.cost({ usd: 1, inputTokens: 10 });
        return missing.map((key) => [key, key] as const);
      },
      { tags: ['asked'] },
    );
    for (const key of ['a', 'b']) {
      expect(await cache.explain(key)).toMatchObject({
        tags: ['asked', 'named'],
        cost: { usd: 0.5, inputTokens: 5 },
      });
    }
    expect(cache.stats().spent).toMatchObject({ usd: 1, inputTokens: 10 });
    cache.get('a');
    cache.get('b');
    expect(cache.stats().saved).toMatchObject({ usd: 1, inputTokens: 10 });
  });

  it('takes ctx.skip for single keys', async () => {
    const { cache } = createTestCache();
    const result = await cache.getOrGenerateMany(['a', 'b'], async (_missing, ctx) => [
      ['a', ctx.skip('A')] as const,
      ['b', 'B'] as const,
    ]);
    expect(result).toEqual(
      new Map([
        ['a', 'A'],
        ['b', 'B'],
      ]),
    );
    expect(cache.peek('a')).toBeUndefined();
    expect(cache.get('b')).toBe('B');
  });

  it('refuses a promise as the value of a key: it is no value', async () => {
    const { cache } = createTestCache();
    const error = (await cache
      .getOrGenerateMany(['a'], async () => [['a', Promise.resolve('A')]] as never)
      .catch((reason: unknown) => reason)) as AggregateError;
    expect(error.errors).toMatchObject([{ code: 'E_VALUE' }]);
    expect(cache.peek('a')).toBeUndefined();
  });

  it('refuses a generator that is no function, and bad keys, without calling anything', async () => {
    const { cache } = createTestCache();
    await expect(cache.getOrGenerateMany(['a'], 'x' as never)).rejects.toMatchObject({ code: 'E_OPTION' });
    const bulk = new HeldBulk();
    await expect(cache.getOrGenerateMany(['a', 1 as never], bulk.generate)).rejects.toMatchObject({
      code: 'E_KEY',
    });
    expect(bulk.runs).toHaveLength(0);
    assertInvariants(cache);
  });

  it('serves stale keys at once and refreshes them in one background generation', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    await cache.setMany([
      ['a', 'old a'],
      ['b', 'old b'],
    ]);
    await clock.advance(60_000);
    const bulk = new HeldBulk();
    const result = await cache.getOrGenerateMany(['a', 'b'], bulk.generate);
    expect([...result.values()]).toEqual(['old a', 'old b']);
    expect(bulk.runs.map(({ missing }) => missing)).toEqual([['a', 'b']]);
    bulk.runs[0]?.resolve([
      ['a', 'new a'],
      ['b', 'new b'],
    ]);
    await settled();
    expect([cache.get('a'), cache.get('b')]).toEqual(['new a', 'new b']);
    assertInvariants(cache);
  });
});

describe('setMany', () => {
  it('puts all in at once, with the options for each', async () => {
    const { cache, clock } = createTestCache();
    const done = cache.setMany(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
      { tags: ['t'], ttl: '1s' },
    );
    expect([cache.get('a'), cache.get('b')]).toEqual([1, 2]);
    expect(await done).toEqual({ persisted: false });
    expect((await cache.invalidate({ tag: 't' })).count).toBe(2);
    await clock.advance(1);
  });
});

describe('setMany', () => {
  it('leaves no rejection to nobody when an entry is no pair', async () => {
    const { cache } = createTestCache();
    const entries = [['a', undefined], null, ['b', 1]] as unknown as [string, number][];
    await expect(cache.setMany(entries)).rejects.toBeInstanceOf(Error);
    expect(cache.get('b')).toBe(1);
  });
});

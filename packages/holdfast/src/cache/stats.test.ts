import { describe, expect, it } from 'vitest';
import { outcomes } from '../model/outcome.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('stats', () => {
  it('are plain JSON of a fixed shape, with exactly the ten outcomes', () => {
    const { cache } = createTestCache();
    const stats = cache.stats();
    expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
    expect(Object.keys(stats.outcomes)).toEqual([...outcomes]);
    expect(Object.keys(stats.outcomes)).toHaveLength(10);
    expect(stats).toMatchObject({
      calls: 0,
      hitRatio: 0,
      entries: 0,
      bytes: 0,
      kinds: { default: { calls: 0 } },
    });
    const { kinds, ...line } = stats;
    expect(kinds.default).toEqual(line);
  });

  it('sum to calls per kind and in all, and hits and misses are as defined', async () => {
    const { cache, clock } = createTestCache({
      kinds: { other: kind<string>({ ttl: '1m', staleIfError: '1h', negativeTtl: '1m' }) },
    });
    const other = cache.kind('other');
    const failing = async (): Promise<string> => {
      throw new Error('provider down');
    };
    await other.getOrGenerate('key', async () => 'value');
    other.get('key');
    other.get('missing');
    await other.getOrGenerate('negative', failing).catch(() => {});
    await other.getOrGenerate('negative', failing).catch(() => {});
    await clock.advance(60_000);
    await other.getOrGenerate('key', failing);
    await other.getOrGenerate('key', async () => 'x', { mode: 'bypass' });
    await other.getOrGenerate('key', async () => 'x', { signal: AbortSignal.abort() }).catch(() => {});
    const held = new HeldGenerator();
    const calls = [cache.getOrGenerate('k', held.generate), cache.getOrGenerate('k', held.generate)];
    held.run(0).resolve('v');
    await Promise.all(calls);

    const stats = cache.stats();
    expect(stats.kinds.other?.outcomes).toEqual({
      hit: 1,
      stored: 0,
      stale: 1,
      coalesced: 0,
      generated: 1,
      negative: 1,
      failed: 1,
      aborted: 1,
      missed: 1,
      bypassed: 1,
    });
    // hits / (hits + stale + misses): aborted and bypassed count for nothing.
    expect(stats.kinds.other?.hitRatio).toBe(1 / (1 + 1 + 4));
    for (const line of [stats, ...Object.values(stats.kinds)]) {
      expect(line.calls).toBe(Object.values(line.outcomes).reduce((sum, count) => sum + count, 0));
    }
    expect(stats.calls).toBe((stats.kinds.other?.calls ?? 0) + (stats.kinds.default?.calls ?? 0));
  });

  it('do not count set, expire, invalidate, peek and explain as calls', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'value');
    cache.peek('key');
    await cache.explain('key');
    await cache.expire({ key: 'key' });
    await cache.invalidate({ key: 'key' });
    await Array.fromAsync(cache.entries());
    expect(cache.stats().calls).toBe(0);
  });

  it('are a snapshot: reading them changes nothing, and they do not change', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'value');
    cache.get('key');
    const before = cache.stats();
    expect(cache.stats()).toEqual(before);
    cache.get('key');
    expect(before.outcomes.hit).toBe(1);
    expect(cache.stats().outcomes.hit).toBe(2);
  });

  it('keep the hits of entries that were replaced, invalidated, expired or evicted', async () => {
    const { cache } = createTestCache({ maxEntries: 2, eviction: 'lru' });
    for (const key of ['a', 'b', 'c', 'd']) {
      await cache.set(key, 1);
      expect(cache.get(key)).toBe(1);
    }
    await cache.set('d', 2);
    cache.get('d');
    await cache.expire({ key: 'd' });
    await cache.invalidate({ kind: 'default' });
    expect(cache.stats()).toMatchObject({ outcomes: { hit: 5 }, entries: 0, bytes: 0 });
  });
});

describe('tokens, dollars and seconds', () => {
  it('are spent by generations and saved by the other outcomes', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    const held = new HeldGenerator();
    const calls = Array.from({ length: 4 }, () => cache.getOrGenerate('key', held.generate));
    held
      .run(0)
      .ctx.cost({ inputTokens: 100, outputTokens: 10, cachedTokens: 50, usd: 0.5, cachedUsd: 0.125 });
    await clock.advance(2_000);
    held.run(0).resolve('value');
    await Promise.all(calls);
    const cost = {
      seconds: 2,
      inputTokens: 100,
      outputTokens: 10,
      cachedTokens: 50,
      usd: 0.5,
      cachedUsd: 0.125,
      unpricedTokens: 0,
    };
    const times = (n: number) =>
      Object.fromEntries(Object.entries(cost).map(([name, value]) => [name, value * n]));
    expect(cache.stats().spent).toEqual(cost);
    const provider = { cachedTokens: 50, usd: 0.125 };
    expect(cache.stats().saved).toEqual(times(3));
    expect(cache.stats().savedBy).toEqual({ hit: times(0), coalesced: times(3), provider });
    cache.get('key');
    await cache.getOrGenerate('key', held.generate);
    expect(cache.stats().saved).toEqual(times(5));
    expect(cache.stats().savedBy).toEqual({ hit: times(2), coalesced: times(3), provider });
    await clock.advance(60_000);
    const stale = cache.resolve('key', held.generate);
    held.run(1).ctx.cost({ usd: 0.25 });
    held.run(1).reject(new Error('provider down'));
    expect((await stale).cost).toEqual({
      seconds: 2,
      inputTokens: 100,
      outputTokens: 10,
      cachedTokens: 50,
      usd: 0.5,
      cachedUsd: 0.125,
    });
    expect(cache.stats().saved).toEqual(times(6));
    expect(cache.stats().savedBy).toEqual({ hit: times(3), coalesced: times(3), provider });
    // A failed generation was paid for, too.
    expect(cache.stats().spent).toEqual({ ...cost, usd: 0.75 });
  });

  it('of a model without a price are shown as unpriced, never guessed into dollars', async () => {
    const { cache } = createTestCache();
    await cache.getOrGenerate('key', async (ctx) => {
      ctx.cost({ inputTokens: 100, outputTokens: 10, model: 'unheard-of' });
      return 'value';
    });
    cache.get('key');
    expect(cache.stats().spent).toMatchObject({ usd: 0, unpricedTokens: 110, inputTokens: 100 });
    expect(cache.stats().saved).toMatchObject({ usd: 0, unpricedTokens: 110 });
  });

  it('of a value that was set are nothing', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'value');
    cache.get('key');
    expect(Object.values(cache.stats().saved)).toEqual([0, 0, 0, 0, 0, 0, 0]);
    expect(Object.values(cache.stats().spent)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('that are simulated are counted apart, seconds and all', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const calls = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    held.run(0).ctx.cost({ inputTokens: 100, usd: 0.5, simulated: true });
    await clock.advance(2_000);
    held.run(0).resolve('value');
    await Promise.all(calls);
    cache.get('key');
    const none = Object.fromEntries(Object.keys(cache.stats().spent).map((name) => [name, 0]));
    const { simulated, ...real } = cache.stats();
    expect([real.spent, real.saved]).toEqual([none, none]);
    expect(simulated).toMatchObject({
      spent: { seconds: 2, inputTokens: 100, usd: 0.5 },
      saved: { seconds: 4, inputTokens: 200, usd: 1 },
      savedBy: { hit: { usd: 0.5 }, coalesced: { usd: 0.5 } },
    });
  });

  it('that are simulated in part are spent as both, and the value is worth what is real of them', async () => {
    const { cache, clock } = createTestCache();
    for (const order of [
      [false, true],
      [true, false],
    ]) {
      const held = new HeldGenerator();
      const call = cache.getOrGenerate(['key', order], held.generate);
      for (const simulated of order) held.run(0).ctx.cost({ usd: simulated ? 100 : 1, simulated });
      await clock.advance(1_000);
      held.run(0).resolve('value');
      await call;
      cache.get(['key', order]);
    }
    expect(cache.stats()).toMatchObject({
      spent: { usd: 2, seconds: 2 },
      saved: { usd: 2, seconds: 2 },
      simulated: { spent: { usd: 200, seconds: 0 }, saved: { usd: 0, seconds: 0 } },
    });
  });

  it('of an abandoned generation count as spent', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const controller = new AbortController();
    const call = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    held.run(0).ctx.cost({ usd: 1 });
    await clock.advance(1_000);
    controller.abort();
    await call.catch(() => {});
    expect(cache.stats().spent).toMatchObject({ usd: 1, seconds: 1 });
  });

  it('are not saved by the call that spent them, though its value is stale by a child', async () => {
    const { cache, clock } = createTestCache({
      kinds: { short: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    let down = false;
    const child = cache.define({
      kind: 'short',
      name: 'child',
      generate: async () => {
        if (down) throw new Error('provider down');
        return 'child';
      },
    });
    await child();
    down = true;
    await clock.advance(60_000);
    const parent = cache.resolve('parent', async (ctx) => {
      ctx.cost({ usd: 1 });
      return ctx.use(child);
    });
    expect((await parent).outcome).toBe('stale');
    expect(cache.stats()).toMatchObject({ spent: { usd: 1 }, saved: { usd: 0 } });
  });

  it('are not saved by internal calls', async () => {
    const { cache } = createTestCache();
    const child = cache.define({
      name: 'child',
      generate: async (ctx) => {
        ctx.cost({ usd: 1 });
        return 'child';
      },
    });
    await child();
    await cache.getOrGenerate('parent', async (ctx) => ctx.use(child));
    expect(cache.stats()).toMatchObject({
      calls: 2,
      saved: { usd: 0 },
      internal: { calls: 1, outcomes: { hit: 1 } },
    });
  });
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { Definition } from './definition.ts';
import { kind } from './kind.ts';

const failing = async (): Promise<never> => {
  throw new Error('provider down');
};

describe("mode 'refresh'", () => {
  it('makes anew what is fresh, and keeps the new value', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'old');
    expect(await cache.resolve('key', async () => 'new', { mode: 'refresh' })).toMatchObject({
      value: 'new',
      outcome: 'generated',
    });
    expect(cache.get('key')).toBe('new');
  });

  it('skips a back-off and a remembered failure', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h', negativeTtl: '1h' }) },
    });
    await expect(cache.getOrGenerate('negative', failing)).rejects.toThrow('provider down');
    expect(await cache.getOrGenerate('negative', async () => 'new', { mode: 'refresh' })).toBe('new');
    await cache.set('stale', 'old');
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('stale', failing)).toBe('old');
    expect(await cache.getOrGenerate('stale', async () => 'new', { mode: 'refresh' })).toBe('new');
  });

  it('falls back to stale when it fails, inside staleIfError alone', async () => {
    const { cache, clock } = createTestCache({
      kinds: {
        default: kind<string>({ ttl: '1m', staleIfError: '1h' }),
        revalidating: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }),
      },
    });
    const revalidating = cache.kind('revalidating');
    await cache.set('key', 'old');
    await revalidating.set('key', 'old');
    await clock.advance(60_000);
    expect(await cache.resolve('key', failing, { mode: 'refresh' })).toMatchObject({
      value: 'old',
      stale: 'aged',
    });
    await expect(revalidating.resolve('key', failing, { mode: 'refresh' })).rejects.toThrow('provider down');
  });
});

describe("mode 'bypass'", () => {
  it('reads, joins and keeps nothing', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'kept');
    const held = new HeldGenerator();
    const calls = [
      cache.resolve('key', held.generate, { mode: 'bypass' }),
      cache.resolve('key', held.generate, { mode: 'bypass' }),
    ];
    expect(held.runs).toHaveLength(2);
    for (const [index, run] of held.runs.entries()) run.resolve(`own ${index}`);
    expect((await Promise.all(calls)).map(({ value, outcome }) => [value, outcome])).toEqual([
      ['own 0', 'bypassed'],
      ['own 1', 'bypassed'],
    ]);
    expect(cache.get('key')).toBe('kept');
    expect(cache.stats().outcomes).toMatchObject({ bypassed: 2, hit: 1 });
    assertInvariants(cache);
  });

  it('shows the generator no previous value, and is fenced by nothing', async () => {
    const { cache } = createTestCache();
    await cache.set('key', 'kept');
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate, { mode: 'bypass' });
    expect(held.run(0).ctx.stale).toBeUndefined();
    await cache.invalidate({ key: 'key' });
    held.run(0).resolve('own');
    expect(await call).toBe('own');
  });

  it('does not serve stale when it fails, and is counted as bypassed all the same', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    await expect(cache.getOrGenerate('key', failing, { mode: 'bypass' })).rejects.toThrow('provider down');
    expect(cache.stats().outcomes).toMatchObject({ bypassed: 1, failed: 0 });
    expect((await cache.explain('key')).failure).toBeUndefined();
  });
});

describe("mode 'cached'", () => {
  it('gives what is fresh, and rejects with E_NOT_CACHED where nothing is, running no generator', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h', staleIfError: '1h' }) },
    });
    const held = new HeldGenerator();
    await expect(cache.getOrGenerate('key', held.generate, { mode: 'cached' })).rejects.toMatchObject({
      code: 'E_NOT_CACHED',
    });
    await cache.set('key', 'value');
    expect(await cache.resolve('key', held.generate, { mode: 'cached' })).toMatchObject({ outcome: 'hit' });
    await clock.advance(60_000);
    await expect(cache.resolve('key', held.generate, { mode: 'cached' })).rejects.toMatchObject({
      code: 'E_NOT_CACHED',
    });
    expect(held.runs).toHaveLength(0);
    expect(cache.stats().outcomes).toMatchObject({ missed: 2, hit: 1 });
  });

  it('joins no flight', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const flight = cache.getOrGenerate('key', held.generate);
    await expect(cache.getOrGenerate('key', held.generate, { mode: 'cached' })).rejects.toMatchObject({
      code: 'E_NOT_CACHED',
    });
    expect(await cache.lookup('key')).toBeUndefined();
    held.run(0).resolve('value');
    expect(await flight).toBe('value');
  });

  it('of a definition rejects with E_NOT_CACHED, as a value and as a resolution', async () => {
    const { cache } = createTestCache();
    const definition = cache.define({ name: 'd', generate: async () => 'value' });
    const cached = definition.with({ mode: 'cached' });
    await expect(cached()).rejects.toMatchObject({ code: 'E_NOT_CACHED' });
    await expect(cached.resolve()).rejects.toMatchObject({ code: 'E_NOT_CACHED' });
    await definition();
    expect(await cached()).toBe('value');
    expect((await cached.resolve()).outcome).toBe('hit');
  });
});

describe('HOLDFAST_BYPASS=1', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('bypasses everything: every call generates, nothing is kept, and every call is counted as bypassed', async () => {
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const { cache } = createTestCache();
    await cache.set('key', 'set');
    let runs = 0;
    const generate = async () => {
      runs += 1;
      return runs;
    };
    expect(
      await Promise.all([cache.getOrGenerate('key', generate), cache.getOrGenerate('key', generate)]),
    ).toEqual([1, 2]);
    expect(
      await cache.getOrGenerateMany(['key'], async (keys) => keys.map((key) => [key, 3] as const)),
    ).toEqual(new Map([['key', 3]]));
    expect(cache.get('key')).toBeUndefined();
    expect(cache.peek('key')).toBeUndefined();
    expect(cache.stats()).toMatchObject({ calls: 4, outcomes: { bypassed: 4 }, entries: 0 });
    assertInvariants(cache);
  });

  it('lets what must not generate find nothing', async () => {
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    expect(await cache.lookup('key')).toBeUndefined();
    await expect(cache.getOrGenerate('key', held.generate, { mode: 'cached' })).rejects.toMatchObject({
      code: 'E_NOT_CACHED',
    });
    expect(held.runs).toHaveLength(0);
  });

  it('bypasses what generators use', async () => {
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const { cache } = createTestCache();
    let runs = 0;
    const child = cache.define({
      name: 'child',
      generate: async () => {
        runs += 1;
        return runs;
      },
    });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => ctx.use(child) });
    expect([await parent(), await parent()]).toEqual([1, 2]);
    expect(cache.stats().entries).toBe(0);
  });

  it('still tells a circle of generators', async () => {
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const { cache } = createTestCache();
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => ctx.use(a),
    });
    await expect(a()).rejects.toMatchObject({ code: 'E_CYCLE' });
    await expect(
      cache.getOrGenerate('key', () => cache.getOrGenerate('key', async () => 'inner')),
    ).rejects.toMatchObject({ code: 'E_CYCLE' });
    assertInvariants(cache);
  });

  it('is not in force for any other value', async () => {
    vi.stubEnv('HOLDFAST_BYPASS', '0');
    const { cache } = createTestCache();
    await cache.set('key', 'value');
    expect(cache.get('key')).toBe('value');
  });
});

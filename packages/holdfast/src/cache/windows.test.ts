import { describe, expect, it } from 'vitest';
import { HoldfastRememberedError } from '../lib/errors.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

const failing = async (): Promise<never> => {
  throw new Error('provider down');
};

describe('ttl', () => {
  it('omitted is no age limit', async () => {
    const { cache, clock } = createTestCache();
    await cache.set('key', 'value');
    await clock.advance(1e12);
    expect(cache.get('key')).toBe('value');
    expect(cache.peek('key')).toEqual({ value: 'value', age: 1e12, stale: false });
  });

  it('of 0 only coalesces', async () => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ ttl: 0 }) } });
    const held = new HeldGenerator();
    const calls = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    held.run(0).resolve('value');
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
    expect(cache.get('key')).toBeUndefined();
    const next = cache.getOrGenerate('key', held.generate);
    held.run(1).resolve('next');
    expect(await next).toBe('next');
  });

  it('is fresh until it ends, and aged from then on', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1s' }) } });
    await cache.set('key', 'value');
    await clock.advance(999);
    expect(cache.get('key')).toBe('value');
    await clock.advance(1);
    expect(cache.get('key')).toBeUndefined();
    expect(cache.peek('key')).toEqual({ value: 'value', age: 1_000, stale: 'aged' });
    expect(await cache.lookup('key')).toBeUndefined();
  });

  it('of the generator beats that of the call, which beats that of the kind', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1s' }) } });
    await cache.getOrGenerate('kind', async () => 'value');
    await cache.getOrGenerate('call', async () => 'value', { ttl: '2s' });
    await cache.getOrGenerate(
      'generator',
      async (ctx) => {
        ctx.ttl('3s');
        return 'value';
      },
      { ttl: '2s' },
    );
    await cache.set('set', 'value', { ttl: '4s' });
    const fresh = () => ['kind', 'call', 'generator', 'set'].filter((key) => cache.get(key) !== undefined);
    for (const expected of [['call', 'generator', 'set'], ['generator', 'set'], ['set'], []]) {
      await clock.advance(1_000);
      expect(fresh()).toEqual(expected);
    }
  });

  it('of the leader is the entry’s, and tags are: those of followers are not', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const calls = [
      cache.getOrGenerate('key', held.generate, { ttl: '1s', tags: ['leader'] }),
      cache.getOrGenerate('key', held.generate, { ttl: '1h', tags: ['follower'] }),
    ];
    held.run(0).resolve('value');
    await Promise.all(calls);
    expect((await cache.explain('key')).tags).toEqual(['leader']);
    await clock.advance(1_000);
    expect(cache.get('key')).toBeUndefined();
  });

  it('counts from when the value was made, not from when it was asked for', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1s' }) } });
    const held = new HeldGenerator();
    const call = cache.resolve('key', held.generate);
    await clock.advance(10_000);
    held.run(0).resolve('value');
    expect(await call).toMatchObject({ age: 0, cost: { seconds: 10 } });
    await clock.advance(999);
    expect(cache.get('key')).toBe('value');
  });
});

describe('jitter', () => {
  it('only shortens a ttl, by at most 5 % where nothing is said, drawn once per entry', async () => {
    const draws: number[] = [];
    const random = () => {
      draws.push(0.999_999);
      return 0.999_999;
    };
    const { cache, clock } = createTestCache({ random, kinds: { default: kind<string>({ ttl: 1_000 }) } });
    await cache.set('key', 'value');
    expect(draws).toHaveLength(1);
    await clock.advance(949);
    expect(cache.get('key')).toBe('value');
    await clock.advance(2);
    expect(cache.get('key')).toBeUndefined();
    expect(cache.peek('key')?.stale).toBe('aged');
    expect(draws).toHaveLength(1);
  });

  it('leaves no ttl no ttl, and can be turned off', async () => {
    const { cache, clock } = createTestCache({
      random: () => 0.5,
      kinds: { default: kind<string>({ jitter: 1 }), exact: kind<string>({ ttl: 1_000, jitter: 0 }) },
    });
    await cache.set('key', 'value');
    await cache.kind('exact').set('key', 'value');
    await clock.advance(999);
    expect(cache.get('key')).toBe('value');
    expect(cache.kind('exact').get('key')).toBe('value');
  });
});

describe('staleWhileRevalidate', () => {
  it('serves at once, marked, and starts one flight in the background', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1m' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const results = await Promise.all(Array.from({ length: 5 }, () => cache.resolve('key', held.generate)));
    for (const result of results) {
      expect(result).toMatchObject({ value: 'old', outcome: 'stale', stale: 'aged', reason: 'revalidating' });
    }
    expect(held.runs).toHaveLength(1);
    expect(held.run(0).ctx.stale).toEqual({ value: 'old', age: 60_000, reason: 'aged' });
    held.run(0).resolve('new');
    await settled();
    expect(cache.get('key')).toBe('new');
    expect(cache.stats()).toMatchObject({
      calls: 6,
      outcomes: { stale: 5, hit: 1 },
      generations: { started: 1 },
    });
  });

  it('ends, and is not added to staleIfError', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1m', staleIfError: '2m' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(119_999);
    expect(await cache.resolve('key', failing)).toMatchObject({ outcome: 'stale', reason: 'revalidating' });
    await settled();
    await clock.advance(1);
    expect(await cache.resolve('key', failing)).toMatchObject({ outcome: 'stale', reason: 'backoff' });
    await clock.advance(1_000);
    expect(await cache.resolve('key', failing)).toMatchObject({ outcome: 'stale', reason: 'failed' });
    await clock.advance(58_998);
    expect((await cache.resolve('key', failing)).outcome).toBe('stale');
    await clock.advance(60_000);
    await expect(cache.resolve('key', failing)).rejects.toThrow('provider down');
  });

  it('is measured from expire, where that came before the end of the ttl', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1h', staleWhileRevalidate: '1m' }) },
    });
    await cache.set('key', 'old');
    await cache.expire({ key: 'key' });
    await clock.advance(59_999);
    const held = new HeldGenerator();
    expect(await cache.resolve('key', held.generate)).toMatchObject({
      value: 'old',
      outcome: 'stale',
      stale: 'aged',
    });
    held.run(0).reject(new Error('provider down'));
    await settled();
    await clock.advance(1);
    await expect(cache.resolve('key', failing)).rejects.toThrow('provider down');
  });

  it('does not start a second flight beside one that is under way', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1m' }) },
    });
    await cache.set('key', 'old');
    const held = new HeldGenerator();
    const refresh = cache.getOrGenerate('key', held.generate, { mode: 'refresh' });
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('key', held.generate)).toBe('old');
    expect(held.runs).toHaveLength(1);
    held.run(0).resolve('new');
    expect(await refresh).toBe('new');
  });
});

describe('refreshAhead', () => {
  it('refreshes in the background past that fraction of the ttl, and serves hits meanwhile', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: 1_000, refreshAhead: 0.8 }) },
    });
    await cache.set('key', 'old');
    const held = new HeldGenerator();
    await clock.advance(799);
    expect(await cache.resolve('key', held.generate)).toMatchObject({ outcome: 'hit' });
    expect(held.runs).toHaveLength(0);
    await clock.advance(1);
    expect(cache.get('key')).toBe('old');
    expect(await cache.resolve('key', held.generate)).toMatchObject({
      value: 'old',
      outcome: 'hit',
      stale: false,
    });
    expect(await cache.resolve('key', held.generate)).toMatchObject({ outcome: 'hit' });
    expect(held.runs).toHaveLength(1);
    held.run(0).resolve('new');
    await settled();
    expect(await cache.resolve('key', held.generate)).toMatchObject({ value: 'new', outcome: 'hit' });
    expect(cache.stats().outcomes).toMatchObject({ hit: 5, generated: 0, stale: 0 });
  });

  it('that fails is held back, and the value is a hit until its ttl ends', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: 10_000, refreshAhead: 0.5 }) },
    });
    await cache.set('key', 'old');
    await clock.advance(5_000);
    let runs = 0;
    const failingOnce = async (): Promise<string> => {
      runs += 1;
      throw new Error('provider down');
    };
    for (let get = 0; get < 10; get += 1) {
      expect(await cache.resolve('key', failingOnce)).toMatchObject({ outcome: 'hit', stale: false });
      await settled();
    }
    expect(runs).toBe(1);
  });
});

describe('back-off and remembered failures', () => {
  it('holds regeneration back by the back-off alone while something stale can be served', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h', negativeTtl: '10m' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('key', () => Promise.reject(new Error('provider down')))).toBe('old');
    await clock.advance(999);
    expect(await cache.resolve('key', async () => 'new')).toMatchObject({ value: 'old', reason: 'backoff' });
    await clock.advance(1);
    expect(await cache.getOrGenerate('key', async () => 'new')).toBe('new');
  });

  it('do not hold back where nothing stale can be served', async () => {
    const { cache } = createTestCache();
    await expect(cache.getOrGenerate('key', failing)).rejects.toThrow('provider down');
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
  });

  it('hold back regeneration while something stale can be served, as the kind says', async () => {
    const { cache, clock } = createTestCache({
      kinds: {
        default: kind<string>({ ttl: '1m', staleIfError: '1h', backoff: { first: '10s', longest: '15s' } }),
      },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    let runs = 0;
    const counting = async (): Promise<string> => {
      runs += 1;
      throw new Error('provider down');
    };
    expect(await cache.resolve('key', counting)).toMatchObject({ outcome: 'stale', reason: 'failed' });
    expect(await cache.resolve('key', counting)).toMatchObject({ outcome: 'stale', reason: 'backoff' });
    for (const [length, total] of [
      [10_000, 2],
      [15_000, 3],
      [15_000, 4],
    ] as const) {
      await clock.advance(length - 1);
      await cache.resolve('key', counting);
      expect(runs).toBe(total - 1);
      await clock.advance(1);
      await cache.resolve('key', counting);
      expect(runs).toBe(total);
    }
    // A success forgets: the next failure starts from the beginning.
    await clock.advance(15_000);
    expect(await cache.getOrGenerate('key', async () => 'new')).toBe('new');
    expect((await cache.explain('key')).failure).toBeUndefined();
  });

  it('with negativeTtl give later callers HoldfastRememberedError with cause and retryAt', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ negativeTtl: '10s' }) } });
    const error = new Error('provider down');
    await expect(
      cache.getOrGenerate('key', () => {
        throw error;
      }),
    ).rejects.toBe(error);
    const retryAt = clock.wall() + 10_000;
    await clock.advance(4_000);
    const remembered = await cache
      .getOrGenerate('key', async () => 'not asked')
      .catch((reason: unknown) => reason);
    expect(remembered).toBeInstanceOf(HoldfastRememberedError);
    expect(remembered).toMatchObject({ code: 'E_REMEMBERED_FAILURE', cause: error, retryAt });
    await expect(cache.lookup('key')).resolves.toBeUndefined();
    expect(await cache.getOrGenerate('key', async () => 'asked', { mode: 'refresh' })).toBe('asked');
    expect(cache.stats().outcomes).toMatchObject({ failed: 1, negative: 1, missed: 1, generated: 1 });
  });

  it('end with negativeTtl', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ negativeTtl: '10s' }) } });
    await expect(cache.getOrGenerate('key', failing)).rejects.toThrow();
    await clock.advance(9_999);
    await expect(cache.getOrGenerate('key', failing)).rejects.toMatchObject({ code: 'E_REMEMBERED_FAILURE' });
    await clock.advance(1);
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
  });

  it.each([
    ['a DOMException', new DOMException('stopped', 'AbortError')],
    ['an error of Node', Object.assign(new Error('stopped'), { name: 'AbortError', code: 'ABORT_ERR' })],
  ])('never remember an abort, as %s', async (_name, error) => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ negativeTtl: '10s' }) } });
    await expect(
      cache.getOrGenerate('key', () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
  });
});

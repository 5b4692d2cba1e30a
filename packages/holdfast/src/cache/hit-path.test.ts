import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock, type TimeSource } from '../lib/clock.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { createCache } from './cache.ts';
import { kind } from './kind.ts';
import { TurnedTime } from './turned-time.test-support.ts';

const source = new TurnedTime();

const never = async (): Promise<never> => {
  throw new Error('nothing is to be generated');
};

describe('the hit path, on the system clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const advance = (milliseconds: number) => {
    source.at += milliseconds;
    vi.advanceTimersByTime(milliseconds);
  };

  it('counts exactly, whichever way a call took', async () => {
    const cache = createCache({
      clock: new SystemClock(source),
      kinds: { default: kind<number>({ ttl: '1h' }) },
    });
    await cache.set('ttl', 1);
    await cache.set(['array'], 2);
    await cache.kind('default').set('\u0000nul', 3);
    for (let round = 0; round < 10; round += 1) {
      expect(cache.get('ttl')).toBe(1);
      expect(cache.get(['array'])).toBe(2);
      expect(cache.get('\u0000nul')).toBe(3);
      expect(await cache.getOrGenerate('ttl', never)).toBe(1);
      expect(await cache.getOrGenerate(['array'], never)).toBe(2);
      expect((await cache.resolve('ttl', never)).outcome).toBe('hit');
      expect((await cache.lookup('ttl'))?.outcome).toBe('hit');
      advance(1);
    }
    expect(cache.stats()).toMatchObject({ calls: 70, outcomes: { hit: 70 } });
    assertInvariants(cache);
  });

  it('ends with the ttl to the millisecond, also where the last look was long ago', async () => {
    const cache = createCache({
      clock: new SystemClock(source),
      kinds: { default: kind<number>({ ttl: 10_000, jitter: 0 }) },
    });
    await cache.set('key', 1);
    advance(9_999);
    expect(cache.get('key')).toBe(1);
    expect(await cache.getOrGenerate('key', never)).toBe(1);
    advance(1);
    expect(cache.get('key')).toBeUndefined();
    await expect(cache.getOrGenerate('key', never)).rejects.toThrow('nothing is to be generated');
    expect(cache.peek('key')?.stale).toBe('aged');
  });

  it('notices an expire and an invalidate in the same turn', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    await cache.set('key', 1);
    expect(cache.get('key')).toBe(1);
    void cache.expire({ key: 'key' });
    expect(cache.get('key')).toBeUndefined();
    await cache.set('key', 2);
    expect(await cache.getOrGenerate('key', never)).toBe(2);
    void cache.invalidate({ key: 'key' });
    expect(cache.get('key')).toBeUndefined();
    await expect(cache.getOrGenerate('key', never)).rejects.toThrow();
  });

  it('hands out the new value after a set, where the promise of the old one was kept', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    await cache.set('key', 1);
    expect(await cache.getOrGenerate('key', never)).toBe(1);
    expect(await cache.getOrGenerate('key', never)).toBe(1);
    await cache.set('key', 2);
    expect(await cache.getOrGenerate('key', never)).toBe(2);
    await cache.invalidate({ key: 'key' });
    expect(await cache.getOrGenerate('key', async () => 3)).toBe(3);
    expect(await cache.getOrGenerate('key', never)).toBe(3);
  });

  it('tells every hit to whoever listens, and stops when nobody does', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    await cache.set('key', 1);
    cache.get('key');
    let heard = 0;
    const off = cache.on('call.settled', () => {
      heard += 1;
    });
    cache.get('key');
    await cache.getOrGenerate('key', never);
    expect(heard).toBe(2);
    off();
    cache.get('key');
    expect(heard).toBe(2);
    expect(cache.stats().outcomes.hit).toBe(4);
  });

  it('is closed with the cache', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    await cache.set('key', 1);
    await cache.getOrGenerate('key', never);
    await cache.close();
    expect(cache.get('key')).toBeUndefined();
    await expect(cache.getOrGenerate('key', never)).rejects.toMatchObject({ code: 'E_CLOSED' });
  });

  it('starts a refresh ahead once it is due', async () => {
    const cache = createCache({
      clock: new SystemClock(source),
      kinds: { default: kind<number>({ ttl: 10_000, jitter: 0, refreshAhead: 0.5 }) },
    });
    await cache.set('key', 1);
    advance(4_999);
    expect(await cache.getOrGenerate('key', never)).toBe(1);
    advance(1);
    expect(await cache.getOrGenerate('key', async () => 2)).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(await cache.getOrGenerate('key', never)).toBe(2);
    expect(cache.stats().outcomes).toMatchObject({ hit: 3, generated: 0 });
  });

  it('refuses what is no key as the long way does', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    for (const key of [undefined, null, 1, {}]) {
      expect(() => cache.get(key as never)).toThrow(expect.objectContaining({ code: 'E_KEY' }));
      await expect(cache.getOrGenerate(key as never, never)).rejects.toMatchObject({ code: 'E_KEY' });
    }
  });

  it('asks for a generator even where it will not be needed on the long way', async () => {
    const cache = createCache({ clock: new SystemClock(source) });
    await expect(cache.getOrGenerate('key', undefined as never)).rejects.toMatchObject({ code: 'E_OPTION' });
  });

  it('ages by a suspend of the machine, which stops the monotonic clock', async () => {
    let asleep = 0;
    const sleeping: TimeSource = {
      monotonic: () => source.at - asleep,
      wall: () => source.wall(),
      uptime: () => source.at,
    };
    const cache = createCache({
      clock: new SystemClock(sleeping),
      kinds: { default: kind<number>({ ttl: '1h', jitter: 0 }) },
    });
    await cache.set('key', 1);
    advance(1_800_000);
    expect(cache.get('key')).toBe(1);
    asleep = 3_600_000;
    advance(3_600_000);
    // Looked at no more often than every 10 ms awake.
    advance(10);
    expect(cache.get('key')).toBeUndefined();
  });
});

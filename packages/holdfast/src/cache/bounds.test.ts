import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe.each(['s3-fifo', 'lru'] as const)('the bounds, under %s', (eviction) => {
  it('hold after every operation', async () => {
    const { cache } = createTestCache({
      eviction,
      maxEntries: 20,
      maxBytes: 10_000,
      maxEntryBytes: 4_000,
      kinds: { other: kind<string>() },
    });
    const other = cache.kind('other');
    const check = () => {
      const { entries, bytes } = cache.stats();
      expect(entries).toBeLessThanOrEqual(20);
      expect(bytes).toBeLessThanOrEqual(10_000);
      assertInvariants(cache);
    };
    for (let step = 0; step < 300; step += 1) {
      const key = `key ${(step * 7) % 40}`;
      const size = (step * 37) % 1_500;
      if (step % 5 === 0) await other.set(key, 'x'.repeat(size));
      else if (step % 7 === 0) await cache.invalidate({ key });
      else if (step % 3 === 0) await cache.set([key, step % 4], 'x'.repeat(size));
      else await cache.getOrGenerate(key, async () => 'x'.repeat(size));
      check();
    }
    expect(cache.stats().entries).toBeGreaterThan(0);
  });

  it('free the old weight exactly when an entry is replaced', async () => {
    const { cache } = createTestCache({ eviction });
    await cache.set('key', 'x'.repeat(1_000));
    const before = cache.stats().bytes;
    await cache.set('key', 'x'.repeat(10));
    expect(before - cache.stats().bytes).toBe(2 * 990);
    await cache.set('key', 'x'.repeat(1_000));
    expect(cache.stats().bytes).toBe(before);
    await cache.invalidate({ key: 'key' });
    expect(cache.stats().bytes).toBe(0);
  });

  it('return a value over maxEntryBytes and keep neither it nor its predecessor', async () => {
    const { cache } = createTestCache({ eviction, maxEntryBytes: 1_000 });
    await cache.set('key', 'small');
    const value = await cache.getOrGenerate('key', async () => 'x'.repeat(1_000), { mode: 'refresh' });
    expect(value).toHaveLength(1_000);
    expect(cache.peek('key')).toBeUndefined();
    expect(cache.stats().bytes).toBe(0);
    expect(await cache.set('key', 'x'.repeat(1_000))).toEqual({ persisted: false });
    expect(cache.peek('key')).toBeUndefined();
  });

  it('weigh by the kind’s own scales where it has some, fractions included, without drift', async () => {
    const { cache } = createTestCache({
      eviction,
      kinds: { default: kind<string>({ weigh: (value) => value.length * 0.1 }) },
    });
    for (let round = 0; round < 50; round += 1) {
      await cache.set(`key ${round % 7}`, 'x'.repeat(round));
      if (round % 3 === 0) await cache.invalidate({ key: `key ${round % 5}` });
      assertInvariants(cache);
    }
    await cache.invalidate({ kind: 'default' });
    expect(cache.stats().bytes).toBe(0);
  });

  it('do not fail a full cache’s flights, in flight or landing', async () => {
    const { cache } = createTestCache({ eviction, maxEntries: 1 });
    const held = new HeldGenerator();
    const calls = Array.from({ length: 50 }, (_, index) =>
      cache.getOrGenerate(`key ${index}`, held.generate),
    );
    for (const run of held.runs) run.resolve('value');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['value']));
    expect(cache.stats()).toMatchObject({ entries: 1, outcomes: { generated: 50 } });
  });

  it('keep what is wanted again and again through a scan of what is wanted once', async () => {
    const { cache } = createTestCache({ eviction, maxEntries: 100 });
    const hot = Array.from({ length: 20 }, (_, index) => `hot ${index}`);
    for (let round = 0; round < 3; round += 1) {
      for (const key of hot) await cache.getOrGenerate(key, async () => key);
    }
    for (let scan = 0; scan < 60; scan += 1) await cache.getOrGenerate(`scan ${scan}`, async () => scan);
    expect(hot.filter((key) => cache.get(key) !== undefined)).toHaveLength(20);
  });
});

describe('a broken weigh', () => {
  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5'])(
    'that gives %s is a clear error',
    async (weight) => {
      const { cache } = createTestCache({
        kinds: { default: kind<string>({ weigh: () => weight as number }) },
      });
      const error = { code: 'E_OPTION', message: expect.stringContaining("'weigh'") };
      await expect(cache.set('key', 'value')).rejects.toMatchObject(error);
      await expect(cache.getOrGenerate('key', async () => 'value')).rejects.toMatchObject(error);
      expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0 });
      assertInvariants(cache);
    },
  );
});

describe('an lru cache', () => {
  it('keeps what was hit last, by get, getOrGenerate, resolve and lookup alike', async () => {
    const touches = [
      (cache: ReturnType<typeof createTestCache>['cache']) => cache.get('old'),
      (cache: ReturnType<typeof createTestCache>['cache']) => cache.getOrGenerate('old', async () => 0),
      (cache: ReturnType<typeof createTestCache>['cache']) => cache.resolve('old', async () => 0),
      (cache: ReturnType<typeof createTestCache>['cache']) => cache.lookup('old'),
    ];
    for (const touch of touches) {
      const { cache } = createTestCache({ eviction: 'lru', maxEntries: 2 });
      await cache.set('old', 1);
      await cache.set('young', 2);
      await touch(cache);
      await cache.set('new', 3);
      expect([cache.peek('old')?.value, cache.peek('young')?.value, cache.peek('new')?.value]).toEqual([
        1,
        undefined,
        3,
      ]);
      expect(cache.stats().outcomes.hit).toBe(1);
    }
  });
});

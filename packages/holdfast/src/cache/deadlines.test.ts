import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('timeout', () => {
  it('rejects its caller alone with E_TIMEOUT, which has left the flight', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const impatient = cache.getOrGenerate('key', held.generate, { timeout: '1s' });
    const patient = cache.getOrGenerate('key', held.generate);
    const rejection = expect(impatient).rejects.toMatchObject({ code: 'E_TIMEOUT', kind: 'default' });
    await clock.advance(999);
    expect(cache.stats().calls).toBe(0);
    await clock.advance(1);
    await rejection;
    held.run(0).resolve('value');
    expect(await patient).toBe('value');
    expect(cache.stats().outcomes).toMatchObject({ failed: 1, coalesced: 1 });
  });

  it('of the last waiter abandons the generation', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const rejection = expect(
      cache.getOrGenerate('key', held.generate, { timeout: 10 }),
    ).rejects.toMatchObject({
      code: 'E_TIMEOUT',
    });
    await clock.advance(10);
    await rejection;
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    expect(cache.stats().generations).toMatchObject({ abandoned: 1, running: 0 });
    expect(clock.timers).toBe(0);
  });

  it.each([
    ['staleWhileRevalidate, aged', { staleWhileRevalidate: '1h' }, 'refresh'],
    ['staleIfError, aged', { staleIfError: '1h' }, 'default'],
  ] as const)('serves what is inside %s, and lets the flight go on', async (_name, windows, mode) => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m', ...windows }) } });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const call = cache.resolve('key', held.generate, { timeout: '1s', mode });
    await clock.advance(1_000);
    expect(await call).toMatchObject({
      value: 'old',
      outcome: 'stale',
      stale: 'aged',
      reason: 'timeout',
      age: 61_000,
    });
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    held.run(0).resolve('new');
    await settled();
    expect(cache.get('key')).toBe('new');
  });

  it('serves nothing stale outside of the windows', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1m' }), bare: kind<string>() },
    });
    await cache.set('key', 'old');
    await clock.advance(119_999);
    const held = new HeldGenerator();
    const rejection = expect(cache.getOrGenerate('key', held.generate, { timeout: 1 })).rejects.toMatchObject(
      {
        code: 'E_TIMEOUT',
      },
    );
    await clock.advance(1);
    await rejection;

    const bare = cache.kind('bare');
    await bare.set('key', 'fresh');
    const refresh = expect(
      bare.resolve('key', held.generate, { mode: 'refresh', timeout: 1, staleAfter: 1 }),
    ).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    await clock.advance(1);
    await refresh;
  });
});

describe('staleAfter', () => {
  it('gives the stale value to a caller that has waited that long, and the flight goes on', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const eager = cache.resolve('key', held.generate, { staleAfter: 50, timeout: '1m' });
    const patient = cache.resolve('key', held.generate);
    await clock.advance(49);
    expect(cache.stats().calls).toBe(0);
    await clock.advance(1);
    expect(await eager).toMatchObject({ value: 'old', outcome: 'stale', reason: 'staleAfter' });
    held.run(0).resolve('new');
    expect(await patient).toMatchObject({ value: 'new', outcome: 'coalesced' });
    expect(clock.timers).toBe(0);
  });

  it('waits on where there is nothing stale to give', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    const held = new HeldGenerator();
    const call = cache.resolve('key', held.generate, { staleAfter: 50 });
    await clock.advance(1_000);
    held.run(0).resolve('new');
    expect(await call).toMatchObject({ value: 'new', outcome: 'generated' });
  });

  it('never gives a value that was invalidated, nor one that was set meanwhile as if it were stale', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const call = cache.resolve('key', held.generate, { staleAfter: 50 });
    await cache.invalidate({ key: 'key' });
    await clock.advance(50);
    held.run(0).resolve('made before the invalidation');
    expect(await call).toMatchObject({ value: 'made before the invalidation', stale: false });
  });
});

describe('generationTimeout', () => {
  it('frees the key of a generator that never settles, rejects all waiters, and counts it as abandoned', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ generationTimeout: '30s' }) },
    });
    const held = new HeldGenerator();
    const calls = [
      cache.getOrGenerate('key', held.generate),
      cache.resolve('key', held.generate, { timeout: '1h' }),
    ];
    expect(held.run(0).ctx.deadline).toBe(clock.wall() + 30_000);
    const rejections = calls.map((call) =>
      expect(call).rejects.toMatchObject({ code: 'E_GENERATION_TIMEOUT' }),
    );
    await clock.advance(30_000);
    await Promise.all(rejections);
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    expect(cache.stats()).toMatchObject({
      outcomes: { failed: 2 },
      generations: { abandoned: 1, running: 0 },
    });

    const later = cache.getOrGenerate('key', held.generate);
    held.run(0).resolve('far too late');
    await settled();
    expect(cache.peek('key')).toBeUndefined();
    held.run(1).resolve('in time');
    expect(await later).toBe('in time');
    assertInvariants(cache);
  });

  it('is two minutes where nothing is said', async () => {
    const { cache, clock } = createTestCache();
    const rejection = expect(cache.getOrGenerate('key', new HeldGenerator().generate)).rejects.toMatchObject({
      code: 'E_GENERATION_TIMEOUT',
    });
    await clock.advance(119_999);
    expect(cache.stats().generations.running).toBe(1);
    await clock.advance(1);
    await rejection;
  });

  it('falls back to stale inside staleIfError', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h', generationTimeout: '10s' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const call = cache.resolve('key', new HeldGenerator().generate);
    await clock.advance(10_000);
    expect(await call).toMatchObject({ value: 'old', outcome: 'stale', reason: 'failed' });
  });

  it('and the smaller of it and timeout settles a caller', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ generationTimeout: '10s' }) },
    });
    const rejection = expect(
      cache.getOrGenerate('key', new HeldGenerator().generate, { timeout: '11s' }),
    ).rejects.toMatchObject({ code: 'E_GENERATION_TIMEOUT' });
    await clock.advance(10_000);
    await rejection;
    expect(clock.timers).toBe(0);
  });
});

describe('abandoned generators', () => {
  it('are capped: with 64 that have not ended, new flights fail with E_TOO_MANY_ABANDONED', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const abandon = async (key: string) => {
      const controller = new AbortController();
      const call = cache.getOrGenerate(key, held.generate, { signal: controller.signal });
      controller.abort();
      await expect(call).rejects.toBe(controller.signal.reason);
    };
    for (let index = 0; index < 63; index += 1) await abandon(`key ${index}`);
    expect(await cache.getOrGenerate('still', async () => 'works')).toBe('works');
    await abandon('one more');
    let ran = false;
    const refused = cache.getOrGenerate('key', async () => {
      ran = true;
      return 'value';
    });
    await expect(refused).rejects.toMatchObject({ code: 'E_TOO_MANY_ABANDONED', kind: 'default' });
    expect(ran).toBe(false);
    // One of them ends: there is room again.
    held.run(0).resolve('late');
    await settled();
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
    assertInvariants(cache);
  });

  it('are not those whose schema was still being asked: they have ended', async () => {
    const checks: PromiseWithResolvers<{ value: unknown }>[] = [];
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: () => {
          const check = Promise.withResolvers<{ value: unknown }>();
          checks.push(check);
          return check.promise;
        },
      },
    };
    const { cache } = createTestCache({ kinds: { default: kind<unknown>({ schema }) } });
    for (let index = 0; index < 65; index += 1) {
      const controller = new AbortController();
      const call = cache.getOrGenerate(`key ${index}`, async () => 'value', { signal: controller.signal });
      await settled();
      controller.abort();
      await expect(call).rejects.toBe(controller.signal.reason);
    }
    for (const { resolve } of checks) resolve({ value: 'value' });
    await settled();
    const call = cache.getOrGenerate('key', async () => 'value');
    await settled();
    checks.at(-1)?.resolve({ value: 'value' });
    expect(await call).toBe('value');
    assertInvariants(cache);
  });
});

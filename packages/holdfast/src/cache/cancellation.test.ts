import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('cancellation is counted', () => {
  it('rejects with exactly signal.reason, whatever that is', async () => {
    const { cache } = createTestCache();
    for (const [index, reason] of [new Error('mine'), 'a text', 0, null].entries()) {
      const controller = new AbortController();
      const held = new HeldGenerator();
      const call = cache.getOrGenerate(`key ${index}`, held.generate, { signal: controller.signal });
      controller.abort(reason);
      await expect(call).rejects.toBe(reason);
    }
    expect(cache.stats().outcomes.aborted).toBe(4);
  });

  it('by a signal that was aborted before runs no generator', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const reason = new Error('too late');
    await expect(
      cache.getOrGenerate('key', held.generate, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(held.runs).toHaveLength(0);
    expect(cache.stats()).toMatchObject({ calls: 1, outcomes: { aborted: 1 } });
  });

  it('of the last waiter detaches the flight, then aborts its signal; a later caller starts a new one', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const controller = new AbortController();
    const later: Promise<string>[] = [];
    const call = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    // Whoever is told by the signal finds the key free.
    held
      .run(0)
      .ctx.signal.addEventListener('abort', () => later.push(cache.getOrGenerate('key', held.generate)));
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    expect(held.runs).toHaveLength(2);

    held.run(0).resolve('from a generation that nobody wants');
    await settled();
    expect(cache.peek('key')).toBeUndefined();
    held.run(1).resolve('wanted');
    expect(await later[0]).toBe('wanted');
    expect(cache.get('key')).toBe('wanted');
    expect(cache.stats().generations).toMatchObject({ started: 2, succeeded: 1, abandoned: 1, running: 0 });
    assertInvariants(cache);
  });

  it('spares a flight that callers without options wait for', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const controller = new AbortController();
    const leaving = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    const staying = cache.getOrGenerate('key', held.generate);
    controller.abort();
    await expect(leaving).rejects.toBe(controller.signal.reason);
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    held.run(0).resolve('value');
    expect(await staying).toBe('value');
  });

  it('after the value is there changes nothing', async () => {
    const { cache } = createTestCache();
    const controller = new AbortController();
    const value = await cache.getOrGenerate('key', async () => 'value', { signal: controller.signal });
    controller.abort();
    expect(value).toBe('value');
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, aborted: 0 });
  });

  it("with onAbandon 'finish' leaves the flight attached, to be joined and kept", async () => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ onAbandon: 'finish' }) } });
    const held = new HeldGenerator();
    const controller = new AbortController();
    const call = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    const joined = cache.getOrGenerate('key', held.generate);
    held.run(0).resolve('finished');
    expect(await joined).toBe('finished');
    expect(held.runs).toHaveLength(1);
    expect(cache.get('key')).toBe('finished');
  });

  it("with onAbandon 'finish' keeps what nobody waited for", async () => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ onAbandon: 'finish' }) } });
    const held = new HeldGenerator();
    const controller = new AbortController();
    const call = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    held.run(0).resolve('finished');
    await settled();
    expect(cache.get('key')).toBe('finished');
    assertInvariants(cache);
  });

  it('counts a parent flight as a waiter, and lets it leave when its own waiters have left', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const child = cache.define({ name: 'child', generate: held.generate });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    const controller = new AbortController();
    const direct = child.with({ signal: controller.signal })();
    const whole = parent();
    controller.abort();
    await expect(direct).rejects.toBe(controller.signal.reason);
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    held.run(0).resolve('child');
    expect(await whole).toBe('of child');
    assertInvariants(cache);

    await cache.invalidate({ kind: 'default' });
    const second = new AbortController();
    const abandoned = parent.with({ signal: second.signal })();
    expect(held.runs).toHaveLength(2);
    second.abort();
    await expect(abandoned).rejects.toBe(second.signal.reason);
    await settled();
    expect(held.run(1).ctx.signal.aborted).toBe(true);
    expect(cache.stats().generations).toMatchObject({ running: 0, abandoned: 2 });
    assertInvariants(cache);
  });

  it('has no part in a background refresh, which inherits nobody’s signal', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const controller = new AbortController();
    expect(await cache.getOrGenerate('key', held.generate, { signal: controller.signal })).toBe('old');
    controller.abort();
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    held.run(0).resolve('new');
    await settled();
    expect(cache.get('key')).toBe('new');
  });

  it('by one signal for 1,000 calls and 50 children warns of no leak', async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    try {
      const { cache } = createTestCache();
      const held = new HeldGenerator();
      const { signal } = new AbortController();
      const calls = Array.from({ length: 1_000 }, (_, index) =>
        cache.getOrGenerate(`key ${index}`, held.generate, { signal }),
      );
      for (const run of held.runs) run.resolve('value');
      await Promise.all(calls);
      const child = cache.define({ name: 'child', generate: async (_ctx, index: number) => index });
      await cache.getOrGenerate('parent', async (ctx) => {
        const used = await Promise.all(Array.from({ length: 50 }, (_, index) => ctx.use(child, index)));
        return used.length;
      });
      await settled();
      await settled();
      expect(warnings).toEqual([]);
    } finally {
      process.off('warning', listen);
    }
  });
});

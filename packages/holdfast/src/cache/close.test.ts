import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('close', () => {
  it('waits for what is under way, then rejects later calls with E_CLOSED', async () => {
    const { cache, clock } = createTestCache();
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    let closed = false;
    const closing = cache.close().then(() => {
      closed = true;
    });
    await expect(cache.getOrGenerate('other', held.generate)).rejects.toMatchObject({ code: 'E_CLOSED' });
    await settled();
    expect(closed).toBe(false);
    held.run(0).resolve('value');
    expect(await call).toBe('value');
    await closing;
    expect(clock.timers).toBe(0);
    assertInvariants(cache);
  });

  it('lets generators under way use what they need', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const child = cache.define({ name: 'child', generate: async () => 'child' });
    const call = cache.getOrGenerate(
      'key',
      async (ctx) => `${await held.generate(ctx)} ${await ctx.use(child)}`,
    );
    const closing = cache.close();
    held.run(0).resolve('value');
    expect(await call).toBe('value child');
    await closing;
  });

  it('cuts off after its timeout what has not ended, and aborts it', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ generationTimeout: '1h' }) },
    });
    const held = new HeldGenerator();
    const events: unknown[] = [];
    cache.on('cache.closed', ({ cutOff }) => events.push(cutOff));
    const calls = [
      cache.getOrGenerate('key', held.generate),
      cache.resolve('key', held.generate, { timeout: '1h' }),
    ];
    const rejections = calls.map((call) => expect(call).rejects.toMatchObject({ code: 'E_CLOSED' }));
    const closing = cache.close({ timeout: '2s' });
    await clock.advance(2_000);
    await closing;
    await Promise.all(rejections);
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    expect(events).toEqual([1]);
    expect(clock.timers).toBe(0);
    expect(cache.stats()).toMatchObject({
      calls: 2,
      outcomes: { failed: 2 },
      generations: { abandoned: 1, running: 0 },
    });
    assertInvariants(cache);
    held.run(0).resolve('late');
    await settled();
    assertInvariants(cache);
  });

  it('has 5 seconds where nothing is said', async () => {
    const { cache, clock } = createTestCache();
    const call = expect(cache.getOrGenerate('key', new HeldGenerator().generate)).rejects.toMatchObject({
      code: 'E_CLOSED',
    });
    let closed = false;
    const closing = cache.close().then(() => {
      closed = true;
    });
    await clock.advance(4_999);
    expect(closed).toBe(false);
    await clock.advance(1);
    await closing;
    await call;
  });

  it('gives a call whose dependencies are being checked the time to end', async () => {
    const gate = Promise.withResolvers<void>();
    const files = new MemoryFiles({ a: 'text' });
    const { cache } = createTestCache({ workspace: files });
    await cache.getOrGenerate('key', async (ctx) => ctx.file('a'));
    files.gate = () => gate.promise;
    const call = cache.resolve('key', async () => 'never asked');
    await settled();
    const closing = cache.close();
    gate.resolve();
    expect(await call).toMatchObject({ value: 'text', outcome: 'hit' });
    await closing;
  });

  it('is idempotent, at the same time and one after another, and `await using` calls it', async () => {
    const { cache } = createTestCache();
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    const { cache: used } = createTestCache();
    {
      await using scoped = used;
      await scoped.set('key', 'value');
    }
    await expect(used.set('key', 'value')).rejects.toMatchObject({ code: 'E_CLOSED' });
  });

  it('leaves kind() working and get giving undefined; everything else that is a promise rejects', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    await cache.set('key', 'value');
    const held = new HeldGenerator();
    const d = cache.define({ name: 'd', generate: held.generate });
    await cache.close();
    expect(cache.kind('other').get('key')).toBeUndefined();
    expect(cache.get('key')).toBeUndefined();
    expect(cache.peek('key')).toBeUndefined();
    const calls: (() => Promise<unknown>)[] = [
      () => cache.getOrGenerate('key', held.generate),
      () => cache.resolve('key', held.generate),
      () => cache.lookup('key'),
      () => cache.getOrGenerateMany(['key'], async () => []),
      () => cache.set('key', 'value'),
      () => cache.setMany([['key', 'value']]),
      () => cache.expire({ key: 'key' }),
      () => cache.invalidate({ key: 'key' }),
      () => cache.kind('other').expire('key'),
      () => cache.kind('other').invalidate('key'),
      () => cache.flush(),
      () => d(),
      () => d.resolve(),
      () => d.many([[]]),
      () => d.invalidate(),
      () => d.explain(),
      () => cache.explain('key'),
      () => cache.dependents(d.key()),
      () => Array.fromAsync(cache.entries()),
      () => cache.scope('view').getOrGenerate('key', held.generate),
    ];
    for (const call of calls) {
      const error = await call().catch((reason: unknown) => reason);
      const closed = error instanceof AggregateError ? error.errors[0] : error;
      expect(closed, String(call)).toMatchObject({ code: 'E_CLOSED' });
    }
    expect(held.runs).toHaveLength(0);
  });

  it('rejects a bad timeout with E_DURATION, and closes nothing', async () => {
    const { cache } = createTestCache();
    await expect(cache.close({ timeout: '5 seconds' as never })).rejects.toMatchObject({
      code: 'E_DURATION',
    });
    await cache.set('key', 'value');
    expect(cache.get('key')).toBe('value');
  });

  it('leaves the account readable', async () => {
    const { cache } = createTestCache();
    await cache.getOrGenerate('key', async () => 'value');
    cache.get('key');
    await cache.close();
    expect(cache.stats()).toMatchObject({
      calls: 2,
      outcomes: { hit: 1, generated: 1 },
      entries: 0,
      bytes: 0,
    });
  });
});

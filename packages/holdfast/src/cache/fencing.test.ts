import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('set during a flight', () => {
  it('keeps the set value though who is told of the abort calls again at once', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    const again: Promise<unknown>[] = [];
    await cache.set('key', 'old');
    await clock.advance(60_000);
    await cache.getOrGenerate('key', (ctx) => {
      ctx.signal.addEventListener('abort', () => {
        again.push(cache.getOrGenerate('key', async () => 'overtaken'));
      });
      return new Promise(() => {});
    });
    await cache.set('key', 'set');
    expect(await Promise.all(again)).toEqual(['set']);
    await settled();
    expect(cache.peek('key')?.value).toBe('set');
  });

  it('wins: the waiters get the flight’s value, later callers the one that was set', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const fenced: string[] = [];
    cache.on('entry.fenced', ({ by }) => fenced.push(by));
    const waiting = cache.getOrGenerate('key', held.generate);
    await cache.set('key', 'set');
    expect(cache.get('key')).toBe('set');
    expect(await cache.getOrGenerate('key', held.generate)).toBe('set');
    held.run(0).resolve('generated');
    expect(await waiting).toBe('generated');
    expect(cache.get('key')).toBe('set');
    expect(held.runs).toHaveLength(1);
    expect(fenced).toEqual(['set']);
    assertInvariants(cache);
  });

  it('abandons a background refresh, which nobody waits for', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    expect(await cache.getOrGenerate('key', held.generate)).toBe('old');
    await cache.set('key', 'set');
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    held.run(0).resolve('refreshed');
    await settled();
    expect(cache.get('key')).toBe('set');
    assertInvariants(cache);
  });

  it('ends a back-off', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', negativeTtl: '1h' }) },
    });
    const failing = async (): Promise<string> => {
      throw new Error('provider down');
    };
    await expect(cache.getOrGenerate('key', failing)).rejects.toThrow('provider down');
    await expect(cache.getOrGenerate('key', failing)).rejects.toMatchObject({ code: 'E_REMEMBERED_FAILURE' });
    await cache.set('key', 'set');
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('key', async () => 'again')).toBe('again');
  });
});

describe('invalidate during a flight', () => {
  it('gives those who joined before its value, makes those after start anew, and lets it commit nothing', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const before = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    await cache.invalidate({ key: 'key' });
    const after = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    expect(held.runs).toHaveLength(2);
    held.run(1).resolve('new');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    held.run(0).resolve('old');
    expect(await Promise.all(before)).toEqual(['old', 'old']);
    expect(cache.get('key')).toBe('new');
    assertInvariants(cache);
  });

  it.each([
    ['kind', { kind: 'default' }],
    ['scope', { scope: 'tenant' }],
    ['all scopes', { allScopes: true }],
    ['tag of the caller', { tag: 'asked' }],
    ['tag that the generator had named', { tag: 'named' }],
    ['kind and tag', { kind: 'default', tag: 'named' }],
  ] as const)('by %s fences it', async (_name, selector) => {
    const { cache } = createTestCache();
    const view = cache.scope('tenant');
    const held = new HeldGenerator();
    const before = view.getOrGenerate('key', held.generate, { tags: ['asked'] });
    held.run(0).ctx.tag('named');
    await cache.invalidate(
      'scope' in selector || 'allScopes' in selector ? selector : { ...selector, scope: 'tenant' },
    );
    held.run(0).resolve('old');
    expect(await before).toBe('old');
    expect(view.peek('key')).toBeUndefined();
  });

  it.each([
    ['another kind', { kind: 'other' }],
    ['another scope', { scope: 'stranger' }],
    ['another tag', { tag: 'other' }],
    ['another key', { key: 'other' }],
    ['a tag of it in another kind', { kind: 'other', tag: 'asked' }],
  ] as const)('by %s does not', async (_name, selector) => {
    const { cache } = createTestCache({ kinds: { other: kind() } });
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate, { tags: ['asked'] });
    await cache.invalidate(selector);
    held.run(0).resolve('value');
    expect(await call).toBe('value');
    expect(cache.get('key')).toBe('value');
  });

  it('by a tag that the generator names later gives those who came after it a value begun after it', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const before = cache.getOrGenerate('key', held.generate);
    await cache.invalidate({ tag: 't' });
    const after = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    expect(held.runs).toHaveLength(1);
    held.run(0).ctx.tag('t');
    expect(held.runs).toHaveLength(2);
    held.run(0).resolve('old');
    held.run(1).resolve('new');
    expect(await before).toBe('old');
    expect(await Promise.all(after)).toEqual(['new', 'new']);
    expect(cache.get('key')).toBe('new');
    expect(cache.stats().outcomes).toMatchObject({ generated: 2, coalesced: 1 });
    assertInvariants(cache);
  });

  it('by a tag that the generator does not name changes nothing', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const before = cache.getOrGenerate('key', held.generate);
    await cache.invalidate({ tag: 't' });
    const after = cache.getOrGenerate('key', held.generate);
    held.run(0).ctx.tag('another');
    held.run(0).resolve('value');
    expect(await Promise.all([before, after])).toEqual(['value', 'value']);
    expect(cache.get('key')).toBe('value');
  });

  it('that came before a flight does not touch it, whatever tags it names', async () => {
    const { cache } = createTestCache();
    await cache.invalidate({ tag: 't' });
    expect(
      await cache.getOrGenerate('key', async (ctx) => {
        ctx.tag('t');
        return 'value';
      }),
    ).toBe('value');
    expect(cache.get('key')).toBe('value');
  });

  it('never brings an invalidated value back through ctx.notModified or ctx.stale', async () => {
    for (const selector of [{ key: 'key' }, { tag: 't' }, { kind: 'default' }]) {
      const { cache, clock } = createTestCache({
        kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
      });
      await cache.set('key', 'invalidated', { tags: ['t'] });
      await clock.advance(60_000);
      const held = new HeldGenerator();
      const call = cache.getOrGenerate('key', held.generate).catch(() => 'rejected');
      expect(held.run(0).ctx.stale).toMatchObject({ value: 'invalidated', reason: 'aged' });
      await cache.invalidate(selector);
      expect(held.run(0).ctx.stale).toBeUndefined();
      held.run(0).resolve(held.run(0).ctx.notModified());
      await settled();
      expect(cache.peek('key')).toBeUndefined();
      for (const run of held.runs.slice(1)) run.resolve('new');
      expect(await call).not.toBe('invalidated');
    }
  });

  it('rejects the waiters of a flight that fails afterwards, with nothing stale to hide it', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    await cache.invalidate({ key: 'key' });
    const error = new Error('provider down');
    held.run(0).reject(error);
    await expect(call).rejects.toBe(error);
    // Nor does the failed attempt hold back the next.
    expect(await cache.getOrGenerate('key', async () => 'new')).toBe('new');
  });

  it('by tag ends the back-off of the entries that it forbids', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h', negativeTtl: '1h' }) },
    });
    await cache.set('key', 'old', { tags: ['t'] });
    await clock.advance(60_000);
    const failing = async (): Promise<string> => {
      throw new Error('provider down');
    };
    expect(await cache.getOrGenerate('key', failing)).toBe('old');
    await cache.invalidate({ tag: 't' });
    expect(await cache.getOrGenerate('key', async () => 'new')).toBe('new');
  });
});

describe('expire during a flight', () => {
  it('lets it commit already aged', async () => {
    const { cache } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1h', staleIfError: '1h' }) },
    });
    const held = new HeldGenerator();
    const call = cache.resolve('key', held.generate);
    await cache.expire({ key: 'key' });
    held.run(0).resolve('value');
    expect(await call).toMatchObject({ value: 'value', outcome: 'generated', stale: false });
    expect(cache.peek('key')).toMatchObject({ value: 'value', stale: 'aged' });
    expect(cache.get('key')).toBeUndefined();
    expect(await cache.getOrGenerate('key', async () => 'next')).toBe('next');
  });

  it('lets it commit already aged in a kind without windows, too', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    await cache.expire({ key: 'key' });
    held.run(0).resolve('value');
    await call;
    expect(cache.peek('key')).toMatchObject({ value: 'value', stale: 'aged' });
    const renewed = cache.getOrGenerate('key', async (ctx) => ctx.notModified());
    expect(await renewed).toBe('value');
    expect(cache.get('key')).toBe('value');
  });

  it('by a tag that the generator names later counts as well', async () => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ staleIfError: '1h' }) } });
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    await cache.expire({ tag: 't' });
    held.run(0).ctx.tag('t');
    held.run(0).resolve('value');
    expect(await call).toBe('value');
    expect(cache.peek('key')?.stale).toBe('aged');
  });

  it('does not revive what is aged, nor move the moment of its staleness', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1m' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(90_000);
    await cache.expire({ key: 'key' });
    const failing = async (): Promise<string> => {
      throw new Error('provider down');
    };
    await clock.advance(29_999);
    expect(await cache.getOrGenerate('key', failing)).toBe('old');
    await clock.advance(30_000);
    await expect(cache.getOrGenerate('key', failing)).rejects.toThrow('provider down');
  });
});

describe('the code of a value and of its kind', () => {
  it('that invalidates what is being committed is seen', async () => {
    const { cache } = createTestCache({
      kinds: {
        odd: kind<string>({
          weigh: () => {
            void cache.invalidate({ kind: 'odd' });
            return 1;
          },
        }),
      },
    });
    expect(await cache.kind('odd').getOrGenerate('key', async () => 'value')).toBe('value');
    expect(cache.kind('odd').peek('key')).toBeUndefined();
  });
});

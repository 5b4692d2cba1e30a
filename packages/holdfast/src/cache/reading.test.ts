import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

const failing = async (): Promise<never> => {
  throw new TypeError('provider down');
};

describe('get', () => {
  it('gives a fresh value, and undefined for a missing or aged one, counting hits and misses', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    await cache.set('key', 'value');
    expect(cache.get('key')).toBe('value');
    expect(cache.get('missing')).toBeUndefined();
    await clock.advance(60_000);
    expect(cache.get('key')).toBeUndefined();
    expect(cache.stats().outcomes).toMatchObject({ hit: 1, missed: 2 });
  });

  it('throws E_KEY for what is no key, under its own name', () => {
    const { cache } = createTestCache();
    for (const key of [undefined, null, 1, {}, [() => 1]]) {
      expect(() => cache.get(key as never)).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    }
  });

  it('proves an entry by key dependencies alone, its children fresh in memory', async () => {
    const { cache } = createTestCache();
    const child = cache.define({ name: 'child', generate: async () => 'child' });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => ctx.use(child) });
    await parent();
    expect(cache.get(child.key())).toBe('child');
    expect(cache.get(parent.key())).toBe('child');
    await cache.invalidate({ key: child.key() });
    expect(cache.get(parent.key())).toBeUndefined();
  });
});

describe('peek', () => {
  it('gives whatever is in memory with its marks, and is no call', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    expect(cache.peek('key')).toBeUndefined();
    await cache.set('key', 'value');
    await clock.advance(10);
    expect(cache.peek('key')).toEqual({ value: 'value', age: 10, stale: false });
    await clock.advance(60_000);
    expect(cache.peek('key')).toEqual({ value: 'value', age: 60_010, stale: 'aged' });
    expect(cache.stats().calls).toBe(0);
  });

  it('marks as changed an entry whose child was found changed', async () => {
    const { cache } = createTestCache();
    let version = 1;
    const child = cache.define({ name: 'child', generate: async () => version });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    await parent();
    expect(cache.peek(parent.key())?.stale).toBe(false);
    version = 2;
    await cache.invalidate({ key: child.key() });
    expect((await cache.explain(parent.key())).state).toBe('unknown');
    await child();
    expect((await cache.explain(parent.key())).state).toBe('changed');
    expect(cache.peek(parent.key())).toMatchObject({ value: 'of 1', stale: 'changed' });
  });
});

describe('lookup', () => {
  it('gives a fresh result or undefined, and generates nothing', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    expect(await cache.lookup('key')).toBeUndefined();
    await cache.getOrGenerate('key', async (ctx) => {
      ctx.cost({ usd: 0.5 });
      return 'value';
    });
    await clock.advance(5);
    expect(await cache.lookup('key')).toEqual({
      value: 'value',
      outcome: 'hit',
      age: 5,
      stale: false,
      cost: { seconds: 0, usd: 0.5 },
    });
    await clock.advance(60_000);
    expect(await cache.lookup('key')).toBeUndefined();
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, hit: 1, missed: 2 });
  });

  it('brings no child up to date: an entry whose child is not fresh is not fresh', async () => {
    const { cache, clock } = createTestCache({ kinds: { short: kind<string>({ ttl: '1m' }) } });
    let runs = 0;
    const child = cache.define({
      kind: 'short',
      name: 'child',
      generate: async () => {
        runs += 1;
        return 'child';
      },
    });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => ctx.use(child) });
    await parent();
    expect(await cache.lookup(parent.key())).toMatchObject({ value: 'child', outcome: 'hit' });
    await clock.advance(60_000);
    expect(await cache.lookup(parent.key())).toBeUndefined();
    expect(runs).toBe(1);
    // The early cutoff: the child is made again, equal, and the parent holds.
    expect(await parent.resolve()).toMatchObject({ value: 'child', outcome: 'hit' });
    expect(runs).toBe(2);
  });
});

describe('explain', () => {
  it('tells absent, negative, fresh and aged, with ages, tags and costs', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    expect(await cache.explain('key')).toMatchObject({
      state: 'absent',
      tags: [],
      dependencies: [],
      underWay: false,
    });
    await expect(cache.getOrGenerate('key', failing)).rejects.toThrow();
    expect(await cache.explain('key')).toMatchObject({
      state: 'negative',
      failure: { error: 'TypeError', count: 1, retryIn: 1_000 },
    });
    await cache.getOrGenerate('key', async () => 'value', { tags: ['a', 'b', 'a'] });
    await clock.advance(1_000);
    expect(await cache.explain('key')).toMatchObject({
      state: 'fresh',
      age: 1_000,
      freshFor: 59_000,
      tags: ['a', 'b'],
      cost: { seconds: 0 },
    });
    await clock.advance(59_000);
    expect(await cache.explain('key')).toMatchObject({ state: 'aged', freshFor: 0 });
    expect(cache.stats().calls).toBe(2);
  });

  it('tells that a generation is under way, and waits for none', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    expect(await cache.explain('key')).toMatchObject({ state: 'absent', underWay: true });
    held.run(0).resolve('value');
    await call;
  });

  it('names the dependency that changed, with both digests', async () => {
    const { cache } = createTestCache();
    let version = 1;
    const child = cache.define({ name: 'child', generate: async () => version });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    await parent();
    const before = await parent.explain();
    expect(before.state).toBe('fresh');
    expect(before.dependencies).toHaveLength(1);
    expect(String(before.dependencies[0]?.on)).toBe(String(child.key()));
    version = 2;
    await child.with({ mode: 'refresh' })();
    const after = await parent.explain();
    expect(after).toMatchObject({ state: 'changed', difference: { was: before.dependencies[0]?.digest } });
    expect(after.difference?.is).not.toBe(after.difference?.was);
  });
});

describe('entries and dependents', () => {
  it('list what is kept, by kind and tag, without values', async () => {
    const { cache, clock } = createTestCache({ kinds: { other: kind<string>({ ttl: 10 }) } });
    await cache.set('one', 'canary value', { tags: ['t'] });
    await cache.kind('other').set(['two', 2], 'canary value', { tags: ['t', 'u'] });
    await clock.advance(10);
    const all = await Array.fromAsync(cache.entries());
    expect(
      all.map(({ kind: name, key, age, stale, tags }) => ({
        name,
        content: key.content(),
        age,
        stale,
        tags,
      })),
    ).toEqual([
      { name: 'default', content: 'one', age: 10, stale: false, tags: ['t'] },
      { name: 'other', content: ['two', 2], age: 10, stale: 'aged', tags: ['t', 'u'] },
    ]);
    expect(JSON.stringify(all)).not.toContain('canary');
    expect(await Array.fromAsync(cache.entries({ kind: 'other' }))).toHaveLength(1);
    expect(await Array.fromAsync(cache.entries({ tag: 't' }))).toHaveLength(2);
    expect(await Array.fromAsync(cache.entries({ tag: 'u', kind: 'default' }))).toHaveLength(0);
  });

  it('name the entries that were made from another', async () => {
    const { cache } = createTestCache();
    const child = cache.define({ name: 'child', generate: async (_ctx, name: string) => name });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx, name: string) => ctx.use(child, name),
    });
    await parent('a');
    await parent('b');
    expect((await cache.dependents(child.key('a'))).map(String)).toEqual([String(parent.key('a'))]);
    expect(await cache.dependents(parent.key('a'))).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

/** Files that never change. */
const files = new MemoryFiles({ 'a.ts': 'text of a.ts' });

describe('a scope', () => {
  it('has keys, herds, selectors and stats of its own', async () => {
    const { cache } = createTestCache();
    const [one, two] = [cache.scope('one'), cache.scope('two')];
    const held = new HeldGenerator();
    const calls = [cache, one, two].map((view) => view.getOrGenerate('key', held.generate, { tags: ['t'] }));
    expect(held.runs).toHaveLength(3);
    for (const [index, run] of held.runs.entries()) run.resolve(`value ${index}`);
    expect(await Promise.all(calls)).toEqual(['value 0', 'value 1', 'value 2']);
    expect([cache.get('key'), one.get('key'), two.get('key')]).toEqual(['value 0', 'value 1', 'value 2']);
    expect(one.stats()).toMatchObject({ calls: 2, entries: 1 });
    expect(cache.stats()).toMatchObject({ calls: 6, entries: 3 });
    expect(await Array.fromAsync(one.entries())).toHaveLength(1);
    expect(await Array.fromAsync(cache.entries())).toHaveLength(3);

    await one.invalidate({ tag: 't' });
    expect([cache.peek('key'), one.peek('key'), two.peek('key')].map((peek) => peek?.value)).toEqual([
      'value 0',
      undefined,
      'value 2',
    ]);
    await cache.invalidate({ tag: 't' });
    expect([cache.peek('key'), two.peek('key')].map((peek) => peek?.value)).toEqual([undefined, 'value 2']);
    await cache.invalidate({ allScopes: true, kind: 'default' });
    expect(two.peek('key')).toBeUndefined();
  });

  it('is the same whichever view of it is asked', async () => {
    const { cache } = createTestCache();
    await cache.scope('one').set('key', 'value');
    expect(cache.scope('one').get('key')).toBe('value');
    expect((await cache.invalidate({ scope: 'one', key: 'key' })).count).toBe(1);
  });

  it('may name no other scope in a selector', async () => {
    const { cache } = createTestCache();
    const one = cache.scope('one');
    for (const selector of [
      { scope: 'two' },
      { allScopes: true, kind: 'default' },
      { scope: 'two', tag: 't' },
    ] as const) {
      await expect(one.invalidate(selector)).rejects.toMatchObject({ code: 'E_SCOPE' });
      await expect(one.expire(selector)).rejects.toMatchObject({ code: 'E_SCOPE' });
    }
    expect(await one.invalidate({ scope: 'one' })).toEqual({ count: 0 });
  });

  it.each(['', undefined, null, 1, {}])('has a non-empty string for a name, not %s', (name) => {
    const { cache } = createTestCache();
    expect(() => cache.scope(name as never)).toThrow(expect.objectContaining({ code: 'E_SCOPE' }));
  });

  it('has its own selector { file }; the cache’s own covers all scopes', async () => {
    const { cache } = createTestCache({ workspace: files });
    const [one, two] = [cache.scope('one'), cache.scope('two')];
    const fill = async () => {
      for (const view of [cache, one, two]) await view.getOrGenerate('key', async (ctx) => ctx.file('a.ts'));
    };
    const kept = () => [cache, one, two].filter((view) => view.peek('key') !== undefined).length;
    await fill();
    await one.invalidate({ file: 'a.ts' });
    expect(kept()).toBe(2);
    await fill();
    await one.invalidate({ file: 'a.ts', scope: undefined } as never);
    expect(kept()).toBe(2);
    await fill();
    await cache.invalidate({ file: 'b.ts' });
    expect(kept()).toBe(3);
    expect((await cache.invalidate({ file: 'a.ts' })).count).toBe(3);
    expect(kept()).toBe(0);
  });

  it('shares the registry of definitions; ctx.use runs in its parent’s scope, and only `in` crosses', async () => {
    const { cache } = createTestCache();
    const scopes: string[] = [];
    const child = cache.define({ name: 'child', generate: async () => 'child' });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => ctx.use(child) });
    const crossing = cache.define({ name: 'crossing', generate: async (ctx) => ctx.use(child.in('two')) });
    const list = async () => {
      scopes.length = 0;
      for await (const { scope, key } of cache.entries()) {
        const content = key.content();
        if (typeof content === 'object' && 'definition' in content)
          scopes.push(`${content.definition}@${scope}`);
      }
      return scopes.toSorted();
    };
    await parent.in('one')();
    expect(await list()).toEqual(['child@one', 'parent@one']);
    await crossing.in('one')();
    expect(await list()).toEqual(['child@one', 'child@two', 'crossing@one', 'parent@one']);
    await parent();
    expect(await list()).toContain('child@');
    expect(await child.in('one').resolve()).toMatchObject({ outcome: 'hit' });
  });

  it('refuses the keys of other scopes, without saying whether they exist', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async () => 'secret' });
    await d.in('one')();
    const two = cache.scope('two');
    expect(() => two.get(d.in('one').key())).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    await expect(two.lookup(d.in('one').key())).rejects.toMatchObject({ code: 'E_KEY' });
    const unknown = await two.lookup(d.in('three').key()).catch((error: Error) => error.message);
    const known = await two.lookup(d.in('one').key()).catch((error: Error) => error.message);
    expect(unknown).toBe(known);
    expect(await two.dependents(d.in('one').key())).toEqual([]);
  });

  it('is named by a Key in a selector of the cache itself', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async () => 'value' });
    await d.in('one')();
    await d();
    expect(await cache.invalidate({ key: d.in('one').key() })).toEqual({ count: 1 });
    expect([cache.peek(d.key())?.value, cache.scope('one').peek(d.in('one').key())]).toEqual([
      'value',
      undefined,
    ]);
    await d.in('one')();
    const two = cache.scope('two');
    const refused = await two
      .invalidate({ key: d.in('one').key() })
      .catch((error: { code: string }) => error.code);
    expect(refused).toBe('E_SCOPE');
    expect(await d.in('one').resolve()).toMatchObject({ outcome: 'hit' });
  });

  it('has everything that the cache has, but close and the way to other scopes', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    const view = cache.scope('one') as unknown as Record<string, unknown>;
    const own = [
      'kind',
      'define',
      'getOrGenerate',
      'resolve',
      'get',
      'peek',
      'lookup',
      'getOrGenerateMany',
      'set',
    ];
    own.push('setMany', 'explain', 'expire', 'invalidate', 'stats', 'entries', 'dependents', 'on', 'flush');
    expect(own.filter((name) => typeof view[name] !== 'function')).toEqual([]);
    expect([view.close, view.scope]).toEqual([undefined, undefined]);
  });
});

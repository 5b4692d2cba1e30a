import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('a definition', () => {
  it('makes what its key says, though the caller changed the arguments meanwhile', async () => {
    const { cache } = createTestCache();
    let version = 1;
    const base = cache.define({ name: 'base', generate: async () => version });
    const page = cache.define({
      name: 'page',
      generate: async (ctx, at: { page: number }) => `${await ctx.use(base)}: ${at.page}`,
    });
    await page({ page: 1 });
    version = 2;
    await base.invalidate();
    const at = { page: 1 };
    const first = page(at);
    at.page = 2;
    expect([await first, await page({ page: 1 }), await page(at)]).toEqual(['2: 1', '2: 1', '2: 2']);
  });

  it('is a cached function of its arguments', async () => {
    const { cache } = createTestCache({ kinds: { summary: kind<string>({ ttl: '1h' }) } });
    const runs: unknown[][] = [];
    const outline = cache.define({
      kind: 'summary',
      name: 'outline',
      generate: async (_ctx, path: string, options?: { deep: boolean }) => {
        runs.push([path, options]);
        return `${path} ${options?.deep ?? false}`;
      },
    });
    expect(await outline('a')).toBe('a false');
    expect(await outline('a')).toBe('a false');
    expect(await outline('a', { deep: true })).toBe('a true');
    expect(await outline('b')).toBe('b false');
    expect(runs).toEqual([
      ['a', undefined],
      ['a', { deep: true }],
      ['b', undefined],
    ]);
    expect(await outline.resolve('b')).toMatchObject({ value: 'b false', outcome: 'hit' });
    expect(cache.stats().kinds.summary).toMatchObject({ outcomes: { generated: 3, hit: 2 } });
  });

  it('does not count arguments left out at the end, nor the order of names', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async (_ctx, a?: unknown, b?: unknown) => [a, b] });
    expect(d.key().id).toBe(d.key(undefined, undefined).id);
    expect(d.key(1).id).toBe(d.key(1, undefined).id);
    expect(d.key({ x: 1, y: [2] }).id).toBe(d.key({ y: [2], x: 1, z: undefined }).id);
    const different = [
      d.key(),
      d.key(null),
      d.key(1),
      d.key('1'),
      d.key([1]),
      d.key([[1]]),
      d.key(1, 1),
      d.key(undefined, 1),
    ];
    expect(new Set(different.map(({ id }) => id)).size).toBe(different.length);
  });

  it('never meets ad-hoc keys, other names, versions, kinds or scopes', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    const make = (name: string, version: number | string, kindName?: 'other') =>
      cache.define({
        name,
        version,
        ...(kindName && { kind: kindName }),
        generate: async () => `${name} ${version}`,
      });
    const all = [make('d', 1), make('e', 1), make('f', 2), make('f1', '2'), make('d', 1, 'other')];
    const keys = [...all.map((d) => d.key()), all[0]?.in('tenant').key()];
    expect(new Set(keys.map((key) => key?.digest)).size).toBe(keys.length);
    await all[0]?.();
    for (const key of ['d', ['d', 1, []], ['d'], `d${all[0]?.key().id}`])
      expect(cache.peek(key)).toBeUndefined();
    // What a string cannot be, even when it is the very id of the definition's entry.
    expect(cache.peek(all[0]?.key().id as string)).toBeUndefined();
  });

  it('has a name of its own in its kind, across all views', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    cache.define({ name: 'd', generate: async () => 1 });
    const again = () => cache.scope('tenant').define({ name: 'd', version: 2, generate: async () => 2 });
    expect(again).toThrow(expect.objectContaining({ code: 'E_DUPLICATE_DEFINITION', kind: 'default' }));
    cache.define({ kind: 'other', name: 'd', generate: async () => 'fine' });
  });

  it('refuses arguments that are not JSON with E_KEY, without running', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const d = cache.define({ name: 'd', generate: async (ctx, _argument: never) => held.generate(ctx) });
    for (const argument of [
      () => 1,
      new Map(),
      new Date(0),
      Number.NaN,
      1n,
      Symbol('s'),
      { deep: [new Set()] },
    ]) {
      await expect(d(argument as never)).rejects.toMatchObject({ code: 'E_KEY' });
      expect(() => d.key(argument as never)).toThrow(expect.objectContaining({ code: 'E_KEY' }));
    }
    expect(held.runs).toHaveLength(0);
    assertInvariants(cache);
  });

  it('gives an opaque key, accepted wherever keys are', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async (_ctx, x: number) => x });
    await d(1);
    const key = d.key(1);
    expect(cache.get(key)).toBe(1);
    expect(cache.peek(key)?.value).toBe(1);
    expect((await cache.lookup(key))?.value).toBe(1);
    expect((await cache.explain(key)).state).toBe('fresh');
    await cache.set(key, 2);
    expect(await d(1)).toBe(2);
    expect((await cache.getOrGenerateMany([key], async () => [])).get(key)).toBe(2);
    expect((await cache.invalidate({ key })).count).toBe(1);
    expect(await d(1)).toBe(1);
    await cache.expire({ key });
    expect(cache.peek(key)?.stale).toBe('aged');
  });

  it('invalidates and explains by its arguments', async () => {
    const { cache } = createTestCache();
    const d = cache.define({ name: 'd', generate: async (_ctx, x: number) => x });
    await d(1);
    await d(2);
    expect(await d.invalidate(1)).toEqual({ count: 1 });
    expect((await d.explain(1)).state).toBe('absent');
    expect((await d.explain(2)).state).toBe('fresh');
  });

  it('takes call options with `with`', async () => {
    const { cache } = createTestCache();
    let runs = 0;
    const d = cache.define({
      name: 'd',
      generate: async () => {
        runs += 1;
        return runs;
      },
    });
    await d.with({ tags: ['t'], ttl: '1h' })();
    expect(await d.explain()).toMatchObject({ tags: ['t'], freshFor: 3_600_000 });
    expect(await d.with({ mode: 'refresh' })()).toBe(2);
    expect(() => d.with({ mode: 'wrong' as never })).toThrow(expect.objectContaining({ code: 'E_OPTION' }));
  });

  it.each<[object, string]>([
    [{ generate: async () => 1 }, "'name'"],
    [{ name: '', generate: async () => 1 }, "'name'"],
    [{ name: 'd' }, "'generate'"],
    [{ name: 'd', generate: 'x' }, "'generate'"],
    [{ name: 'd', version: Number.NaN, generate: async () => 1 }, "'version'"],
    [{ name: 'd', versions: 1, generate: async () => 1 }, "'versions'"],
  ])('is refused with E_OPTION naming what is wrong: %o', (options, named) => {
    const { cache } = createTestCache();
    expect(() => cache.define(options as never)).toThrow(
      expect.objectContaining({ code: 'E_OPTION', message: expect.stringContaining(named) }),
    );
  });

  it('of an unknown kind is refused with E_UNKNOWN_KIND', () => {
    const { cache } = createTestCache();
    expect(() => cache.define({ kind: 'nowhere', name: 'd', generate: async () => 1 } as never)).toThrow(
      expect.objectContaining({ code: 'E_UNKNOWN_KIND', message: expect.stringContaining("'nowhere'") }),
    );
  });
});

describe('many', () => {
  it('takes tuples and resolves to values in order, each made once', async () => {
    const { cache } = createTestCache();
    let runs = 0;
    const d = cache.define({
      name: 'd',
      generate: async (_ctx, a: number, b?: number) => {
        runs += 1;
        return a + (b ?? 0);
      },
    });
    expect(await d.many([[1], [2, 3], [1], [4]])).toEqual([1, 5, 1, 4]);
    expect(await d.many([])).toEqual([]);
    expect(runs).toBe(3);
  });

  it('rejects with an AggregateError whose results hold what succeeded, and never throws synchronously', async () => {
    const { cache } = createTestCache();
    const d = cache.define({
      name: 'd',
      generate: async (_ctx, n: number) => {
        if (n === 1) throw new Error('one');
        return n;
      },
    });
    const error = (await d.many([[0], [1], [2]]).catch((reason: unknown) => reason)) as AggregateError & {
      results: Map<number, number>;
    };
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.errors).toMatchObject([{ message: 'one' }]);
    expect([...error.results.values()]).toEqual([0, 2]);
    await expect(d.many(undefined as never)).rejects.toBeInstanceOf(Error);
  });
});

describe('ctx.use', () => {
  it('records a dependency: when the child changes, the parent is made anew, and else not', async () => {
    const { cache, clock } = createTestCache({ kinds: { short: kind<string>({ ttl: '1m' }) } });
    const log: string[] = [];
    let source = 'x';
    const child = cache.define({
      kind: 'short',
      name: 'child',
      generate: async () => {
        log.push('child');
        return source;
      },
    });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        log.push('parent');
        return `of ${await ctx.use(child)}`;
      },
    });
    expect(await parent()).toBe('of x');
    expect(await parent()).toBe('of x');
    expect(log).toEqual(['parent', 'child']);
    await clock.advance(60_000);
    // Early cutoff: the child is made again, and equal.
    expect(await parent.resolve()).toMatchObject({ value: 'of x', outcome: 'hit' });
    expect(log).toEqual(['parent', 'child', 'child']);
    source = 'y';
    await clock.advance(60_000);
    expect(await parent.resolve()).toMatchObject({ value: 'of y', outcome: 'generated' });
    expect(log).toEqual(['parent', 'child', 'child', 'child', 'parent']);
    expect(cache.stats()).toMatchObject({ calls: 4, outcomes: { hit: 2, generated: 2 } });
    expect(cache.stats().kinds.short).toMatchObject({ calls: 0, internal: { outcomes: { generated: 3 } } });
  });

  it('of a child that fails fails the parent; caught, the parent is handed over and not kept', async () => {
    const { cache } = createTestCache();
    const child = cache.define({
      name: 'child',
      generate: async (): Promise<string> => {
        throw new Error('child down');
      },
    });
    const strict = cache.define({ name: 'strict', generate: async (ctx) => ctx.use(child) });
    const lenient = cache.define({
      name: 'lenient',
      generate: async (ctx) => ctx.use(child).catch(() => 'without'),
    });
    await expect(strict()).rejects.toThrow('child down');
    expect(await lenient()).toBe('without');
    expect(cache.peek(lenient.key())).toBeUndefined();
  });

  it('of a skipped child makes its parent uncommittable, and so up the chain', async () => {
    const { cache } = createTestCache();
    const child = cache.define({ name: 'child', generate: async (ctx) => ctx.skip('skipped') });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    const top = cache.define({ name: 'top', generate: async (ctx) => `top ${await ctx.use(parent)}` });
    expect(await top()).toBe('top of skipped');
    expect(cache.stats().entries).toBe(0);
  });

  it('of a stale child makes the call’s result stale, and does not renew its parent', async () => {
    const { cache, clock } = createTestCache({
      kinds: { short: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    let down = false;
    const child = cache.define({
      kind: 'short',
      name: 'child',
      generate: async () => {
        if (down) throw new Error('provider down');
        return 'child';
      },
    });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    await child();
    down = true;
    await clock.advance(60_000);
    expect(await parent.resolve()).toMatchObject({
      value: 'of child',
      outcome: 'stale',
      stale: 'aged',
      reason: 'dependency',
    });
    expect(cache.peek(parent.key())).toBeUndefined();
    down = false;
    await clock.advance(1_000);
    expect(await parent.resolve()).toMatchObject({ value: 'of child', stale: false, outcome: 'generated' });
    down = true;
    await clock.advance(60_000);
    expect(await parent.resolve()).toMatchObject({
      value: 'of child',
      outcome: 'stale',
      reason: 'dependency',
    });
  });

  it('takes definitions only, and names what it wants', async () => {
    const { cache } = createTestCache();
    for (const wrong of [undefined, 'name', {}, async () => 1]) {
      const call = cache.getOrGenerate('key', async (ctx) => ctx.use(wrong as never));
      await expect(call).rejects.toMatchObject({
        code: 'E_OPTION',
        message: expect.stringContaining('cache.define'),
      });
    }
  });
});

describe('a definition inside a generator', () => {
  it('is used with its own options', async () => {
    const { cache } = createTestCache();
    let runs = 0;
    const child = cache.define({ name: 'child', generate: async () => ++runs });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx, mode: 'refresh' | 'cached') => ctx.use(child.with({ mode })),
    });
    await expect(parent('cached')).rejects.toMatchObject({ code: 'E_NOT_CACHED' });
    expect(await parent('refresh')).toBe(1);
    expect(await parent('cached')).toBe(1);
    expect(runs).toBe(1);
  });

  it('must be of the same cache', async () => {
    const { cache } = createTestCache();
    const other = createTestCache().cache.define({ name: 'child', generate: async () => 1 });
    cache.define({ name: 'child', generate: async () => 2 });
    await expect(cache.getOrGenerate('key', (ctx) => ctx.use(other))).rejects.toMatchObject({
      code: 'E_OPTION',
    });
  });
});

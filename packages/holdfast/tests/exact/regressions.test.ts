import { describe, expect, test } from 'vitest';
import { type Definition, type GenerationContext, kind } from '../../src/index.ts';
import { createTestCache, HeldGenerator, MemoryFiles, settled } from '../../src/testing/index.ts';

/* What reviewers found, each in its smallest form. */

const down = new Error('provider down');

describe('what costs a generation', () => {
  test('a child that fails is asked once for all that is made of it, however deep', async () => {
    const files = new MemoryFiles({ a: '1' });
    const { cache } = createTestCache({ workspace: files });
    let [runs, failing] = [0, false];
    const leaf = cache.define({
      name: 'leaf',
      generate: async (ctx) => {
        const text = await ctx.file('a');
        runs += 1;
        if (failing) throw down;
        return text;
      },
    });
    const level: Definition<[number], string> = cache.define({
      name: 'level',
      generate: async (ctx, depth: number): Promise<string> =>
        `x${depth === 0 ? await ctx.use(leaf) : await ctx.use(level, depth - 1)}`,
    });
    for (const text of ['1', '2', '3']) {
      files.contents.set('a', text);
      await level(9);
    }
    files.contents.set('a', '4');
    [runs, failing] = [0, true];
    await expect(level(9)).rejects.toBe(down);
    expect(runs).toBe(1);
    // Nobody else shares it: the next caller asks again.
    await expect(level(9)).rejects.toBe(down);
    expect(runs).toBe(2);
    failing = false;
    expect(await level(9)).toBe(`${'x'.repeat(10)}4`);
  });

  test('a generator that tries again is not given the failure that it has seen', async () => {
    const { cache } = createTestCache();
    let runs = 0;
    const flaky = cache.define({
      name: 'flaky',
      generate: async () => {
        runs += 1;
        if (runs === 1) throw down;
        return 'made';
      },
    });
    const patient = cache.define({
      name: 'patient',
      generate: (ctx) => ctx.use(flaky).catch(() => ctx.use(flaky)),
    });
    expect(await patient()).toBe('made');
    expect(runs).toBe(2);
  });

  test('what is made, two levels up, of a value that is not kept and never the same, can be made', async () => {
    const { cache } = createTestCache({ kinds: { passing: kind<string>({ ttl: 0 }) } });
    const runs = { leaf: 0, top: 0 };
    const leaf = cache.define({
      kind: 'passing',
      name: 'leaf',
      generate: async () => {
        runs.leaf += 1;
        return `answer ${runs.leaf}`;
      },
    });
    const middle = cache.define({ name: 'middle', generate: async (ctx) => `middle ${await ctx.use(leaf)}` });
    const top = cache.define({
      name: 'top',
      generate: async (ctx) => {
        runs.top += 1;
        return `top ${await ctx.use(middle)}`;
      },
    });
    expect(await top()).toBe('top middle answer 1');
    expect(runs).toEqual({ leaf: 1, top: 1 });
  });

  test('nor does a skipped child matter that was kept before', async () => {
    const { cache, clock } = createTestCache({ kinds: { child: kind<string>({ ttl: 10 }) } });
    let [runs, skips] = [0, false];
    const child = cache.define({
      kind: 'child',
      name: 'child',
      generate: async (ctx) => {
        runs += 1;
        return skips ? ctx.skip(`partial ${runs}`) : 'full';
      },
    });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `of ${await ctx.use(child)}` });
    await child();
    await clock.advance(20);
    [runs, skips] = [0, true];
    expect(await parent()).toBe('of partial 1');
    expect(runs).toBe(1);
  });

  test('a lookup meanwhile decides nothing for a call that may generate', async () => {
    const { cache, clock } = createTestCache({
      kinds: { child: kind<string>({ ttl: 10 }), default: kind<string>({ ttl: 100, staleIfError: 50 }) },
    });
    let failing = false;
    const child = cache.define({
      kind: 'child',
      name: 'child',
      generate: async () => {
        if (failing) throw down;
        return 'child';
      },
    });
    const parent = cache.define({ name: 'parent', generate: (ctx) => ctx.use(child) });
    await parent();
    await clock.advance(110);
    failing = true;
    await parent.explain();
    expect(cache.peek(parent.key())).toMatchObject({ stale: 'aged' });
    expect(await parent.resolve()).toMatchObject({ value: 'child', stale: 'aged' });
  });

  test('a provider that refuses while a file cannot be looked at is asked once', async () => {
    const files = new MemoryFiles({ a: '1' });
    const { cache } = createTestCache({ workspace: files });
    let runs = 0;
    const call = cache.getOrGenerate('key', async (ctx) => {
      await ctx.file('a');
      runs += 1;
      files.broken = true;
      throw down;
    });
    await expect(call).rejects.toBe(down);
    expect(runs).toBe(1);
  });

  test('a value too heavy to keep costs none of the others', async () => {
    const files = new MemoryFiles({ a: 'light' });
    const { cache } = createTestCache({ workspace: files, maxEntryBytes: 2_000 });
    let runs = 0;
    const copy = cache.define({
      name: 'copy',
      generate: async (ctx) => {
        runs += 1;
        return ctx.file('a');
      },
    });
    await copy();
    files.contents.set('a', 'heavy'.repeat(1_000));
    await copy();
    files.contents.set('a', 'light');
    expect(await copy()).toBe('light');
    expect(runs).toBe(2);
  });

  test('the callers of one turn share the check of a remembered failure', async () => {
    const files = new MemoryFiles({ a: '1' });
    const { cache } = createTestCache({
      workspace: files,
      kinds: { default: kind<string>({ negativeTtl: '1h' }) },
    });
    const failing = async (ctx: GenerationContext) => {
      await ctx.file('a');
      throw down;
    };
    await expect(cache.getOrGenerate('key', failing)).rejects.toBe(down);
    files.checks = 0;
    const calls = Array.from({ length: 100 }, () => cache.getOrGenerate('key', failing));
    for (const { status } of await Promise.allSettled(calls)) expect(status).toBe('rejected');
    expect(files.checks).toBe(1);
  });
});

describe('what came later wins', () => {
  const files = () => new MemoryFiles({ a: '1' });

  test('over a set whose files are being hashed', async () => {
    const { cache } = createTestCache({ workspace: files() });
    for (const selector of [{ tag: 't' }, { key: 'key' }, { file: 'a' }, { kind: 'default' }]) {
      const setting = cache.set('key', 'old', { files: ['a'], tags: ['t'] });
      await cache.invalidate(selector);
      expect(await setting).toEqual({ persisted: false });
      expect(await cache.lookup('key')).toBeUndefined();
    }
    const first = cache.set('key', 'first', { files: ['a'] });
    await cache.set('key', 'second');
    await first;
    expect(cache.get('key')).toBe('second');
    const expired = cache.set('other', 'old', { files: ['a'] });
    await cache.expire({ key: 'other' });
    await expired;
    expect(cache.peek('other')).toMatchObject({ value: 'old', stale: 'aged' });
  });

  test('and its owner cannot change the value any more', async () => {
    const { cache } = createTestCache({ workspace: files() });
    const value = { n: 1 };
    const setting = cache.set('key', value, { files: ['a'] });
    expect(() => {
      value.n = 2;
    }).toThrow(TypeError);
    await setting;
    expect((await cache.lookup('key'))?.value).toEqual({ n: 1 });
  });

  test('over what an overtaken run made, whose schema is still asked', async () => {
    const asked = Promise.withResolvers<void>();
    let first = true;
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (value: unknown) => {
          if (first) {
            first = false;
            await asked.promise;
          }
          return { value: value as string };
        },
      },
    };
    const workspace = files();
    const { cache } = createTestCache({ workspace, kinds: { default: kind<string>({ schema }) } });
    let runs = 0;
    const held = new HeldGenerator<void>();
    const call = cache.getOrGenerate('key', async (ctx) => {
      runs += 1;
      if (runs === 1) ctx.tag('x');
      const text = await ctx.file('a');
      await held.generate(ctx);
      return `run ${runs} of ${text}`;
    });
    await settled();
    workspace.contents.set('a', '2');
    held.run(0).resolve();
    await settled();
    await cache.invalidate({ tag: 'x' });
    asked.resolve();
    await settled();
    held.run(1).resolve();
    await call;
    workspace.contents.set('a', '1');
    expect(await cache.lookup('key')).toBeUndefined();
  });
});

describe('what a value was made from', () => {
  test('is looked at when the generator ends, also where something that it used is stale', async () => {
    const files = new MemoryFiles({ own: '1' });
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: { child: kind<string>({ ttl: 10, staleIfError: 1_000 }) },
    });
    let failing = false;
    const child = cache.define({
      kind: 'child',
      name: 'child',
      generate: async () => {
        if (failing) throw down;
        return 'c';
      },
    });
    const held = new HeldGenerator<void>();
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        const own = await ctx.file('own');
        const made = own + (await ctx.use(child));
        await held.generate(ctx);
        return made;
      },
    });
    await child();
    await clock.advance(20);
    failing = true;
    const call = parent.resolve();
    await settled();
    files.contents.set('own', '2');
    held.run(0).resolve();
    await settled();
    held.run(1).resolve();
    expect(await call).toMatchObject({ value: '2c', stale: 'aged', reason: 'dependency' });
  });

  test('stays with it when it is renewed, and what was not looked at is: then there is nothing to renew', async () => {
    const files = new MemoryFiles({ template: 'v1' });
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: { default: kind<string>({ ttl: 100, staleIfError: 1_000 }) },
    });
    const generate = async (ctx: GenerationContext) =>
      ctx.stale?.reason === 'aged' ? ctx.notModified() : `with ${await ctx.file('template')}`;
    await cache.getOrGenerate('key', generate);
    await clock.advance(100);
    expect(await cache.getOrGenerate('key', generate)).toBe('with v1');
    expect((await cache.explain('key')).dependencies.map(({ on }) => on)).toEqual(['template']);
    files.contents.set('template', 'v2');
    expect(await cache.getOrGenerate('key', generate)).toBe('with v2');
    files.contents.set('template', 'v3');
    await clock.advance(100);
    expect(await cache.getOrGenerate('key', generate)).toBe('with v3');
  });

  test('was verified when it was looked at, not when the value came out: its windows count from there', async () => {
    const files = new MemoryFiles({ a: '1' });
    const asked = Promise.withResolvers<void>();
    const schema = {
      '~standard': {
        version: 1 as const,
        vendor: 'test',
        validate: async (value: unknown) => {
          await asked.promise;
          return { value: value as string };
        },
      },
    };
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: { default: kind<string>({ schema, staleIfError: 100 }) },
    });
    const call = cache.getOrGenerate('key', (ctx) => ctx.file('a'));
    await settled();
    files.contents.set('a', '2');
    await clock.advance(60);
    asked.resolve();
    await call;
    await clock.advance(70);
    const failing = async () => {
      throw down;
    };
    await expect(cache.getOrGenerate('key', failing)).rejects.toBe(down);
  });
});

import { describe, expect, it } from 'vitest';
import { HoldfastCycleError } from '../lib/errors.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { detached } from './ambient.ts';
import type { Definition } from './definition.ts';
import { kind } from './kind.ts';

describe('a nested call for a key that is waited for up the chain', () => {
  it('rejects at once: A → A by ctx.use', async () => {
    const { cache } = createTestCache();
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => `a of ${await ctx.use(a)}`,
    });
    const error = await a().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(HoldfastCycleError);
    expect(error).toMatchObject({ code: 'E_CYCLE', kind: 'default', keyHash: a.key().hash });
    assertInvariants(cache);
  });

  it('rejects at once: A → B → A by ctx.use, with nothing remembered', async () => {
    const { cache } = createTestCache({ kinds: { default: kind<string>({ negativeTtl: '1h' }) } });
    let circular = true;
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => ctx.use(b),
    });
    const b: Definition<[], string> = cache.define({
      name: 'b',
      generate: async (ctx): Promise<string> => (circular ? ctx.use(a) : 'b'),
    });
    await expect(a()).rejects.toBeInstanceOf(HoldfastCycleError);
    circular = false;
    expect(await a()).toBe('b');
    assertInvariants(cache);
  });

  it('rejects at once across flights that wait on each other, started by different callers', async () => {
    const { cache } = createTestCache();
    const gateA = Promise.withResolvers<void>();
    const gateB = Promise.withResolvers<void>();
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => {
        await gateA.promise;
        return ctx.use(b);
      },
    });
    const b: Definition<[], string> = cache.define({
      name: 'b',
      generate: async (ctx): Promise<string> => {
        await gateB.promise;
        return ctx.use(a);
      },
    });
    const calls = [a(), b()];
    gateA.resolve();
    await settled();
    gateB.resolve();
    for (const call of calls) await expect(call).rejects.toBeInstanceOf(HoldfastCycleError);
    assertInvariants(cache);
  });

  it('rejects at once in a circle of three plain calls', async () => {
    const { cache } = createTestCache();
    const call = (key: string, next: string): Promise<string> =>
      cache.getOrGenerate(key, async () => call(next, key === 'a' ? 'c' : key === 'b' ? 'a' : 'b'));
    await expect(call('a', 'b')).rejects.toBeInstanceOf(HoldfastCycleError);
    assertInvariants(cache);
  });

  it('rejects at once when one half of the circle is a plain call and one a bulk call', async () => {
    const { cache } = createTestCache();
    const call = cache.getOrGenerateMany(['a', 'b'], async (missing) => {
      const inner = await cache.getOrGenerate('a', async () => 'inner');
      return missing.map((key) => [key, inner] as const);
    });
    const error = (await call.catch((reason: unknown) => reason)) as AggregateError;
    for (const one of error.errors) expect(one).toBeInstanceOf(HoldfastCycleError);
    assertInvariants(cache);
  });

  it('may be caught: the generator goes on, and what it makes is not kept', async () => {
    const { cache } = createTestCache();
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => {
        try {
          return await ctx.use(a);
        } catch {
          return 'without itself';
        }
      },
    });
    expect(await a()).toBe('without itself');
    expect(cache.peek(a.key())).toBeUndefined();
  });

  it('is none where two children are used twice, side by side and one after another', async () => {
    const { cache } = createTestCache();
    const leaf = cache.define({ name: 'leaf', generate: async (_ctx, name: string) => name });
    const middle = cache.define({
      name: 'middle',
      generate: async (ctx, name: string) =>
        `${name}(${await ctx.use(leaf, 'x')}${await ctx.use(leaf, 'x')})`,
    });
    const top = cache.define({
      name: 'top',
      generate: async (ctx) =>
        (await Promise.all([ctx.use(middle, 'l'), ctx.use(middle, 'r'), ctx.use(leaf, 'x')])).join(),
    });
    expect(await top()).toBe('l(xx),r(xx),x');
  });

  it('is none for another key, another kind or another scope', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    const value = await cache.getOrGenerate('key', async () =>
      Promise.all([
        cache.getOrGenerate('another', async () => 1),
        cache.kind('other').getOrGenerate('key', async () => '2'),
        cache.scope('tenant').getOrGenerate('key', async () => 3),
      ]),
    );
    expect(value).toEqual([1, '2', 3]);
  });

  it('is none once the flight has ended: a context that outlived it is ignored', async () => {
    const { cache } = createTestCache();
    const later = Promise.withResolvers<void>();
    const nested: Promise<string>[] = [];
    await cache.getOrGenerate('key', async () => {
      nested.push(
        later.promise.then(() => cache.getOrGenerate('key', async () => 'nested', { mode: 'refresh' })),
      );
      return 'outer';
    });
    later.resolve();
    expect(await nested[0]).toBe('nested');
  });

  it('is none from detached(): what it starts may wait for the generation that started it', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const nested: Promise<string>[] = [];
    const call = cache.getOrGenerate('key', async (ctx) => {
      nested.push(detached(() => cache.getOrGenerate('key', async () => 'never asked')));
      return held.generate(ctx);
    });
    held.run(0).resolve('value');
    expect(await call).toBe('value');
    expect(await nested[0]).toBe('value');
  });

  it('is told to the nested caller alone where the outer flight has other ways to end', async () => {
    const { cache } = createTestCache();
    const value = await cache.getOrGenerate('key', async () =>
      cache.getOrGenerate('key', async () => 'inner').catch(() => 'outer'),
    );
    expect(value).toBe('outer');
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, failed: 1 });
  });
});

describe('a plain call inside a generator', () => {
  it('emits dependency.untracked with the parent, and ctx.use does not', async () => {
    const { cache } = createTestCache();
    const events: string[] = [];
    cache.on('dependency.untracked', ({ key, parent }) =>
      events.push(`${String(parent.content())} → ${String(key.content())}`),
    );
    const child = cache.define({ name: 'child', generate: async () => 'child' });
    await cache.getOrGenerate('parent', async (ctx) => {
      await ctx.use(child);
      await cache.getOrGenerate('plain', async () => 1);
      return 'value';
    });
    await cache.getOrGenerate('outside', async () => 1);
    expect(events).toEqual(['parent → plain']);
  });
});

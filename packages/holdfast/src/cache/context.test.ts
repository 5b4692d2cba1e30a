import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

describe('ctx.skip', () => {
  it('hands the value to every waiter and keeps nothing', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const calls = [cache.getOrGenerate('key', held.generate), cache.getOrGenerate('key', held.generate)];
    held.run(0).resolve(held.run(0).ctx.skip('value'));
    expect(await Promise.all(calls)).toEqual(['value', 'value']);
    expect(cache.peek('key')).toBeUndefined();
    expect(cache.stats()).toMatchObject({
      outcomes: { generated: 1, coalesced: 1 },
      generations: { succeeded: 1 },
    });
  });

  it('of undefined is a way to hand over nothing', async () => {
    const { cache } = createTestCache();
    expect(await cache.getOrGenerate('key', async (ctx) => ctx.skip(undefined))).toBeUndefined();
    expect(cache.peek('key')).toBeUndefined();
  });

  it('leaves what is kept as it was, and ends a back-off', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('key', async (ctx) => ctx.skip('for once'))).toBe('for once');
    expect(cache.peek('key')).toMatchObject({ value: 'old', stale: 'aged' });
  });

  it('does not freeze the value', async () => {
    const { cache } = createTestCache();
    const value = await cache.getOrGenerate('key', async (ctx) => ctx.skip({ list: [1] }));
    expect(Object.isFrozen(value)).toBe(false);
  });
});

describe('ctx.notModified', () => {
  it('renews the stale value: fresh, with a new age, and with what it had cost', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    await cache.getOrGenerate('key', async (ctx) => {
      ctx.cost({ usd: 2 });
      return 'value';
    });
    await clock.advance(60_000);
    const call = cache.resolve('key', async (ctx) => {
      ctx.cost({ usd: 0.25 });
      return ctx.notModified();
    });
    expect(await call).toMatchObject({
      value: 'value',
      outcome: 'generated',
      age: 0,
      stale: false,
      cost: { usd: 2 },
    });
    await clock.advance(59_999);
    expect(cache.get('key')).toBe('value');
    expect(cache.stats()).toMatchObject({ spent: { usd: 2.25 }, saved: { usd: 2 } });
  });

  it('keeps the tags of the entry, so that later selectors still mean it', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    await cache.getOrGenerate('key', async (ctx) => {
      ctx.tag('named');
      return 'value';
    });
    await clock.advance(60_000);
    expect(await cache.getOrGenerate('key', async (ctx) => ctx.notModified(), { tags: ['asked'] })).toBe(
      'value',
    );
    expect((await cache.explain('key')).tags.toSorted()).toEqual(['asked', 'named']);
    expect((await cache.invalidate({ tag: 'named' })).count).toBe(1);
  });

  it('without a previous value is E_NOTHING_TO_RENEW', async () => {
    const { cache } = createTestCache();
    await expect(cache.getOrGenerate('key', async (ctx) => ctx.notModified())).rejects.toMatchObject({
      code: 'E_NOTHING_TO_RENEW',
    });
    await cache.set('gone', 'value');
    await cache.invalidate({ key: 'gone' });
    await expect(cache.getOrGenerate('gone', async (ctx) => ctx.notModified())).rejects.toMatchObject({
      code: 'E_NOTHING_TO_RENEW',
    });
  });

  it('does not renew by a stale child, nor keep what a skipped child had a part in', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    const child = cache.define({ name: 'child', generate: async (ctx) => ctx.skip('skipped') });
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const value = await cache.getOrGenerate('key', async (ctx) => {
      await ctx.use(child);
      return ctx.notModified();
    });
    expect(value).toBe('old');
    expect(cache.get('key')).toBeUndefined();
    expect(cache.peek('key')?.stale ?? 'aged').toBe('aged');
  });
});

describe('ctx.stale', () => {
  it('is the previous value with its age and why it is stale, or undefined', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: '1m' }) } });
    const held = new HeldGenerator();
    const first = cache.getOrGenerate('key', held.generate);
    expect(held.run(0).ctx.stale).toBeUndefined();
    held.run(0).resolve('old');
    await first;
    await clock.advance(60_000);
    const second = cache.getOrGenerate('key', held.generate);
    expect(held.run(1).ctx.stale).toEqual({ value: 'old', age: 60_000, reason: 'aged' });
    await clock.advance(5);
    expect(held.run(1).ctx.stale?.age).toBe(60_005);
    held.run(1).resolve('new');
    await second;
  });

  it('says changed where a child changed', async () => {
    const { cache } = createTestCache();
    let version = 1;
    const reasons: unknown[] = [];
    const child = cache.define({ name: 'child', generate: async () => version });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        reasons.push(ctx.stale?.reason);
        return ctx.use(child);
      },
    });
    await parent();
    version = 2;
    await child.invalidate();
    expect(await parent()).toBe(2);
    expect(reasons).toEqual([undefined, 'changed']);
  });
});

describe('ctx.tag, ctx.ttl and ctx.cost', () => {
  it('set what the entry is found by, how long it lives and what it cost', async () => {
    const { cache } = createTestCache();
    await cache.getOrGenerate('key', async (ctx) => {
      ctx.tag('a', 'b');
      ctx.tag('b');
      ctx.ttl('1m');
      ctx.ttl('2m');
      ctx.cost({ inputTokens: 10, model: 'm' });
      ctx.cost({ inputTokens: 5, outputTokens: 1, usd: 0.5 });
      return 'value';
    });
    expect(await cache.explain('key')).toMatchObject({
      tags: ['a', 'b'],
      freshFor: 120_000,
      cost: { inputTokens: 15, outputTokens: 1, usd: 0.5, model: 'm', seconds: 0 },
    });
  });

  it('refuse what is none, as errors of the generator', async () => {
    const { cache } = createTestCache();
    const wrong = [
      [(ctx: never) => (ctx as { tag(tag: unknown): void }).tag(1), 'E_OPTION'],
      [(ctx: never) => (ctx as { tag(tag: unknown): void }).tag(''), 'E_OPTION'],
      [(ctx: never) => (ctx as { ttl(ttl: unknown): void }).ttl('soon'), 'E_DURATION'],
      [(ctx: never) => (ctx as { ttl(ttl: unknown): void }).ttl(-1), 'E_DURATION'],
      [(ctx: never) => (ctx as { cost(cost: unknown): void }).cost({ usd: -1 }), 'E_OPTION'],
      [(ctx: never) => (ctx as { cost(cost: unknown): void }).cost({ inputTokens: Number.NaN }), 'E_OPTION'],
      [(ctx: never) => (ctx as { cost(cost: unknown): void }).cost({ cachedUsd: -1 }), 'E_OPTION'],
      [(ctx: never) => (ctx as { cost(cost: unknown): void }).cost({ simulated: 1 }), 'E_OPTION'],
    ] as const;
    for (const [call, code] of wrong) {
      const run = cache.getOrGenerate('key', async (ctx) => {
        call(ctx as never);
        return 'value';
      });
      await expect(run).rejects.toMatchObject({ code });
    }
  });

  it('reported after the end still counts as spent', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const call = cache.getOrGenerate('key', held.generate);
    held.run(0).resolve('value');
    await call;
    held.run(0).ctx.cost({ usd: 1 });
    expect(cache.stats().spent.usd).toBe(1);
  });
});

describe('ctx.file and ctx.bytes', () => {
  it('without a workspace throw E_NO_WORKSPACE, as does a selector { file }', async () => {
    const { cache } = createTestCache();
    await expect(cache.getOrGenerate('key', async (ctx) => ctx.file('a'))).rejects.toMatchObject({
      code: 'E_NO_WORKSPACE',
    });
    await expect(cache.getOrGenerate('key', async (ctx) => ctx.bytes('a'))).rejects.toMatchObject({
      code: 'E_NO_WORKSPACE',
    });
    await expect(cache.invalidate({ file: 'a' })).rejects.toMatchObject({ code: 'E_NO_WORKSPACE' });
  });
});

describe('the context', () => {
  it('is the same in every generator: ad-hoc, defined, and bulk', async () => {
    const { cache } = createTestCache();
    const names: string[][] = [];
    const look = (ctx: object) => {
      const own = new Set<string>();
      for (let at: unknown = ctx; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
        for (const name of Object.getOwnPropertyNames(at)) own.add(name);
      }
      names.push([...own].toSorted());
    };
    await cache.getOrGenerate('a', async (ctx) => {
      look(ctx);
      return 1;
    });
    await cache.define({
      name: 'd',
      generate: async (ctx) => {
        look(ctx);
        return 1;
      },
    })();
    await cache.getOrGenerateMany(['b'], async (missing, ctx) => {
      look(ctx);
      return missing.map((key) => [key, 1] as const);
    });
    await settled();
    expect(names[0]).toContain('notModified');
    expect(names[1]).toEqual(names[0]);
    expect(names[2]).toEqual(names[0]);
  });
});

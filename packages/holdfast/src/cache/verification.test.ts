import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { settled } from '../testing/manual-clock.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { Definition } from './definition.ts';
import { kind } from './kind.ts';

function trial(options: Parameters<typeof kind<string>>[0] = {}) {
  const files = new MemoryFiles();
  files.contents.set('a', 'one');
  const { cache, clock } = createTestCache({ workspace: files, kinds: { default: kind<string>(options) } });
  let runs = 0;
  const outline = cache.define({
    name: 'outline',
    generate: async (ctx, path: string) => {
      runs += 1;
      return `${runs} ${await ctx.file(path)}`;
    },
  });
  return { files, cache, clock, outline, runs: () => runs };
}

const failing = async (): Promise<never> => {
  throw new Error('provider down');
};

describe('an entry made from files', () => {
  it('is checked at every read, and made anew exactly when its file changed', async () => {
    const { files, outline, runs } = trial();
    expect(await outline('a')).toBe('1 one');
    expect(await outline('a')).toBe('1 one');
    files.contents.set('a', 'two');
    expect(await outline('a')).toBe('2 two');
    expect(await outline.resolve('a')).toMatchObject({ value: '2 two', outcome: 'hit' });
    // Each read, and each of the two generations at its end.
    expect([runs(), files.checks]).toEqual([2, 5]);
  });

  it('shares one check among the callers of one turn, and begins another for those that come later', async () => {
    const { files, outline } = trial();
    await outline('a');
    files.checks = 0;
    const gate = Promise.withResolvers<void>();
    files.gate = () => gate.promise;
    const early = Array.from({ length: 100 }, () => outline('a'));
    await settled();
    const late = outline('a');
    await settled();
    expect(files.checks).toBe(2);
    gate.resolve();
    expect(new Set(await Promise.all([...early, late]))).toEqual(new Set(['1 one']));
  });

  it('is not answered by get, which does no I/O', async () => {
    const { cache, outline } = trial();
    await outline('a');
    expect(cache.get(outline.key('a'))).toBeUndefined();
    expect(cache.peek(outline.key('a'))).toMatchObject({ value: '1 one', stale: false });
  });

  it('is never fresh while its file cannot be looked at', async () => {
    const { files, cache, outline, runs } = trial();
    await outline('a');
    files.broken = true;
    expect(await cache.lookup(outline.key('a'))).toBeUndefined();
    expect(await outline.explain('a')).toMatchObject({
      state: 'unknown',
      difference: { on: 'a', is: 'unknown' },
    });
    await expect(outline('a')).rejects.toMatchObject({ code: 'E_FILE_UNREADABLE' });
    files.broken = false;
    expect(await outline.resolve('a')).toMatchObject({ value: '1 one', outcome: 'hit' });
    expect(runs()).toBe(2);
  });

  it('is made anew when a file that was missing appears', async () => {
    const { files, cache } = trial();
    const maybe = cache.define({
      name: 'maybe',
      generate: async (ctx) => ctx.file('new').catch((error) => (error as { code: string }).code),
    });
    expect(await maybe()).toBe('E_FILE_ABSENT');
    expect(await maybe.resolve()).toMatchObject({ value: 'E_FILE_ABSENT', outcome: 'hit' });
    files.contents.set('new', 'text');
    expect(await maybe()).toBe('text');
  });
});

describe('the windows of a changed entry', () => {
  it('are staleIfError alone, measured from the last successful check', async () => {
    const { files, cache, clock } = trial({ staleWhileRevalidate: '1h', staleIfError: '1m' });
    await cache.getOrGenerate('key', (ctx) => ctx.file('a'));
    await clock.advance(600_000);
    expect(await cache.lookup('key')).toBeDefined();
    files.contents.set('a', 'two');
    await clock.advance(30_000);
    expect(await cache.resolve('key', failing)).toMatchObject({
      value: 'one',
      outcome: 'stale',
      stale: 'changed',
      reason: 'failed',
    });
    await clock.advance(29_999);
    expect(await cache.resolve('key', failing)).toMatchObject({ stale: 'changed' });
    await clock.advance(30_000);
    await expect(cache.resolve('key', failing)).rejects.toThrow('provider down');
  });

  it('include staleWhileRevalidate where the kind says serveChanged', async () => {
    const { files, cache } = trial({ staleWhileRevalidate: '1h', serveChanged: true });
    await cache.getOrGenerate('key', (ctx) => ctx.file('a'));
    files.contents.set('a', 'two');
    const read = () => cache.resolve('key', (ctx) => ctx.file('a'));
    expect(await read()).toMatchObject({
      value: 'one',
      outcome: 'stale',
      stale: 'changed',
      reason: 'revalidating',
    });
    await settled();
    expect(await read()).toMatchObject({ value: 'two', outcome: 'hit' });
  });

  it('serve an aged value under staleWhileRevalidate only after its dependencies were checked', async () => {
    const { files, cache, clock } = trial({ ttl: '1m', staleWhileRevalidate: '1h' });
    const read = () => cache.resolve('key', (ctx) => ctx.file('a'));
    await read();
    await clock.advance(60_000);
    expect(await read()).toMatchObject({ value: 'one', outcome: 'stale', stale: 'aged' });
    await settled();
    await clock.advance(60_000);
    files.contents.set('a', 'two');
    expect(await read()).toMatchObject({ value: 'two', outcome: 'generated' });
  });

  it.each([
    ['without windows', {}],
    ['inside staleWhileRevalidate', { staleWhileRevalidate: '1h' }],
  ] as const)(
    'serve nothing that was not checked yet at staleAfter or timeout, %s',
    async (_name, windows) => {
      const { files, cache, clock } = trial(windows);
      await cache.getOrGenerate('key', (ctx) => ctx.file('a'));
      files.gate = () => new Promise<void>(() => {});
      const rejection = expect(
        cache.resolve('key', (ctx) => ctx.file('a'), { staleAfter: 10, timeout: 20 }),
      ).rejects.toMatchObject({ code: 'E_TIMEOUT' });
      await clock.advance(20);
      await rejection;
    },
  );
});

describe('a failed attempt', () => {
  it('is remembered until something that it had read is edited', async () => {
    const { files, cache } = trial({ negativeTtl: '1h' });
    const strict = (ctx: { file(path: string): Promise<string> }) =>
      ctx.file('a').then((text) => {
        if (text === 'one') throw new Error('cannot be parsed');
        return text;
      });
    await expect(cache.getOrGenerate('key', strict)).rejects.toThrow('cannot be parsed');
    await expect(cache.getOrGenerate('key', strict)).rejects.toMatchObject({ code: 'E_REMEMBERED_FAILURE' });
    files.contents.set('a', 'two');
    expect(await cache.getOrGenerate('key', strict)).toBe('two');
  });

  it('is held back no longer, where something stale is served, once a dependency of it is edited', async () => {
    const { files, cache, clock } = trial({ ttl: '1m', staleIfError: '1h' });
    const held = new HeldGenerator();
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const read = () => cache.resolve('key', (ctx) => ctx.file('a').then(() => held.generate(ctx)));
    const first = read();
    await settled();
    held.run(0).reject(new Error('provider down'));
    expect(await first).toMatchObject({ value: 'old', reason: 'failed' });
    expect(await read()).toMatchObject({ value: 'old', reason: 'backoff' });
    files.contents.set('a', 'two');
    const second = read();
    await settled();
    held.run(1).resolve('new');
    expect(await second).toMatchObject({ value: 'new', outcome: 'generated' });
  });
});

describe('checking key dependencies', () => {
  it('checks what many entries share once per call, not once for every way that leads to it', async () => {
    const { cache } = createTestCache();
    const fibonacci: Definition<[number], number> = cache.define({
      name: 'fibonacci',
      generate: async (ctx, n: number): Promise<number> =>
        n < 2 ? n : (await ctx.use(fibonacci, n - 1)) + (await ctx.use(fibonacci, n - 2)),
    });
    expect(await fibonacci(40)).toBe(102_334_155);
    const before = cache.stats().internal.calls;
    expect(await fibonacci(40)).toBe(102_334_155);
    // One look at what all of it rests on asks no entry for itself.
    expect(cache.stats().internal.calls - before).toBe(0);
    // One that has aged has to be asked, and with it those above: two uses in each of the 39 entries that have any.
    await cache.expire({ key: fibonacci.key(1) });
    expect(await fibonacci(40)).toBe(102_334_155);
    expect(cache.stats().internal.calls - before).toBe(78);
    expect(cache.get(fibonacci.key(40))).toBe(102_334_155);
  });

  it('comes to an end for two entries that were made from each other by turns', async () => {
    const { cache } = createTestCache();
    let turned = false;
    const a: Definition<[], string> = cache.define({
      name: 'a',
      generate: async (ctx): Promise<string> => (turned ? 'a' : `a of ${await ctx.use(b)}`),
    });
    const b: Definition<[], string> = cache.define({
      name: 'b',
      generate: async (ctx): Promise<string> => {
        if (turned) await ctx.use(a);
        return 'b';
      },
    });
    await a();
    turned = true;
    // Finds a fresh, as b is until it is replaced; from then on each is in the trace of the other.
    await b.with({ mode: 'refresh' })();
    expect([await a(), await b()]).toEqual(['a', 'b']);
  });

  it('tells texts apart that were cut in the middle of different emoji', async () => {
    const { cache } = createTestCache();
    let text = '\ud83d';
    const child = cache.define({ name: 'child', generate: async () => text });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => `${await ctx.use(child)}!` });
    await parent();
    text = '\ud83e';
    await child.invalidate();
    expect(await parent()).toBe('\ud83e!');
  });

  it('stops at the first mismatch, so that no generator runs whose result is no longer wanted', async () => {
    const { files, cache } = trial();
    const log: string[] = [];
    files.contents.set('list', 'a b');
    for (const name of ['a', 'b', 'c']) files.contents.set(name, name);
    const list = cache.define({ name: 'list', generate: (ctx) => ctx.file('list') });
    const item = cache.define({
      name: 'item',
      generate: async (ctx, name: string) => {
        log.push(name);
        return ctx.file(name);
      },
    });
    const all = cache.define({
      name: 'all',
      generate: async (ctx) => {
        const texts: string[] = [];
        for (const name of (await ctx.use(list)).split(' ')) texts.push(await ctx.use(item, name));
        return texts.join();
      },
    });
    expect(await all()).toBe('a,b');
    files.contents.set('list', 'a c');
    files.contents.set('b', 'edited, and not wanted any more');
    log.length = 0;
    expect(await all()).toBe('a,c');
    expect(log).toEqual(['c']);
  });

  it('regenerates nothing above a child that comes out equal', async () => {
    const { files, cache } = trial();
    let runs = 0;
    const first = cache.define({ name: 'first', generate: async (ctx) => (await ctx.file('a'))[0] ?? '' });
    const top = cache.define({
      name: 'top',
      generate: async (ctx) => {
        runs += 1;
        return `starts with ${await ctx.use(first)}`;
      },
    });
    await top();
    files.contents.set('a', 'other text, same start');
    expect(await top()).toBe('starts with o');
    expect(runs).toBe(1);
    files.contents.set('a', 'two');
    expect(await top()).toBe('starts with t');
    expect(runs).toBe(2);
  });
});

describe('an entry that is made from a stale one', () => {
  /** A child whose provider is down while it is served stale, and a parent of it. */
  async function family() {
    const files = new MemoryFiles({ a: '1' });
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: {
        default: kind<string>({ staleIfError: 100 }),
        child: kind<string>({ ttl: 50, staleIfError: 70 }),
      },
    });
    let down = false;
    const child = cache.define({
      kind: 'child',
      name: 'child',
      generate: async (ctx) => {
        const text = await ctx.file('a');
        if (down) throw new Error('provider down');
        return text;
      },
    });
    const runs: string[] = [];
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx, name: string) => {
        runs.push(name);
        return `${name} of ${await ctx.use(child)}`;
      },
    });
    return { clock, child, parent, runs, setDown: (value: boolean) => (down = value) };
  }

  it('is stale itself, is marked so, and is not kept', async () => {
    const { clock, child, parent, runs, setDown } = await family();
    await child();
    await clock.advance(60);
    setDown(true);
    for (let call = 0; call < 2; call += 1) {
      expect(await parent.resolve('new')).toMatchObject({
        value: 'new of 1',
        outcome: 'stale',
        stale: 'aged',
        reason: 'dependency',
      });
    }
    expect(runs).toEqual(['new', 'new']);
    setDown(false);
    await clock.advance(2_000);
    expect(await parent.resolve('new')).toMatchObject({ stale: false, outcome: 'generated' });
  });

  it('is as stale when it was kept before, and is not renewed by a check that found only that', async () => {
    const { clock, parent, runs, setDown } = await family();
    await parent('kept');
    await clock.advance(60);
    setDown(true);
    expect(await parent.resolve('kept')).toMatchObject({
      value: 'kept of 1',
      stale: 'aged',
      reason: 'dependency',
    });
    expect(runs).toEqual(['kept']);
    // Its own window of 100 counts from its last successful check, which that was not.
    await clock.advance(65);
    await expect(parent('kept')).rejects.toThrow('provider down');
  });

  it('is fresh again when the other one is, without a run, if that came out equal', async () => {
    const { clock, parent, runs, setDown } = await family();
    await parent('kept');
    await clock.advance(60);
    setDown(true);
    await parent('kept');
    setDown(false);
    await clock.advance(1_000);
    expect(await parent.resolve('kept')).toMatchObject({ stale: false, outcome: 'hit' });
    expect(runs).toEqual(['kept']);
  });
});

describe('the order of a check', () => {
  it('is files first: no entry is made anew for a value whose own file has changed', async () => {
    const files = new MemoryFiles({ own: '1', other: '1' });
    const { cache } = createTestCache({ workspace: files, kinds: { default: kind<string>() } });
    const runs: string[] = [];
    const other = cache.define({
      name: 'other',
      generate: async (ctx) => {
        runs.push('other');
        return ctx.file('other');
      },
    });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        runs.push('parent');
        // What the own file says decides whether the other entry is wanted, and it is read last.
        if (files.contents.get('own') === '1') await ctx.use(other);
        return ctx.file('own');
      },
    });
    await parent();
    files.contents.set('own', '2');
    files.contents.set('other', '2');
    expect(await parent()).toBe('2');
    expect(runs).toEqual(['parent', 'other', 'parent']);
  });

  it('and a value that is no plain JSON is another one whenever it is made anew', async () => {
    const files = new MemoryFiles({ a: '1' });
    const { cache } = createTestCache({ workspace: files });
    const runs: string[] = [];
    const opaque = cache.define({
      name: 'opaque',
      generate: async (ctx) => {
        runs.push('opaque');
        return new Map([['text', await ctx.file('a')]]);
      },
    });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        runs.push('parent');
        return (await ctx.use(opaque)).get('text');
      },
    });
    await parent();
    expect(await parent()).toBe('1');
    files.contents.set('a', '2');
    expect(await parent()).toBe('2');
    expect(runs).toEqual(['parent', 'opaque', 'opaque', 'parent']);
  });
});

describe('one look at what an entry rests on in the end', () => {
  function family(options: Parameters<typeof kind<string>>[0]) {
    const files = new MemoryFiles({ a: '1' });
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: { child: kind<string>(options), default: kind<string>() },
    });
    const runs: string[] = [];
    const child = cache.define({
      kind: 'child',
      name: 'child',
      generate: async (ctx) => {
        runs.push('child');
        return ctx.file('a');
      },
    });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        runs.push('parent');
        return ctx.use(child);
      },
    });
    return { files, clock, child, parent, runs };
  }

  it('does for all of it, in one check', async () => {
    const { files, parent, runs } = family({});
    await parent();
    files.checks = 0;
    expect(await parent.resolve()).toMatchObject({ outcome: 'hit' });
    expect([files.checks, runs]).toEqual([1, ['parent', 'child']]);
  });

  it('does not do for an entry that has aged: it is made anew first', async () => {
    const { clock, parent, runs } = family({ ttl: 100 });
    await parent();
    await clock.advance(100);
    expect(await parent.resolve()).toMatchObject({ value: '1', outcome: 'hit' });
    expect(runs).toEqual(['parent', 'child', 'child']);
  });

  it('nor for one that is due to be refreshed ahead', async () => {
    const { clock, parent, runs } = family({ ttl: 100, refreshAhead: 0.5 });
    await parent();
    await clock.advance(60);
    await parent();
    await settled();
    expect(runs).toEqual(['parent', 'child', 'child']);
  });

  it('verifies the entries on the way: their windows count from it', async () => {
    const { clock, files, child, parent } = family({ staleIfError: 100 });
    await parent();
    await clock.advance(80);
    await parent();
    await clock.advance(80);
    files.broken = true;
    expect(await child.resolve()).toMatchObject({ value: '1', stale: 'changed', reason: 'failed' });
  });
});

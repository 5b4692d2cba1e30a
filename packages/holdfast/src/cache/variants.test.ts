import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertInvariants } from '../testing/invariants.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { type KindOptions, kind } from './kind.ts';
import type { CacheOptions } from './options.ts';

let files: MemoryFiles;
let runs: string[];

beforeEach(() => {
  files = new MemoryFiles({ a: '1', b: 'b' });
  runs = [];
});
afterEach(() => {
  delete process.env.HOLDFAST_TEST_VARIANTS;
});

function trial(options: KindOptions<string> = {}, others: Partial<CacheOptions> = {}) {
  const { cache, clock } = createTestCache({
    ...others,
    workspace: files,
    kinds: { default: kind(options), book: kind<string[]>() },
  });
  const outline = cache.define({
    name: 'outline',
    generate: async (ctx, path: string) => {
      const text = await ctx.file(path);
      runs.push(`${path}=${text}`);
      if (text.includes('tagged')) ctx.tag(text);
      return `outline of ${text}`;
    },
  });
  const write = async (text: string) => {
    files.contents.set('a', text);
    return outline('a');
  };
  return { cache, clock, outline, write };
}

describe('an entry keeps a value for each state of what it is made from', () => {
  it('and regenerates nothing when a branch is switched back and forth', async () => {
    const { cache, outline, write } = trial();
    const restored: string[] = [];
    cache.on('entry.restored', ({ key }) => restored.push(String(key)));
    for (const text of ['1', '2', '1', '2', '1']) expect(await write(text)).toBe(`outline of ${text}`);
    expect(runs).toEqual(['a=1', 'a=2']);
    expect(restored).toHaveLength(3);
    expect(await outline.explain('a')).toMatchObject({ state: 'fresh', others: 1 });
    expect(cache.stats()).toMatchObject({ entries: 1, outcomes: { generated: 2, hit: 3 } });
  });

  it('eight of them, and the one that was verified longest ago goes', async () => {
    const { outline, write } = trial();
    for (let text = 1; text <= 8; text += 1) await write(String(text));
    await write('1');
    await write('9');
    expect(await outline.explain('a')).toMatchObject({ others: 7 });
    runs = [];
    for (const text of ['1', '3', '8', '9']) await write(text);
    expect(runs).toEqual([]);
    await write('2');
    expect(runs).toEqual(['a=2']);
  });

  it('of which each has its own age, and a fresh one is found behind an aged one', async () => {
    const { clock, write } = trial({ ttl: 100 });
    await write('1');
    await clock.advance(60);
    await write('2');
    await write('1');
    await clock.advance(50);
    runs = [];
    // In the slot is 1, aged by now; 2 is not.
    await write('2');
    expect(runs).toEqual([]);
    await write('1');
    expect(runs).toEqual(['a=1']);
  });

  it('all of which count against the limit of bytes, and the oldest of which leave for it', async () => {
    const { cache, outline, write } = trial({ weigh: (value) => value.length * 1_000 }, { maxBytes: 40_000 });
    await write('1');
    const one = cache.stats().bytes;
    for (const text of ['2', '3', '4']) await write(text);
    expect(cache.stats().bytes).toBeGreaterThan(2 * one);
    expect(cache.stats().bytes).toBeLessThanOrEqual(40_000);
    expect((await outline.explain('a')).others).toBeLessThan(3);
    runs = [];
    await write('4');
    await write('3');
    expect(runs).toEqual([]);
    await write('1');
    expect(runs).toEqual(['a=1']);
    assertInvariants(cache);
  });

  it('of which none is served that may not be any more: those past their windows leave with the next', async () => {
    const { clock, outline, write } = trial({ ttl: 100, staleIfError: 50 });
    await write('1');
    await clock.advance(149);
    await write('2');
    expect(await outline.explain('a')).toMatchObject({ others: 1 });
    await clock.advance(1);
    await write('3');
    expect(await outline.explain('a')).toMatchObject({ others: 1 });
  });

  it('and replaces the one that was made from the same, when it is refreshed', async () => {
    const { outline, write } = trial();
    await write('1');
    await write('2');
    await outline.with({ mode: 'refresh' })('a');
    expect(await outline.explain('a')).toMatchObject({ others: 1, regenerated: { because: 'refresh' } });
  });

  it('until it is set: then the set value stands alone', async () => {
    const { cache, outline, write } = trial();
    await write('1');
    await write('2');
    await cache.set(outline.key('a'), 'set', { files: ['a'] });
    expect(await outline('a')).toBe('set');
    runs = [];
    await write('1');
    expect(runs).toEqual(['a=1']);
    files.contents.set('a', '2');
    expect(await outline.resolve('a')).toMatchObject({ value: 'set', outcome: 'hit' });
  });
});

describe('a selector means the values that it means', () => {
  it('by tag: what bears the tag leaves, the others stay', async () => {
    const { cache, write } = trial();
    await write('tagged');
    await write('2');
    expect(await cache.invalidate({ tag: 'tagged' })).toEqual({ count: 1 });
    runs = [];
    await write('2');
    expect(runs).toEqual([]);
    await write('tagged');
    expect(runs).toEqual(['a=tagged']);
    // The one in the slot leaves, the other takes its place.
    expect(await cache.invalidate({ tag: 'tagged' })).toEqual({ count: 1 });
    expect(cache.stats().entries).toBe(1);
    expect(cache.peek(['none'])).toBeUndefined();
    await write('2');
    expect(runs).toEqual(['a=tagged']);
    assertInvariants(cache);
  });

  it('by file: every value was made from it, so the entry leaves', async () => {
    const { cache, write } = trial();
    await write('1');
    await write('2');
    expect(await cache.invalidate({ file: 'a' })).toEqual({ count: 1 });
    expect(cache.stats().entries).toBe(0);
    runs = [];
    await write('1');
    await write('2');
    expect(runs).toEqual(['a=1', 'a=2']);
  });

  it('and expire ages them in the same way', async () => {
    const { cache, write } = trial();
    await write('tagged');
    await write('2');
    await cache.expire({ tag: 'tagged' });
    runs = [];
    await write('2');
    await write('tagged');
    expect(runs).toEqual(['a=tagged']);
  });
});

describe('values that other entries decide', () => {
  it('come back when those have their former values, without a run', async () => {
    const { cache, outline } = trial();
    const book = cache.define({
      kind: 'book',
      name: 'book',
      generate: async (ctx) => {
        runs.push('book');
        return [await ctx.use(outline, 'a'), await ctx.use(outline, 'b')];
      },
    });
    await book();
    files.contents.set('a', '2');
    await book();
    runs = [];
    files.contents.set('a', '1');
    expect(await book()).toEqual(['outline of 1', 'outline of b']);
    files.contents.set('a', '2');
    expect(await book()).toEqual(['outline of 2', 'outline of b']);
    expect(runs).toEqual([]);
  });

  it('are not looked for where the same place was seen to be different', async () => {
    const { outline, write } = trial();
    for (const text of ['1', '2', '3']) await write(text);
    files.checks = 0;
    files.contents.set('a', '4');
    await outline('a');
    // One look at the newest, which rules out the others; and one when the generation ends.
    expect(files.checks).toBe(2);
  });
});

describe('variables of the environment', () => {
  it('need no look at anything: get finds the value that was made for what they hold now', async () => {
    const { cache } = trial();
    const generate = async (ctx: { env(name: string): string | undefined }) => {
      runs.push('env');
      return `value for ${ctx.env('HOLDFAST_TEST_VARIANTS')}`;
    };
    expect(await cache.getOrGenerate('key', generate)).toBe('value for undefined');
    process.env.HOLDFAST_TEST_VARIANTS = 'on';
    expect(cache.get('key')).toBeUndefined();
    expect(await cache.getOrGenerate('key', generate)).toBe('value for on');
    delete process.env.HOLDFAST_TEST_VARIANTS;
    expect(cache.get('key')).toBe('value for undefined');
    expect(runs).toEqual(['env', 'env']);
    process.env.HOLDFAST_TEST_VARIANTS = 'canary-secret';
    expect(JSON.stringify(await cache.explain('key'))).not.toContain('canary');
    expect(await cache.explain('key')).toMatchObject({
      state: 'changed',
      difference: { on: 'HOLDFAST_TEST_VARIANTS', was: 'absent' },
    });
  });
});

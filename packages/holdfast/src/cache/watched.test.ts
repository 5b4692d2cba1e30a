import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock } from '../lib/clock.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { createCache } from './cache.ts';
import type { Definition } from './definition.ts';
import { type KindOptions, kind } from './kind.ts';
import type { CacheOptions } from './options.ts';
import { TurnedTime } from './turned-time.test-support.ts';
import { WatchedFiles } from './watched-files.test-support.ts';

function trial(watched: KindOptions<string> = {}, options: CacheOptions = {}) {
  const files = new WatchedFiles({ a: 'one', b: 'bee' });
  const { cache, clock } = createTestCache({
    ...options,
    workspace: files,
    kinds: { watched: kind<string>({ freshness: 'watched', ...watched }), checked: kind<string>() },
  });
  const runs: string[] = [];
  const outlineOf = (name: 'watched' | 'checked') =>
    cache.define({
      kind: name,
      name: 'outline',
      generate: async (ctx, path: string) => {
        const text = await ctx.file(path);
        runs.push(`${name} ${path}`);
        return text;
      },
    });
  const [outline, checkedOutline] = [outlineOf('watched'), outlineOf('checked')];
  /** An entry of a kind that is made from another one. */
  const above = (name: 'watched' | 'checked', called: string, below: Definition<[string], string>) =>
    cache.define({
      kind: name,
      name: called,
      generate: async (ctx, path: string) => {
        const text = await ctx.use(below, path);
        runs.push(`${called} ${path}`);
        return `(${text})`;
      },
    });
  /** What a read came to, and how often it looked. */
  const look = async (read: () => Promise<unknown>) => {
    files.checks = 0;
    runs.length = 0;
    const value = await read();
    return { value, checks: files.checks, runs: [...runs] };
  };
  return { files, watch: files.watch, cache, clock, outline, checkedOutline, above, runs, look };
}

const checked = { freshness: 'checked' } as const;

describe('a watched read', () => {
  it('is served without a look while nothing was heard of its files', async () => {
    const { outline, look, files } = trial();
    await outline('a');
    expect(await look(() => outline('a'))).toEqual({ value: 'one', checks: 0, runs: [] });
    files.edit('b', 'other');
    expect(await look(() => outline('a'))).toEqual({ value: 'one', checks: 0, runs: [] });
  });

  it('is a checked one once something was heard, and regenerates exactly what changed', async () => {
    const { outline, look, files } = trial();
    await outline.many([['a'], ['b']]);
    files.edit('a', 'two');
    expect(await look(() => outline('a'))).toMatchObject({ value: 'two', runs: ['watched a'] });
    expect(await look(() => outline.many([['a'], ['b']]))).toMatchObject({ checks: 0, runs: [] });
  });

  it('looks once at a file that was heard of and is the same', async () => {
    const { outline, look, watch } = trial();
    await outline('a');
    watch.hear('a');
    expect(await look(() => outline('a'))).toEqual({ value: 'one', checks: 1, runs: [] });
    expect(await look(() => outline('a'))).toEqual({ value: 'one', checks: 0, runs: [] });
  });

  it('is as old as what was heard, where a checked one is not', async () => {
    const { outline, look, files } = trial();
    await outline('a');
    files.contents.set('a', 'two');
    expect(await outline('a')).toBe('one');
    expect(await look(() => outline.with(checked)('a'))).toMatchObject({ value: 'two', runs: ['watched a'] });
    expect(await outline('a')).toBe('two');
  });

  it.each(['nothing is known', 'there is no watch'])('is a checked one while %s', async (why) => {
    const { outline, look, files } = trial();
    if (why === 'there is no watch') {
      const plain = trial();
      Object.defineProperty(plain.files, 'watch', { value: undefined });
      const { cache } = createTestCache({
        workspace: plain.files,
        kinds: { default: kind<string>({ freshness: 'watched' }) },
      });
      await cache.getOrGenerate('key', (ctx) => ctx.file('a'));
      plain.files.contents.set('a', 'two');
      expect(await cache.getOrGenerate('key', (ctx) => ctx.file('a'))).toBe('two');
      expect(cache.get('key')).toBeUndefined();
      return;
    }
    await outline('a');
    files.watch.lose();
    files.contents.set('a', 'two');
    expect(await look(() => outline('a'))).toMatchObject({ value: 'two', runs: ['watched a'] });
    expect(await look(() => outline('a'))).toMatchObject({ checks: 1 });
    files.watch.recover('a', 'b');
    expect(await look(() => outline('a'))).toMatchObject({ checks: 1 });
    expect(await look(() => outline('a'))).toMatchObject({ checks: 0 });
  });

  it('believes nothing of a check in which something was heard', async () => {
    const { outline, look, files, watch } = trial();
    await outline('a');
    watch.hear('a');
    const gate = Promise.withResolvers<void>();
    files.gate = () => gate.promise;
    const reading = outline('a');
    await settled();
    watch.hear('a');
    gate.resolve();
    await reading;
    expect(await look(() => outline('a'))).toMatchObject({ checks: 1 });
    expect(await look(() => outline('a'))).toMatchObject({ checks: 0 });
  });

  it('believes nothing of a last look in which something was heard', async () => {
    const { outline, look, files, watch } = trial();
    const gate = Promise.withResolvers<void>();
    files.gate = () => gate.promise;
    const making = outline('a');
    await settled();
    watch.hear('a');
    gate.resolve();
    await making;
    expect(await look(() => outline('a'))).toMatchObject({ checks: 1, runs: [] });
  });

  it('believes nothing of a check in which nothing was known, or that began so', async () => {
    const { outline, look, files, watch } = trial();
    watch.lose();
    const gate = Promise.withResolvers<void>();
    files.gate = () => gate.promise;
    const making = outline('a');
    await settled();
    watch.recover();
    gate.resolve();
    await making;
    expect(await look(() => outline('a'))).toMatchObject({ checks: 1, runs: [] });
  });

  it('believes a check that found a change, whatever is heard', async () => {
    const { cache, files, watch } = trial({ staleIfError: '1h' });
    const kept = cache.kind('watched');
    await kept.getOrGenerate('key', (ctx) => ctx.file('a'));
    watch.lie = true;
    expect(kept.get('key')).toBe('one');
    files.contents.set('a', 'two');
    const failing = async () => Promise.reject(new Error('provider down'));
    expect(await kept.resolve('key', failing, checked)).toMatchObject({ value: 'one', stale: 'changed' });
    expect(await kept.resolve('key', failing)).toMatchObject({ value: 'one', stale: 'changed' });
    expect(kept.get('key')).toBeUndefined();
  });

  it('is refreshed ahead as every other, and ends with its ttl', async () => {
    const { outline, clock, look } = trial({ ttl: 1_000, refreshAhead: 0.5 });
    await outline('a');
    await clock.advance(499);
    expect(await look(() => outline('a'))).toMatchObject({ checks: 0, runs: [] });
    await clock.advance(1);
    expect(await outline.resolve('a')).toMatchObject({ outcome: 'hit' });
    await settled();
    await clock.advance(499);
    expect(await look(() => outline('a'))).toMatchObject({ checks: 0, runs: [] });
    await clock.advance(1_000);
    expect(await look(() => outline('a'))).toMatchObject({ runs: ['watched a'] });
  });

  it('can be asked for by a call of a checked kind, alone', async () => {
    const { checkedOutline, look } = trial();
    await checkedOutline('a');
    const watchedCall = checkedOutline.with({ freshness: 'watched' });
    expect(await look(() => watchedCall('a'))).toMatchObject({ value: 'one', checks: 0 });
    expect(await look(() => checkedOutline('a'))).toMatchObject({ value: 'one', checks: 1 });
  });

  it('hears of changes as long as a generator may make it, while the cache closes', async () => {
    const { cache, outline, files } = trial();
    await outline('a');
    const gate = Promise.withResolvers<void>();
    const making = cache.kind('checked').getOrGenerate('reads twice', async () => {
      await gate.promise;
      const first = await outline('a');
      files.edit('a', 'two');
      return `${first}, ${await outline('a')}`;
    });
    await settled();
    const closing = cache.close();
    gate.resolve();
    expect(await making).toBe('one, two');
    await closing;
  });

  it('is a lookup, and each of a bulk call, too', async () => {
    const { cache, look } = trial();
    const kept = cache.kind('watched');
    await kept.getOrGenerate('key', (ctx) => ctx.file('a'));
    expect(await look(async () => (await kept.lookup('key'))?.value)).toMatchObject({
      value: 'one',
      checks: 0,
    });
    const many = () => kept.getOrGenerateMany(['key'], async () => []);
    expect(await look(many)).toMatchObject({ checks: 0 });
    expect(await look(() => kept.lookup('key', checked))).toMatchObject({ checks: 1 });
  });
});

describe('a watched entry made from others', () => {
  it('is served without a look while nothing was heard of the files of any', async () => {
    const { outline, above, look, files } = trial();
    const top = above('watched', 'top', above('watched', 'middle', outline));
    await top('a');
    expect(await look(() => top('a'))).toEqual({ value: '((one))', checks: 0, runs: [] });
    files.edit('a', 'two');
    expect(await look(() => top('a'))).toMatchObject({
      value: '((two))',
      runs: ['watched a', 'middle a', 'top a'],
    });
    expect(await look(() => top('a'))).toMatchObject({ checks: 0, runs: [] });
  });

  it('is checked where one that reads files is of a checked kind', async () => {
    const { checkedOutline, above, look } = trial();
    const top = above('watched', 'top', checkedOutline);
    await top('a');
    expect(await look(() => top('a'))).toMatchObject({ value: '(one)', checks: 1, runs: [] });
  });

  it('is served without a look where one between is of a checked kind, and reads no file itself', async () => {
    const { outline, above, look } = trial();
    const top = above('watched', 'top', above('checked', 'middle', outline));
    await top('a');
    expect(await look(() => top('a'))).toMatchObject({ value: '((one))', checks: 0 });
  });

  it.each<[string, (it: ReturnType<typeof trial>) => unknown]>([
    ['invalidated', ({ outline }) => outline.invalidate('a')],
    ['expired', ({ cache, outline }) => cache.expire({ key: outline.key('a') })],
    ['set to another value', ({ cache, outline }) => cache.kind('watched').set(outline.key('a'), 'set')],
    ['evicted', ({ cache }) => cache.kind('checked').set('x', 'x')],
    [
      'found changed by a check',
      ({ files, outline }) => {
        files.contents.set('a', 'two');
        return outline.with(checked)('a');
      },
    ],
    ['made aged by time', ({ clock }) => clock.advance(1_000)],
  ])('is not once the other was %s', async (how, act) => {
    const it = trial({}, how === 'evicted' ? { maxEntries: 2, eviction: 'lru' } : {});
    const aging = it.cache.define({
      kind: 'watched',
      name: 'aging',
      generate: async (ctx, path: string) => {
        ctx.ttl(1_000);
        return ctx.file(path);
      },
    });
    const top = it.above('watched', 'top', how === 'made aged by time' ? aging : it.outline);
    await top('a');
    const kept = it.cache.kind('watched');
    expect(kept.get(top.key('a'))).toBe('(one)');
    expect(kept.get(top.key('a'))).toBe('(one)');
    await act(it);
    expect(it.cache.kind('watched').peek(top.key('a'))?.value).toBe('(one)');
    expect(kept.get(top.key('a'))).toBeUndefined();
  });

  it('is unknown to every read, and made anew, where the kind of the other is not declared any more', async () => {
    const backend = new MemoryBackend({ clock: new ManualClock() });
    const declared = kind<string>({ freshness: 'watched' });
    const older = createTestCache({
      store: new MemoryStore(backend),
      kinds: { default: declared, left: declared },
    }).cache;
    const below = older.define({ kind: 'left', name: 'below', generate: async () => 'old' });
    await older.define({ name: 'top', generate: (ctx) => ctx.use(below) })();
    await older.flush();
    const { cache } = createTestCache({
      store: new MemoryStore(backend),
      workspace: new WatchedFiles(),
      kinds: { default: declared },
    });
    const top = cache.define({ name: 'top', generate: async () => 'new' });
    expect(await cache.lookup(top.key())).toBeUndefined();
    expect(cache.peek(top.key())).toMatchObject({ value: 'old' });
    expect(cache.get(top.key())).toBeUndefined();
    expect(await top.resolve()).toMatchObject({ value: 'new', outcome: 'generated' });
  });

  it('keeps the other from being evicted, as often as it is proven', async () => {
    const { cache, outline, above } = trial({}, { maxEntries: 3, eviction: 'lru' });
    const top = above('watched', 'top', outline);
    const kept = cache.kind('watched');
    await top('a');
    await kept.set('x', 'x');
    expect(kept.get(top.key('a'))).toBe('(one)');
    await kept.set('y', 'y');
    expect(kept.peek('x')).toBeUndefined();
    expect(kept.get(top.key('a'))).toBe('(one)');
  });

  it('asks for itself what is due to be refreshed ahead', async () => {
    const files = new WatchedFiles({ a: 'one' });
    const { cache, clock } = createTestCache({
      workspace: files,
      kinds: {
        ahead: kind<string>({ freshness: 'watched', ttl: 1_000, refreshAhead: 0.5 }),
        default: kind<string>({ freshness: 'watched' }),
      },
    });
    let runs = 0;
    const below = cache.define({
      kind: 'ahead',
      name: 'below',
      generate: async (ctx, path: string) => {
        runs += 1;
        return ctx.file(path);
      },
    });
    const top = cache.define({ name: 'top', generate: async (ctx) => ctx.use(below, 'a') });
    await top();
    await top();
    expect(runs).toBe(1);
    await clock.advance(500);
    // It is fresh all the same, for who can do no more than ask memory.
    expect(cache.get(top.key())).toBe('one');
    await top();
    await settled();
    expect(runs).toBe(2);
  });
});

describe('variables of the environment', () => {
  const name = 'HOLDFAST_TEST_WATCHED';
  afterEach(() => {
    delete process.env[name];
  });

  it('are looked at in every read, however far below', async () => {
    const { cache, files, look } = trial();
    const below = cache.define({
      kind: 'watched',
      name: 'below',
      generate: async (ctx, path: string) => `${ctx.env(name)} ${await ctx.file(path)}`,
    });
    const top = cache.define({ kind: 'watched', name: 'top', generate: (ctx) => ctx.use(below, 'a') });
    await top();
    expect(await look(() => top())).toMatchObject({ value: 'undefined one', checks: 0 });
    expect(cache.kind('watched').get(top.key())).toBe('undefined one');
    process.env[name] = 'set';
    expect(cache.kind('watched').get(top.key())).toBeUndefined();
    expect(await top()).toBe('set one');
    // What was made for other variables is right again only if its files were looked at.
    files.contents.set('a', 'two');
    delete process.env[name];
    expect(cache.kind('watched').get(below.key('a'))).toBeUndefined();
    expect(await top()).toBe('undefined two');
  });
});

describe('get', () => {
  it('answers for what is watched, while anything is known', async () => {
    const { cache, outline, files, watch } = trial();
    const kept = cache.kind('watched');
    await outline('a');
    expect(kept.get(outline.key('a'))).toBe('one');
    watch.lose();
    expect(kept.get(outline.key('a'))).toBeUndefined();
    watch.recover();
    expect(kept.get(outline.key('a'))).toBe('one');
    files.edit('a', 'two');
    expect(kept.get(outline.key('a'))).toBeUndefined();
    expect(kept.peek(outline.key('a'))).toMatchObject({ value: 'one' });
    await outline('a');
    expect(kept.get(outline.key('a'))).toBe('two');
    expect(files.checks).toBe(3);
  });

  it('answers for nothing of a checked kind that rests on files, whatever kind reads them', async () => {
    const { cache, outline, checkedOutline, above } = trial();
    const top = above('checked', 'top', outline);
    await top('a');
    await checkedOutline('a');
    expect(cache.kind('checked').get(top.key('a'))).toBeUndefined();
    expect(cache.kind('checked').get(checkedOutline.key('a'))).toBeUndefined();
  });

  it('answers for nothing in strict coherence', async () => {
    const { cache, outline, look } = trial({}, { store: new MemoryStore(), coherence: 'strict' });
    await outline('a');
    expect(cache.kind('watched').get(outline.key('a'))).toBeUndefined();
    expect(await look(() => outline('a'))).toMatchObject({ value: 'one', checks: 0 });
  });
});

describe('a checked read, where the watch says that all is as it was', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'is right through %i entries of watched kinds, and runs them once',
    async (depth) => {
      const { outline, above, watch, files, look } = trial();
      let top = outline;
      for (let level = 1; level < depth; level += 1) top = above('watched', `level ${level}`, top);
      watch.lie = true;
      await top('a');
      expect(await look(() => top('a'))).toMatchObject({ checks: 0 });
      const wrapped = (text: string) => `${'('.repeat(depth - 1)}${text}${')'.repeat(depth - 1)}`;
      for (const text of ['two', 'three', 'two']) {
        files.contents.set('a', text);
        const first = await look(() => top.with(checked)('a'));
        expect(first.value).toBe(wrapped(text));
        expect(await look(() => top.with(checked)('a'))).toMatchObject({ value: wrapped(text), runs: [] });
      }
      files.contents.set('a', 'new');
      expect((await look(() => top.with(checked)('a'))).runs).toHaveLength(depth);
    },
  );

  it('is right where only its own kind is checked', async () => {
    const { outline, above, watch, files } = trial();
    const top = above('checked', 'top', above('watched', 'middle', outline));
    watch.lie = true;
    await top('a');
    files.contents.set('a', 'two');
    expect(await top('a')).toBe('((two))');
  });

  it('is right in what a generator uses, also where that asks for watched reads', async () => {
    const { cache, outline, watch, files } = trial();
    const user = cache.define({
      kind: 'checked',
      name: 'user',
      generate: (ctx, _: number) => ctx.use(outline.with({ freshness: 'watched' }), 'a'),
    });
    watch.lie = true;
    await outline('a');
    files.contents.set('a', 'two');
    expect(await user(1)).toBe('two');
    files.contents.set('a', 'three');
    expect(await user(2)).toBe('three');
  });

  it('is right for a watched read, too, that has to generate', async () => {
    const { cache, outline, watch, files } = trial();
    const user = cache.define({ kind: 'watched', name: 'user', generate: (ctx) => ctx.use(outline, 'a') });
    watch.lie = true;
    await outline('a');
    files.contents.set('a', 'two');
    expect(await user()).toBe('two');
  });
});

const source = new TurnedTime();

describe('the hit path', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const open = (options: KindOptions<string> = {}) => {
    const files = new WatchedFiles({ a: 'one', b: 'bee' });
    const cache = createCache({
      clock: new SystemClock(source),
      workspace: files,
      kinds: { default: kind<string>({ freshness: 'watched', jitter: 0, ...options }) },
    });
    const read = () => cache.getOrGenerate('key', (ctx) => ctx.file('a'));
    return { files, watch: files.watch, cache, read };
  };

  it('serves what is proven, asking nobody', async () => {
    const { cache, read, watch, files } = open();
    await read();
    await read();
    watch.asked = 0;
    files.checks = 0;
    // One promise for all: it is the hit path that handed it out.
    expect(read()).toBe(read());
    expect(cache.get('key')).toBe('one');
    expect([watch.asked, files.checks]).toEqual([0, 0]);
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, hit: 4 });
  });

  it('serves it not any more from the very turn in which something was heard, or lost', async () => {
    const { cache, read, watch } = open();
    await read();
    expect(cache.get('key')).toBe('one');
    watch.hear('a');
    expect(cache.get('key')).toBeUndefined();
    await read();
    expect(cache.get('key')).toBe('one');
    watch.lose();
    expect(cache.get('key')).toBeUndefined();
  });

  it('serves it again after something else was heard, by one question', async () => {
    const { cache, read, watch } = open();
    await read();
    cache.get('key');
    watch.hear('b');
    watch.asked = 0;
    expect(cache.get('key')).toBe('one');
    expect(cache.get('key')).toBe('one');
    expect(watch.asked).toBe(1);
  });

  it('leaves a value alone that has taken its place and was made from nothing', async () => {
    const { cache, read, watch } = open();
    await read();
    cache.get('key');
    await cache.set('key', 'set');
    watch.hear('a');
    expect(cache.get('key')).toBe('set');
    expect(read()).toBe(read());
  });

  it('ends with the ttl to the millisecond', async () => {
    const { cache, read } = open({ ttl: 10_000 });
    await read();
    source.at += 9_999;
    vi.advanceTimersByTime(9_999);
    expect(cache.get('key')).toBe('one');
    expect(cache.get('key')).toBe('one');
    source.at += 1;
    vi.advanceTimersByTime(1);
    expect(cache.get('key')).toBeUndefined();
  });

  it('serves nothing of a checked kind for a watched call', async () => {
    const { cache, read, files } = open({ freshness: 'checked' });
    await read();
    files.checks = 0;
    for (let round = 0; round < 3; round += 1) {
      await cache.getOrGenerate('key', (ctx) => ctx.file('a'), { freshness: 'watched' });
    }
    expect(files.checks).toBe(0);
    expect(cache.get('key')).toBeUndefined();
    files.contents.set('a', 'two');
    expect(await read()).toBe('two');
  });

  it('does not begin to listen for a cache whose store cannot be had', () => {
    const files = new WatchedFiles();
    const store = new MemoryStore();
    store.subscribe = () => {
      throw new Error('closed');
    };
    expect(() => createCache({ workspace: files, store })).toThrow('closed');
    expect([files.watch.revisionListeners.size, files.watch.listeners.size]).toEqual([0, 0]);
  });

  it('lets go of the watch when the cache is closed', async () => {
    const { cache, read, watch } = open();
    await read();
    expect(watch.revisionListeners.size).toBe(1);
    await cache.close();
    expect([watch.revisionListeners.size, watch.listeners.size]).toEqual([0, 0]);
  });
});

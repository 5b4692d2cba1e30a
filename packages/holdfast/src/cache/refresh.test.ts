import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventName, EventOf, RefreshedEntry } from '../events/event.ts';
import type { Timer } from '../lib/clock.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { Definition } from './definition.ts';
import { type KindOptions, kind } from './kind.ts';
import type { CacheOptions } from './options.ts';
import { WatchedFiles } from './watched-files.test-support.ts';

interface TrialOptions {
  readonly kind?: KindOptions<string>;
  readonly cache?: CacheOptions;
  readonly files?: Readonly<Record<string, string>>;
}

function trial({ kind: options = {}, cache: rest = {}, files: given = {} }: TrialOptions = {}) {
  const files = new WatchedFiles({ a: 'one', b: 'bee', ...given });
  const { cache, clock } = createTestCache({
    ...rest,
    workspace: files,
    kinds: {
      live: kind<string>({ freshness: 'watched', refresh: 'on-change', ...options }),
      lazy: kind<string>({ freshness: 'watched' }),
    },
  });
  const runs: string[] = [];
  /** While it is there generators wait for it. */
  const hold: { gate?: Promise<unknown>; down?: boolean } = {};
  const ran = async (what: string): Promise<void> => {
    runs.push(what);
    await hold.gate;
    if (hold.down) throw new Error('provider down');
  };
  const outline = cache.define({
    kind: 'live',
    name: 'outline',
    generate: async (ctx, path: string) => {
      const text = await ctx.file(path);
      await ran(`outline ${path}`);
      return text.slice(0, 3);
    },
  });
  const index = cache.define({
    kind: 'live',
    name: 'index',
    generate: async (ctx, paths: string[]) => {
      const parts = await Promise.all(paths.map((path) => ctx.use(outline, path)));
      await ran('index');
      return parts.join();
    },
  });
  const heard: EventOf<EventName>[] = [];
  for (const name of ['refresh.settled', 'workspace.error', 'generation.failed'] as const) {
    cache.on(name, (event) => heard.push(event));
  }
  const takeRuns = () => runs.splice(0);
  /** The file is edited, and that is told of once it has settled; then until all is quiet. */
  const change = async (path: string, text: string | undefined) => {
    files.edit(path, text);
    tellOf(path, text === undefined ? 'absent' : 'is');
    await quiet();
  };
  const tellOf = (path: string, now = 'is', before = 'was') =>
    files.watch.tell({
      type: 'workspace.changed',
      changes: [{ type: 'file', name: path, before, now }],
    });
  const quiet = async () => {
    for (let turn = 0; turn < 20; turn += 1) await settled();
  };
  const entries = (): readonly RefreshedEntry[] =>
    heard.flatMap((event) => (event.type === 'refresh.settled' ? event.entries : []));
  return { files, cache, clock, outline, index, hold, takeRuns, change, tellOf, quiet, heard, entries };
}

describe('refreshing on change', () => {
  it('makes anew what was read, before it is asked for', async () => {
    const { outline, change, takeRuns, files } = trial();
    await outline('a');
    takeRuns();
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a']);
    files.checks = 0;
    expect(await outline.resolve('a')).toMatchObject({ value: 'two', outcome: 'hit' });
    expect([takeRuns(), files.checks]).toEqual([[], 0]);
  });

  it('is of the kinds that ask for it, and of what a definition makes', async () => {
    const { cache, change } = trial();
    let runs = 0;
    const generate = async (ctx: { file(path: string): Promise<string> }) => {
      runs += 1;
      return ctx.file('a');
    };
    const lazy = cache.define({ kind: 'lazy', name: 'lazy', generate: (ctx) => generate(ctx) });
    await lazy();
    await lazy();
    await cache.kind('live').getOrGenerate('key', generate);
    await cache.kind('live').getOrGenerate('key', generate);
    runs = 0;
    await change('a', 'two');
    expect(runs).toBe(0);
  });

  it('brings up to date what others are made from before them, and tells what it came to', async () => {
    const { outline, index, change, takeRuns, heard, cache } = trial();
    await index(['a', 'b']);
    await outline.many([['a'], ['b']]);
    takeRuns();
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a', 'index']);
    expect(heard).toMatchObject([
      {
        type: 'refresh.settled',
        changes: [{ type: 'file', name: 'a' }],
        entries: [
          { kind: 'live', scope: '', came: 'made', cost: { seconds: 0 } },
          { kind: 'live', scope: '', came: 'made' },
        ],
      },
    ]);
    expect(cache.kind('live').get(index.key(['a', 'b']))).toBe('two,bee');
  });

  it('runs nothing above what comes out equal: early cutoff', async () => {
    const { outline, index, change, takeRuns, entries } = trial();
    await index(['a', 'b']);
    await outline('a');
    takeRuns();
    await change('a', 'one and more');
    expect(takeRuns()).toEqual(['outline a']);
    expect(entries().map(({ came }) => came)).toEqual(['made', 'unchanged']);
  });

  it('brings them up to date first, in whatever order they were made', async () => {
    const { cache, outline, files, change } = trial({ files: { way: 'short' } });
    const order: string[] = [];
    cache.on('generation.started', ({ key }) => order.push(key.equals(top.key()) ? 'top' : 'outline'));
    const top = cache.define({
      kind: 'live',
      name: 'top',
      generate: async (ctx) => {
        const text = await ctx.file('a');
        return (await ctx.file('way')) === 'short' ? text : `${text} ${await ctx.use(outline, 'a')}`;
      },
    });
    await top();
    files.edit('way', 'long');
    expect(await top()).toBe('one one');
    await outline('a');
    order.length = 0;
    await change('a', 'two');
    expect(order).toEqual(['outline', 'top']);
  });

  it('brings up to date what nobody has read where something needs it that somebody has', async () => {
    const { index, change, takeRuns, entries } = trial();
    await index(['a', 'b']);
    takeRuns();
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a', 'index']);
    expect(entries().map(({ came }) => came)).toEqual(['made', 'made']);
  });

  it('runs nothing where the state is back that a value was made from', async () => {
    const { outline, change, takeRuns, entries } = trial();
    await outline('a');
    await change('a', 'two');
    await outline('a');
    takeRuns();
    await change('a', 'one');
    expect(takeRuns()).toEqual([]);
    expect(entries().map(({ came }) => came)).toEqual(['made', 'restored']);
  });

  it('is of all scopes', async () => {
    const { outline, change, takeRuns, entries } = trial();
    await outline('a');
    await outline.in('tenant')('a');
    takeRuns();
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a', 'outline a']);
    expect(new Set(entries().map(({ scope }) => scope))).toEqual(new Set(['', 'tenant']));
  });

  it('comes to an end where entries were made from each other, by turns', async () => {
    const { cache, change, entries } = trial();
    let turned = false;
    const x: Definition<[], string> = cache.define({
      kind: 'live',
      name: 'x',
      generate: async (ctx): Promise<string> =>
        turned ? ctx.file('a') : `${await ctx.file('a')} of ${await ctx.use(y)}`,
    });
    const y: Definition<[], string> = cache.define({
      kind: 'live',
      name: 'y',
      generate: async (ctx): Promise<string> => {
        if (turned) await ctx.use(x);
        return ctx.file('a');
      },
    });
    await x();
    turned = true;
    await y.with({ mode: 'refresh' })();
    await change('a', 'two');
    expect(entries().map(({ came }) => came)).toEqual(['made', 'made']);
    expect([cache.kind('live').get(x.key()), cache.kind('live').get(y.key())]).toEqual(['two', 'two']);
  });
});

describe('what is refreshed', () => {
  it('was read since it was made or refreshed: those who waited for it have', async () => {
    const { outline, change, takeRuns, entries } = trial();
    await outline('a');
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a', 'outline a']);
    await change('a', 'three');
    expect(takeRuns()).toEqual([]);
    expect(entries().at(-1)).toMatchObject({ came: 'left' });
    expect(await outline('a')).toBe('thr');
    await change('a', 'four');
    expect(takeRuns()).toEqual(['outline a', 'outline a']);
  });

  it.each<[string, (it: ReturnType<typeof trial>) => unknown]>([
    ['a call', ({ outline }) => outline('a')],
    ['get', ({ cache, outline }) => cache.kind('live').get(outline.key('a'))],
    ['lookup', ({ cache, outline }) => cache.kind('live').lookup(outline.key('a'))],
    [
      'a call whose hit was taken into the account',
      async ({ cache, outline }) => {
        await outline('a');
        cache.stats();
      },
    ],
  ])('was read by %s', async (_, read) => {
    const it = trial();
    await it.outline('a');
    await it.change('a', 'two');
    await read(it);
    it.takeRuns();
    await it.change('a', 'three');
    expect(it.takeRuns()).toEqual(['outline a']);
  });

  it.each<[string, (it: ReturnType<typeof trial>) => unknown]>([
    ['a generator', ({ index }) => index(['a'])],
    ['a look at what is kept', ({ cache, outline }) => cache.kind('live').peek(outline.key('a'))],
    ['an explanation', ({ outline }) => outline.explain('a')],
  ])('was not read by %s', async (_, use) => {
    const it = trial();
    await it.outline('a');
    await it.change('a', 'two');
    await use(it);
    if (_ === 'a generator') {
      await it.cache.invalidate({ kind: 'live', key: it.index.key(['a']) });
    }
    it.takeRuns();
    await it.change('a', 'three');
    expect(it.takeRuns()).toEqual([]);
  });

  it('was read, also if only a stale value was to be had', async () => {
    const { outline, hold, change, takeRuns, clock } = trial({ kind: { staleIfError: '1h' } });
    await outline('a');
    await change('a', 'two');
    hold.down = true;
    await change('a', 'three');
    expect(await outline.resolve('a')).toMatchObject({ value: 'two', stale: 'changed' });
    hold.down = false;
    await clock.advance(60_000);
    takeRuns();
    await change('a', 'four');
    expect(takeRuns()).toEqual(['outline a']);
  });

  it('has not aged, and has not lost a file that it had read itself', async () => {
    const { outline, change, takeRuns, clock, entries } = trial({ kind: { ttl: 1_000 } });
    await outline.many([['a'], ['b']]);
    takeRuns();
    await change('a', undefined);
    expect([takeRuns(), entries()]).toMatchObject([[], [{ came: 'left' }]]);
    await clock.advance(1_000);
    takeRuns();
    await change('b', 'other');
    expect(takeRuns()).toEqual([]);
  });

  it('has not lost what it had only asked for', async () => {
    const { cache, files, quiet, entries } = trial();
    const asks = cache.define({
      kind: 'live',
      name: 'asks',
      generate: async (ctx) => String(await ctx.exists('a')),
    });
    await asks();
    files.edit('a', undefined);
    files.watch.tell({
      type: 'workspace.changed',
      changes: [{ type: 'exists', name: 'a', before: 'present', now: 'absent' }],
    });
    await quiet();
    expect(entries()).toMatchObject([{ came: 'made' }]);
    expect(cache.kind('live').get(asks.key())).toBe('false');
  });
});

describe('a refresh', () => {
  it('is one of a few at the same time', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `file ${index}`);
    const { outline, hold, takeRuns, files, quiet } = trial({
      cache: { refreshConcurrency: 3 },
      files: Object.fromEntries(names.map((name) => [name, name])),
    });
    await outline.many(names.map((name) => [name]));
    takeRuns();
    const gates: (() => void)[] = [];
    const next = () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold.gate = promise;
      gates.push(resolve);
    };
    next();
    for (const name of names) files.edit(name, `new ${name}`);
    files.watch.tell({
      type: 'workspace.changed',
      changes: names.map((name) => ({ type: 'file', name, before: 'was', now: 'is' })),
    });
    let runs = 0;
    for (const wanted of [3, 3, 3, 1]) {
      await quiet();
      const ran = takeRuns().length;
      expect(ran).toBe(wanted);
      runs += ran;
      const release = gates.at(-1);
      next();
      release?.();
    }
    expect(runs).toBe(10);
  });

  it('gathers the changes that come meanwhile, and follows them up together', async () => {
    const { outline, hold, takeRuns, files, tellOf, quiet, heard, cache } = trial();
    await outline.many([['a'], ['b']]);
    takeRuns();
    const { promise, resolve } = Promise.withResolvers<void>();
    hold.gate = promise;
    files.edit('a', 'two');
    tellOf('a', '2');
    await quiet();
    files.edit('b', 'cat');
    tellOf('b', '3', '2');
    files.edit('b', 'dog');
    tellOf('b', '4', '3');
    await quiet();
    expect(takeRuns()).toEqual(['outline a']);
    resolve();
    await quiet();
    expect(takeRuns()).toEqual(['outline b']);
    expect(heard).toMatchObject([
      { changes: [{ name: 'a', now: '2' }] },
      { changes: [{ name: 'b', before: '2', now: '4' }] },
    ]);
    expect(cache.kind('live').get(outline.key('b'))).toBe('dog');
  });

  it('is a background generation, which a reader joins', async () => {
    const { cache, outline, hold, takeRuns, files, tellOf, quiet } = trial();
    await outline('a');
    takeRuns();
    const background: boolean[] = [];
    cache.on('generation.started', (event) => background.push(event.background));
    const { promise, resolve } = Promise.withResolvers<void>();
    hold.gate = promise;
    files.edit('a', 'two');
    tellOf('a');
    await quiet();
    const reading = outline.resolve('a');
    await quiet();
    resolve();
    expect(await reading).toMatchObject({ value: 'two', outcome: 'coalesced' });
    expect([background, takeRuns()]).toEqual([[true], ['outline a']]);
    const { calls, internal } = cache.stats();
    expect([calls, internal.calls, internal.outcomes.generated]).toEqual([2, 1, 1]);
  });

  it('keeps the process alive only while a reader waits for it', async () => {
    const keeping = new Set<Timer>();
    class KeepingClock extends ManualClock {
      override setTimeout(callback: () => void, milliseconds: number): Timer {
        const timer = super.setTimeout(callback, milliseconds);
        const forget = () => void keeping.delete(timer);
        keeping.add(timer);
        return {
          cancel: () => {
            forget();
            timer.cancel();
          },
          unref: forget,
          ref: () => void keeping.add(timer),
        };
      }
    }
    const clock = new KeepingClock();
    const { outline, hold, files, tellOf, quiet } = trial({
      cache: { clock },
      kind: { ttl: 1_000, refreshAhead: 0.5, jitter: 0 },
    });
    await outline.many([['a'], ['b']]);
    const { promise, resolve } = Promise.withResolvers<void>();
    hold.gate = promise;
    files.edit('a', 'two');
    tellOf('a');
    await quiet();
    expect(keeping.size).toBe(0);
    const reading = outline('a');
    await quiet();
    expect(keeping.size).toBe(1);
    resolve();
    await reading;
    expect(keeping.size).toBe(0);
    // Nor is it kept for a refresh that joins what is in the background already.
    hold.gate = new Promise(() => {});
    await clock.advance(500);
    await outline('b');
    files.edit('b', 'two');
    tellOf('b');
    await quiet();
    expect(keeping.size).toBe(0);
  });

  it('follows up together what was told in one turn', async () => {
    const { outline, files, tellOf, quiet, heard } = trial();
    await outline.many([['a'], ['b']]);
    files.edit('a', 'two');
    tellOf('a');
    files.edit('b', 'two');
    tellOf('b');
    await quiet();
    expect(heard).toMatchObject([{ changes: [{ name: 'a' }, { name: 'b' }] }]);
  });

  it('of what holds and is due to be refreshed ahead leaves that to a reader', async () => {
    const { outline, change, takeRuns, clock } = trial({
      kind: { ttl: 1_000, refreshAhead: 0.5, jitter: 0 },
    });
    await outline('a');
    takeRuns();
    await clock.advance(500);
    await change('a', 'one');
    expect(takeRuns()).toEqual([]);
    await outline('a');
    await settled();
    expect(takeRuns()).toEqual(['outline a']);
  });

  it('that fails is told as every failure, is held back, and is tried again', async () => {
    const { outline, hold, change, tellOf, quiet, takeRuns, heard, clock } = trial();
    await outline('a');
    takeRuns();
    hold.down = true;
    await change('a', 'two');
    expect(takeRuns()).toEqual(['outline a']);
    expect(heard).toMatchObject([
      { type: 'generation.failed', background: true },
      { type: 'refresh.settled', entries: [{ came: 'failed' }] },
    ]);
    tellOf('a');
    await quiet();
    expect(takeRuns()).toEqual([]);
    await clock.advance(1_000);
    tellOf('a');
    await quiet();
    expect(takeRuns()).toEqual(['outline a']);
    // Another state of what it had read is another chance, whatever time it is.
    await change('a', 'three');
    expect(takeRuns()).toEqual(['outline a']);
  });

  it('that is held back runs nothing to find out whether it still has to be', async () => {
    const { cache, outline, change, takeRuns, entries } = trial();
    let down = false;
    const top = cache.define({
      kind: 'live',
      name: 'top',
      generate: async (ctx) => {
        const text = `${await ctx.file('b')} ${await ctx.use(outline, 'a')}`;
        if (down) throw new Error('provider down');
        return text;
      },
    });
    await top();
    down = true;
    await change('b', 'other');
    takeRuns();
    await change('a', 'one and more');
    expect([takeRuns(), entries().at(-1)]).toMatchObject([[], { came: 'left' }]);
  });

  it('is not begun once the cache closes, though it was being found out whether it still has to be', async () => {
    const { cache, clock, files, outline, hold, change, tellOf, quiet, takeRuns } = trial();
    await outline('a');
    hold.down = true;
    await change('a', 'two');
    takeRuns();
    files.edit('a', 'three');
    const gate = Promise.withResolvers<void>();
    files.gate = () => gate.promise;
    tellOf('a');
    await quiet();
    // Something that it waits for.
    cache.getOrGenerate('key', () => new Promise(() => {})).catch(() => {});
    const closing = cache.close();
    gate.resolve();
    await quiet();
    await clock.advance(5_000);
    await closing;
    expect(takeRuns()).toEqual([]);
  });

  it('runs nothing where the store cannot say what others have invalidated', async () => {
    const store = new MemoryStore();
    const { outline, change, takeRuns } = trial({ cache: { store, coherence: 'strict' } });
    await outline('a');
    takeRuns();
    store.catchUp = async () => Promise.reject(new Error('store down'));
    await change('a', 'two');
    expect(takeRuns()).toEqual([]);
  });

  it('that made a value which is not kept has made it', async () => {
    const { cache, change, entries } = trial();
    let skips = false;
    const top = cache.define({
      kind: 'live',
      name: 'top',
      generate: async (ctx) => (skips ? ctx.skip(await ctx.file('a')) : ctx.file('a')),
    });
    await top();
    skips = true;
    await change('a', 'two');
    expect(entries()).toMatchObject([{ came: 'made' }]);
  });

  it('tells of what a reader has tried meanwhile, and failed', async () => {
    const { cache, outline, hold, files, tellOf, quiet, entries } = trial();
    let down = false;
    const lazy = cache.define({
      kind: 'lazy',
      name: 'lazy',
      generate: async (ctx) => {
        const text = await ctx.file('a');
        if (down) throw new Error('provider down');
        return text;
      },
    });
    await lazy();
    await outline('a');
    const { promise, resolve } = Promise.withResolvers<void>();
    hold.gate = promise;
    files.edit('a', 'two');
    tellOf('a');
    await quiet();
    down = true;
    await expect(lazy()).rejects.toThrow('provider down');
    resolve();
    await quiet();
    expect(entries().map(({ came }) => came)).toEqual(['failed', 'made']);
  });

  it('is begun if the budget allows', async () => {
    const asked: unknown[] = [];
    let allow = false;
    const { outline, change, takeRuns, entries } = trial({
      cache: {
        refreshBudget: (about) => {
          asked.push(about);
          return allow;
        },
      },
    });
    await outline('a');
    takeRuns();
    await change('a', 'two');
    expect(asked).toMatchObject([{ scope: '', kind: 'live', key: outline.key('a'), cost: { seconds: 0 } }]);
    expect([takeRuns(), entries().map(({ came }) => came)]).toEqual([[], ['left']]);
    allow = true;
    await change('a', 'three');
    expect(takeRuns()).toEqual(['outline a']);
  });

  it('that throws is an error, its entry counts as unknown, and the next one has its turn', async () => {
    const { cache, files, outline, change, takeRuns, heard, entries } = trial({
      cache: {
        refreshConcurrency: 1,
        refreshBudget: ({ key }) => {
          if (key.equals(outline.key('a'))) throw new Error('as the test wants it');
          return true;
        },
      },
    });
    await outline.many([['a'], ['b']]);
    takeRuns();
    files.edit('a', 'two');
    files.edit('b', 'two');
    files.watch.tell({
      type: 'workspace.changed',
      changes: ['a', 'b'].map((name) => ({ type: 'file', name, before: 'was', now: 'is' })),
    });
    await change('nothing', '');
    expect(takeRuns()).toEqual(['outline b']);
    expect(heard).toContainEqual({
      type: 'workspace.error',
      error: new Error('as the test wants it'),
      count: 1,
    });
    expect(entries().map(({ came }) => came)).toEqual(['failed', 'made']);
    expect(cache.kind('live').peek(outline.key('a'))).toMatchObject({ value: 'one', stale: 'changed' });
    files.watch.lie = true;
    expect(await outline('a')).toBe('two');
  });

  it('does not outlive the cache', async () => {
    const { cache, clock, files, outline, hold, takeRuns, quiet, heard, tellOf } = trial({
      cache: { refreshConcurrency: 1 },
    });
    await outline.many([['a'], ['b']]);
    takeRuns();
    hold.gate = new Promise(() => {});
    files.edit('a', 'two');
    files.edit('b', 'two');
    tellOf('a');
    tellOf('b');
    await quiet();
    expect(takeRuns()).toEqual(['outline a']);
    const closing = cache.close();
    tellOf('b');
    await clock.advance(5_000);
    await closing;
    await quiet();
    expect([takeRuns(), heard.map(({ type }) => type)]).toEqual([[], ['generation.failed']]);
    expect([files.watch.listeners.size, files.watch.revisionListeners.size, clock.timers]).toEqual([0, 0, 0]);
  });
});

const names = ['a', 'b', 'c'] as const;

describe('refreshes among readers and edits', () => {
  it('end with every entry right, none made twice at a time, and no more at once than are to be', async () => {
    const step = fc.oneof(
      fc.record({ edit: fc.constantFrom(...names), text: fc.constantFrom('one', 'two', 'two!', '3') }),
      fc.record({ read: fc.constantFrom(...names) }),
      fc.constant('index' as const),
      fc.constant('tell' as const),
    );
    const somePace = fc.integer({ min: 1, max: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        somePace,
        fc.array(step, { maxLength: 25 }),
        async (scheduler, concurrency, steps) => {
          const it = trial({
            cache: { refreshConcurrency: concurrency },
            files: { a: 'one', b: 'one', c: 'one' },
          });
          const { files, outline, index, cache, quiet } = it;
          let [atOnce, most] = [0, 0];
          const underWay = new Set<string>();
          const background = new Set<string>();
          cache.on('generation.started', ({ key, ...event }) => {
            expect(underWay.has(String(key))).toBe(false);
            underWay.add(String(key));
            if (!event.background) return;
            background.add(String(key));
            atOnce += 1;
            most = Math.max(most, atOnce);
          });
          const end = ({ key }: { readonly key: { toString(): string } }) => {
            underWay.delete(String(key));
            if (background.delete(String(key))) atOnce -= 1;
          };
          cache.on('generation.succeeded', end);
          cache.on('generation.failed', end);
          Object.defineProperty(it.hold, 'gate', { get: () => scheduler.schedule(Promise.resolve()) });
          await scheduler.waitFor(Promise.all([index([...names]), ...names.map((name) => outline(name))]));
          const untold = new Set<string>();
          const tell = () => {
            const changes = [...untold].map(
              (name) => ({ type: 'file', name, before: 'was', now: 'is' }) as const,
            );
            untold.clear();
            files.watch.tell({ type: 'workspace.changed', changes });
          };
          const reads: Promise<unknown>[] = [];
          const { task } = scheduler.scheduleSequence(
            steps.map((one) => async () => {
              if (one === 'tell') tell();
              else if (one === 'index') reads.push(index([...names]));
              else if ('read' in one) reads.push(outline(one.read));
              else {
                files.edit(one.edit, one.text);
                untold.add(one.edit);
              }
            }),
          );
          await scheduler.waitFor(task);
          await scheduler.waitFor(Promise.all(reads));
          tell();
          for (let round = 0; round < 20; round += 1) {
            await quiet();
            await scheduler.waitAll();
          }
          it.takeRuns();
          const texts = names.map((name) => files.contents.get(name)?.slice(0, 3));
          const answers = await scheduler.waitFor(
            Promise.all([...names.map((name) => outline(name)), index([...names])]),
          );
          expect(answers).toEqual([...texts, texts.join()]);
          expect(most).toBeLessThanOrEqual(concurrency);
          await cache.close();
        },
      ),
    );
  });
});

describe('what the workspace tells', () => {
  it('is told by the cache, until it is closed', async () => {
    const { cache, files } = trial();
    const heard: string[] = [];
    for (const name of [
      'workspace.state',
      'workspace.changed',
      'workspace.warning',
      'workspace.error',
    ] as const) {
      cache.on(name, ({ type }) => heard.push(type));
    }
    files.watch.tell({ type: 'workspace.state', status: { state: 'LIVE', epoch: 1 } });
    files.watch.tell({ type: 'workspace.changed', changes: [] });
    files.watch.tell({ type: 'workspace.warning', path: 'a', error: new Error('EIO') });
    files.watch.tell({ type: 'workspace.error', error: new Error('EIO'), count: 1 });
    expect(heard).toEqual(['workspace.state', 'workspace.changed', 'workspace.warning', 'workspace.error']);
    await cache.close();
    expect(files.watch.listeners.size).toBe(0);
  });
});

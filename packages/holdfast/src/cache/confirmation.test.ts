import { beforeEach, describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { settled } from '../testing/manual-clock.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import type { GenerationContext } from './generator.ts';
import { type KindOptions, kind } from './kind.ts';

let files: MemoryFiles;

beforeEach(() => {
  files = new MemoryFiles({ a: '1', b: '1' });
});

function trial(options: KindOptions<string> = {}) {
  return createTestCache({
    workspace: files,
    kinds: { default: kind(options), brief: kind<string>({ ttl: 100 }), passing: kind<string>({ ttl: 0 }) },
  });
}

/** A generator that reads `a`, and whose runs a test holds up after that. */
function reading() {
  const held = new HeldGenerator<void>();
  const seen: string[] = [];
  const generate = async (ctx: GenerationContext) => {
    const text = await ctx.file('a');
    seen.push(text);
    await held.generate(ctx);
    return text;
  };
  return { held, seen, generate };
}

describe('a file that changes while a generator runs', () => {
  it('makes it run anew, and the caller gets what is true at the end', async () => {
    const { cache } = trial();
    const { held, seen, generate } = reading();
    const restarts: unknown[] = [];
    cache.on('generation.restarted', ({ dependency, run }) => restarts.push([dependency, run]));
    const call = cache.resolve('key', generate);
    await settled();
    files.contents.set('a', '2');
    held.run(0).resolve();
    await settled();
    held.run(1).resolve();
    expect(await call).toMatchObject({ value: '2', outcome: 'generated', stale: false });
    expect([seen, restarts]).toEqual([['1', '2'], [['a', 1]]]);
    expect(cache.stats()).toMatchObject({ generations: { started: 1, succeeded: 1 } });
  });

  it('leaves what the first run made, which is right again when the file is as it was', async () => {
    const { cache } = trial();
    const { held, seen, generate } = reading();
    const call = cache.resolve('key', generate);
    await settled();
    files.contents.set('a', '2');
    held.run(0).resolve();
    await settled();
    held.run(1).resolve();
    await call;
    files.contents.set('a', '1');
    expect(await cache.resolve('key', generate)).toMatchObject({ value: '1', outcome: 'hit' });
    expect(seen).toEqual(['1', '2']);
  });

  it('does not make it run anew where a listener who is told of that gives the call up', async () => {
    const { cache } = trial();
    const { held, generate } = reading();
    const caller = new AbortController();
    cache.on('generation.restarted', () => caller.abort('enough'));
    let runs = 0;
    const counted = (ctx: GenerationContext) => {
      runs += 1;
      return generate(ctx);
    };
    const call = cache.resolve('key', counted, { signal: caller.signal });
    await settled();
    files.contents.set('a', '2');
    held.run(0).resolve();
    await expect(call).rejects.toBe('enough');
    await settled();
    expect(runs).toBe(1);
  });

  it('and back again has cost nothing', async () => {
    const { cache } = trial();
    const { held, seen, generate } = reading();
    const call = cache.getOrGenerate('key', generate);
    await settled();
    files.contents.set('a', '2');
    files.contents.set('a', '1');
    held.run(0).resolve();
    expect(await call).toBe('1');
    expect(seen).toEqual(['1']);
  });

  it('every time is E_UNSTABLE_INPUTS after four runs, or a stale value inside its window', async () => {
    const { cache, clock } = trial({ staleIfError: 1_000 });
    let edits = 0;
    const restless = async (ctx: GenerationContext) => {
      const text = await ctx.file('a');
      edits += 1;
      files.contents.set('a', `edit ${edits}`);
      return text;
    };
    // What the last run made is the newest that there is, and it is marked.
    expect(await cache.resolve('key', restless)).toMatchObject({
      value: 'edit 3',
      outcome: 'stale',
      stale: 'changed',
      reason: 'failed',
    });
    expect(edits).toBe(4);
    await clock.advance(60_000);
    await expect(cache.resolve('other', restless, { mode: 'bypass' })).rejects.toMatchObject({
      code: 'E_UNSTABLE_INPUTS',
    });
    expect(edits).toBe(8);
    const { cache: strict } = trial();
    await expect(strict.resolve('key', restless)).rejects.toMatchObject({ code: 'E_UNSTABLE_INPUTS' });
  });

  it('and makes it fail makes it run anew, too: the failure was one of a state that never was', async () => {
    const { cache } = trial();
    let runs = 0;
    const value = cache.getOrGenerate('key', async (ctx) => {
      runs += 1;
      const names = await ctx.glob('*');
      if (runs === 1) files.contents.delete('b');
      return (await Promise.all(names.map((name) => ctx.file(name)))).join();
    });
    expect(await value).toBe('1');
    expect(runs).toBe(2);
  });

  it('is not confirmed while it cannot be looked at', async () => {
    const { cache } = trial();
    let runs = 0;
    const call = cache.getOrGenerate('key', async (ctx) => {
      files.broken = false;
      runs += 1;
      const text = await ctx.file('a');
      files.broken = runs === 1;
      return text;
    });
    expect(await call).toBe('1');
    expect(runs).toBe(2);
  });

  it('restarts every key of a bulk call', async () => {
    const { cache } = trial();
    const asked: string[][] = [];
    const values = await cache.getOrGenerateMany(['x', 'y'], async (missing, ctx) => {
      asked.push([...missing]);
      const text = await ctx.file('a');
      if (asked.length === 1) files.contents.set('a', '2');
      return missing.map((key) => [key, text + key] as const);
    });
    expect([...values]).toEqual([
      ['x', '2x'],
      ['y', '2y'],
    ]);
    expect(asked).toEqual([
      ['x', 'y'],
      ['x', 'y'],
    ]);
  });

  it('takes what the first run said of the entry with it', async () => {
    const { cache } = trial();
    let runs = 0;
    await cache.getOrGenerate(
      'key',
      async (ctx) => {
        runs += 1;
        ctx.tag(`run ${runs}`);
        if (runs === 1) ctx.ttl(1);
        const text = await ctx.file('a');
        if (runs === 1) files.contents.set('a', '2');
        return text;
      },
      { tags: ['leader'] },
    );
    const [entry] = await Array.fromAsync(cache.entries());
    expect(entry?.tags).toEqual(['leader', 'run 2']);
    expect((await cache.explain('key')).freshFor).toBeUndefined();
  });

  it('is no matter where the generator has said that the value is stale, or read nothing', async () => {
    const { cache } = trial();
    expect(await cache.getOrGenerate('key', async () => 'made of nothing')).toBe('made of nothing');
    expect(files.checks).toBe(0);
  });
});

describe('a caller that comes after the last look at what a value was made from', () => {
  it('is given another look, and whoever came before is not kept waiting for it', async () => {
    const { cache } = trial();
    const { held, seen, generate } = reading();
    const early = cache.resolve('key', generate);
    await settled();
    const looking = Promise.withResolvers<void>();
    files.gate = () => looking.promise;
    held.run(0).resolve();
    await settled();
    // The look has begun, and sees 1. What it came to is not told yet.
    const gateOfLate = Promise.withResolvers<void>();
    files.gate = () => gateOfLate.promise;
    const late = cache.resolve('key', generate);
    const shared = cache.getOrGenerate('key', generate);
    looking.resolve();
    expect(await early).toMatchObject({ value: '1', outcome: 'generated' });
    files.contents.set('a', '2');
    gateOfLate.resolve();
    await settled();
    held.run(1).resolve();
    expect((await late).value).toBe('2');
    expect(await shared).toBe('2');
    expect(seen).toEqual(['1', '2']);
  });
});

describe('an entry that a generator used', () => {
  const children = (cache: ReturnType<typeof trial>['cache'], kindName: 'default' | 'brief' | 'passing') => {
    const log: string[] = [];
    const child = cache.define({
      kind: kindName,
      name: 'child',
      generate: async (ctx) => {
        log.push('child');
        // As long as the text: an edit that leaves its length leaves the value.
        return String((await ctx.file('a')).length);
      },
    });
    const held = new HeldGenerator<void>();
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => {
        log.push('parent');
        const value = await ctx.use(child);
        await held.generate(ctx);
        return `parent of ${value}`;
      },
    });
    return { log, held, child, parent };
  };

  it('and that comes out equal after an edit, confirms the value: early cutoff', async () => {
    const { cache } = trial();
    const { log, held, parent } = children(cache, 'default');
    const call = parent();
    await settled();
    files.contents.set('a', '2');
    held.run(0).resolve();
    expect(await call).toBe('parent of 1');
    expect(log).toEqual(['parent', 'child', 'child']);
  });

  it('and that comes out different, restarts it', async () => {
    const { cache } = trial();
    const { log, held, parent } = children(cache, 'default');
    const call = parent();
    await settled();
    files.contents.set('a', '22');
    held.run(0).resolve();
    await settled();
    held.run(1).resolve();
    expect(await call).toBe('parent of 2');
    expect(log).toEqual(['parent', 'child', 'child', 'parent']);
  });

  it.each(['brief', 'passing'] as const)(
    'is not made anew because its time has passed meanwhile: of kind %s',
    async (name) => {
      const { cache, clock } = trial();
      const { log, held, parent } = children(cache, name);
      const call = parent();
      await settled();
      await clock.advance(1_000);
      // Nor because something else was written.
      await cache.set('other', 'value');
      held.run(0).resolve();
      expect(await call).toBe('parent of 1');
      expect(log).toEqual(['parent', 'child']);
    },
  );

  it.each([
    ['set to another value', '7', 2],
    ['set to the same value', '1', 1],
  ] as const)('and that is %s meanwhile, counts as what it is then', async (_, value, runs) => {
    const { cache } = trial();
    const { log, held, child, parent } = children(cache, 'default');
    const call = parent();
    await settled();
    await cache.set(child.key(), value);
    held.run(0).resolve();
    await settled();
    if (runs === 2) held.run(1).resolve();
    expect(await call).toBe(`parent of ${value}`);
    expect(log.filter((one) => one === 'parent')).toHaveLength(runs);
  });

  it('and that is invalidated meanwhile, is made anew before the value is handed over', async () => {
    const { cache } = trial();
    const { log, held, child, parent } = children(cache, 'default');
    const call = parent();
    await settled();
    await child.invalidate();
    held.run(0).resolve();
    expect(await call).toBe('parent of 1');
    expect(log).toEqual(['parent', 'child', 'child']);
  });

  it('past the cache makes a value that is handed over and not kept: nothing could tell whether it still holds', async () => {
    const { cache } = trial();
    const { held, child } = children(cache, 'default');
    let runs = 0;
    const other = cache.define({
      name: 'other',
      generate: async (ctx) => {
        runs += 1;
        await ctx.use(child);
        return `other of ${await ctx.use(child.with({ mode: 'bypass' }))}`;
      },
    });
    expect(held.runs).toEqual([]);
    expect(await other()).toBe('other of 1');
    expect(await other()).toBe('other of 1');
    expect(runs).toBe(2);
  });

  it('and that only left for want of room, is taken as it was', async () => {
    const { cache } = createTestCache({ workspace: files, maxEntries: 1 });
    const { log, held, parent } = children(cache as never, 'default');
    const call = parent();
    await settled();
    await cache.getOrGenerate('other', async () => 'takes its place');
    held.run(0).resolve();
    expect(await call).toBe('parent of 1');
    expect(log).toEqual(['parent', 'child']);
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache, type TestCache } from '../testing/test-cache.ts';
import type { GenerationContext } from './generator.ts';

const code = (value: string) => expect.objectContaining({ code: value });

let files: MemoryFiles;
let cache: TestCache<Record<never, never>>['cache'];
let runs: number;

beforeEach(() => {
  files = new MemoryFiles({ 'a.md': '1', 'src/a.ts': 'text', 'src/b.ts': 'text', 'src/deep/c.ts': 'text' });
  ({ cache } = createTestCache({ workspace: files }));
  runs = 0;
});

/** The value of one key, made by a generator that counts its runs. */
function ask<T>(generate: (ctx: GenerationContext) => Promise<T>): Promise<T> {
  return cache.getOrGenerate<T>('key', (ctx) => {
    runs += 1;
    return generate(ctx);
  });
}

describe('what a generator asks of the files is a dependency', () => {
  it('exists: of the answer, whatever the content', async () => {
    const generate = async (ctx: GenerationContext) =>
      Promise.all(['a.md', 'src', 'new'].map((path) => ctx.exists(path)));
    expect(await ask(generate)).toEqual([true, true, false]);
    files.contents.set('a.md', 'another text');
    await ask(generate);
    expect(runs).toBe(1);
    files.contents.set('new', '');
    expect(await ask(generate)).toEqual([true, true, true]);
    files.contents.delete('a.md');
    expect(await ask(generate)).toEqual([false, true, true]);
    expect(runs).toBe(3);
  });

  it('list: of the names, whatever the contents', async () => {
    const generate = (ctx: GenerationContext) => ctx.list('src/');
    expect(await ask(generate)).toEqual(['src/a.ts', 'src/b.ts', 'src/deep']);
    files.contents.set('src/a.ts', 'another text');
    files.contents.set('src/deep/d.ts', 'below');
    await ask(generate);
    expect(runs).toBe(1);
    files.contents.set('src/new.ts', '');
    expect(await ask(generate)).toEqual(['src/a.ts', 'src/b.ts', 'src/deep', 'src/new.ts']);
    expect(await cache.lookup('key')).toBeDefined();
  });

  it('list of what is not there, too: E_FILE_ABSENT until it appears', async () => {
    const generate = (ctx: GenerationContext) =>
      ctx.list('new').catch((error: { code: string }) => [error.code]);
    expect(await ask(generate)).toEqual(['E_FILE_ABSENT']);
    await ask(generate);
    expect(runs).toBe(1);
    files.contents.set('new/x', '');
    expect(await ask(generate)).toEqual(['new/x']);
  });

  it('glob: of what it finds, and of how it is looked for', async () => {
    const generate = async (ctx: GenerationContext) => [
      await ctx.glob('src/**/*.ts'),
      await ctx.glob('src/**/*.ts', { ignore: ['src/deep/**'] }),
    ];
    expect(await ask(generate)).toEqual([
      ['src/a.ts', 'src/b.ts', 'src/deep/c.ts'],
      ['src/a.ts', 'src/b.ts'],
    ]);
    files.contents.set('src/a.ts', 'another text');
    files.contents.set('src/deep/c.md', 'not found');
    await ask(generate);
    expect(runs).toBe(1);
    files.contents.delete('src/deep/c.ts');
    expect(await ask(generate)).toEqual([
      ['src/a.ts', 'src/b.ts'],
      ['src/a.ts', 'src/b.ts'],
    ]);
  });

  it('a file that is something else, where the generator goes on without it: kept until it is a file', async () => {
    const generate = (ctx: GenerationContext) =>
      ctx.file('src').catch((error: { code: string }) => error.code);
    expect(await ask(generate)).toBe('E_NOT_A_FILE');
    await ask(generate);
    expect(runs).toBe(1);
    for (const path of ['src/a.ts', 'src/b.ts', 'src/deep/c.ts']) files.contents.delete(path);
    files.contents.set('src', 'a file');
    expect(await ask(generate)).toBe('a file');
  });

  it('but what nothing could be learned of can be stated of nothing: the value is not kept', async () => {
    const generate = async (ctx: GenerationContext) => {
      files.broken = true;
      const text = await ctx.file('a.md').catch((error: { code: string }) => error.code);
      files.broken = false;
      return text;
    };
    expect(await ask(generate)).toBe('E_FILE_UNREADABLE');
    expect(await ask(generate)).toBe('E_FILE_UNREADABLE');
    expect([runs, cache.peek('key')]).toEqual([2, undefined]);
  });

  it('and the answer is the same however often one run asks', async () => {
    const answers: unknown[] = [];
    await ask(async (ctx) => {
      const look = async () =>
        answers.push([
          await ctx.file('a.md'),
          await ctx.exists('new'),
          await ctx.list('.'),
          await ctx.glob('*'),
        ]);
      await look();
      if (runs === 1) {
        files.contents.set('a.md', '2');
        files.contents.set('new', '');
      }
      await look();
      return runs;
    });
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[3]).toEqual(answers[2]);
    expect(answers[2]).not.toEqual(answers[0]);
  });

  it('a list that the generator changes is its own', async () => {
    const lists = await ask(async (ctx) => {
      const first = await ctx.list('src');
      first.push('changed');
      return [first, await ctx.list('src')];
    });
    expect(lists[1]).toEqual(['src/a.ts', 'src/b.ts', 'src/deep']);
  });
});

describe('a text', () => {
  it('that is not UTF-8 is E_NOT_UTF8, and bytes gives it', async () => {
    const bytes = Uint8Array.of(0x63, 0x61, 0x66, 0xe9);
    files.read = async (path) => ({
      state: 'found',
      value: bytes,
      dependency: { type: 'file', path, digest: 'd' },
    });
    files.check = async () => ({ state: 'same' });
    await expect(ask((ctx) => ctx.file('café.txt'))).rejects.toEqual(code('E_NOT_UTF8'));
    await expect(ask((ctx) => ctx.file('café.txt'))).rejects.toThrow('"café.txt" is not valid UTF-8 text');
    expect(await ask((ctx) => ctx.bytes('café.txt'))).toEqual(bytes);
  });

  it('is given without its byte order mark', async () => {
    files.contents.set('a.md', '\uFEFFtext');
    expect(await ask((ctx) => ctx.file('a.md'))).toBe('text');
  });
});

describe('bad questions', () => {
  it('are answered by what was wrong, and the process lives', async () => {
    await expect(ask((ctx) => ctx.list('../x'))).rejects.toEqual(code('E_OUTSIDE_ROOT'));
    await expect(ask((ctx) => ctx.exists('../x'))).rejects.toEqual(code('E_OUTSIDE_ROOT'));
    await expect(ask((ctx) => ctx.glob('*', { dots: true } as never))).rejects.toThrow("no option 'dots'");
    await expect(ask(async (ctx) => ctx.env(''))).rejects.toEqual(code('E_OPTION'));
    const { cache: bare } = createTestCache();
    for (const method of ['file', 'bytes', 'exists', 'list', 'glob'] as const) {
      const asking = bare.getOrGenerate('key', (ctx) => ctx[method]('a') as Promise<unknown>);
      await expect(asking).rejects.toThrow(`ctx.${method} needs a workspace`);
      await expect(asking).rejects.toEqual(code('E_NO_WORKSPACE'));
    }
    expect(await bare.getOrGenerate('key', async (ctx) => ctx.env('HOLDFAST_NO_SUCH') ?? 'unset')).toBe(
      'unset',
    );
  });
});

describe('a remembered failure', () => {
  it.each([
    ['of a file that could not be read', 'a.md', () => undefined],
    ['of a file that was something else', 'src', () => files.contents.clear()],
  ])('%s ends when that can be had', async (_, path, mend) => {
    const { kind } = await import('./kind.ts');
    ({ cache } = createTestCache({
      workspace: files,
      kinds: { default: kind({ negativeTtl: '1h' }) },
    }) as never);
    files.broken = path === 'a.md';
    const generate = (ctx: GenerationContext) => ctx.file(path);
    await expect(ask(generate)).rejects.toBeDefined();
    await expect(ask(generate)).rejects.toEqual(code('E_REMEMBERED_FAILURE'));
    files.broken = false;
    mend();
    files.contents.set(path, 'text');
    expect(await ask(generate)).toBe('text');
    expect(runs).toBe(2);
  });
});

describe('set with files', () => {
  const lookup = async () => (await cache.lookup('key'))?.value;

  it('keeps the value while the files are as they are now', async () => {
    expect(await cache.set('key', 'value', { files: ['a.md', 'src/a.ts', './a.md'] })).toEqual({
      persisted: false,
    });
    expect(cache.get('key')).toBeUndefined();
    expect(await lookup()).toBe('value');
    expect((await cache.explain('key')).dependencies.map(({ on }) => on)).toEqual(['a.md', 'src/a.ts']);
    files.contents.set('src/a.ts', 'edited');
    expect(await lookup()).toBeUndefined();
    files.contents.set('src/a.ts', 'text');
    expect(await lookup()).toBe('value');
  });

  it('takes the bytes or the text that were read, against which the files are held', async () => {
    const bytes = new TextEncoder().encode('1');
    files.contents.set('a.md', 'edited in between');
    await cache.set('key', 'value', { files: { 'a.md': bytes, 'src/a.ts': 'text' } });
    expect(await lookup()).toBeUndefined();
    files.contents.set('a.md', '1');
    expect(await lookup()).toBe('value');
  });

  it('rejects for a file that cannot be hashed, and changes nothing', async () => {
    await cache.set('key', 'before');
    await expect(cache.set('key', 'value', { files: ['new'] })).rejects.toEqual(code('E_FILE_ABSENT'));
    await expect(cache.set('key', 'value', { files: ['src'] })).rejects.toEqual(code('E_NOT_A_FILE'));
    await expect(cache.set('key', 'value', { files: ['new', '../x'] })).rejects.toEqual(
      code('E_OUTSIDE_ROOT'),
    );
    await expect(cache.set('key', 'value', { files: 'a.md' as never })).rejects.toEqual(code('E_OPTION'));
    await expect(cache.set('key', 'value', { files: { 'a.md': 1 } as never })).rejects.toEqual(
      code('E_OPTION'),
    );
    await expect(createTestCache().cache.set('key', 1, { files: ['a'] })).rejects.toEqual(
      code('E_NO_WORKSPACE'),
    );
    expect(cache.get('key')).toBe('before');
  });

  it('overtakes what is being made when it is hashed, and setMany takes it for every key', async () => {
    const entries = [
      ['x', 1],
      ['y', 2],
    ] as const;
    await cache.setMany(entries, { files: ['a.md'] });
    expect((await cache.lookup('y'))?.value).toBe(2);
    files.contents.set('a.md', 'edited');
    expect([await cache.lookup('x'), await cache.lookup('y')]).toEqual([undefined, undefined]);
  });

  it('is dropped by a selector of the file', async () => {
    await cache.set('key', 'value', { files: ['a.md'] });
    expect((await cache.dependents('a.md')).map(String)).toEqual([
      (await cache.explain('key')).key.toString(),
    ]);
    expect(await cache.invalidate({ file: 'a.md' })).toEqual({ count: 1 });
    expect(await lookup()).toBeUndefined();
  });
});

describe('explain', () => {
  it('tells what an entry is made from, and why it was last made', async () => {
    const child = cache.define({ name: 'child', generate: (ctx) => ctx.file('a.md') });
    const parent = cache.define({
      name: 'parent',
      generate: async (ctx) => [
        await ctx.use(child),
        ctx.env('HOLDFAST_NO_SUCH') ?? '',
        String(await ctx.exists('new')),
        ...(await ctx.list('src/deep')),
        ...(await ctx.glob('*.md')),
      ],
    });
    await parent();
    const first = await parent.explain();
    expect(first.dependencies.map(({ type, on }) => `${type} ${type === 'key' ? 'child' : on}`)).toEqual([
      'env HOLDFAST_NO_SUCH',
      'exists new',
      'dir src/deep',
      'glob *.md',
      'key child',
    ]);
    expect(first.regenerated).toBeUndefined();
    files.contents.set('a.md', '2');
    await parent();
    const { digest: was } = first.dependencies.at(-1) as { digest: string };
    expect((await parent.explain()).regenerated).toEqual({
      because: 'changed',
      at: expect.any(Number),
      on: child.key(),
      was,
      is: expect.not.stringMatching(was),
    });
    expect((await child.explain()).regenerated).toMatchObject({ because: 'changed', on: 'a.md' });
    files.broken = true;
    expect(await child.explain()).toMatchObject({
      state: 'unknown',
      difference: { on: 'a.md', is: 'unknown' },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { createCache } from './cache.ts';
import { kind } from './kind.ts';

const error = (code: string, ...parts: string[]) =>
  expect.objectContaining({
    code,
    message: expect.stringMatching(parts.map((part) => `(?=.*${part})`).join('')),
  });

describe('the options of a cache', () => {
  it('all have defaults', async () => {
    const cache = createCache();
    expect(await cache.getOrGenerate('key', async () => 'value')).toBe('value');
    expect(cache.get('key')).toBe('value');
    await cache.close();
  });

  it.each([
    [null, 'E_OPTION', ['options', 'null']],
    [{ maxEntrys: 5 }, 'E_OPTION', ["'maxEntrys'", 'maxEntries']],
    [{ maxEntries: 0 }, 'E_OPTION', ["'maxEntries'", 'not 0']],
    [{ maxEntries: 1.5 }, 'E_OPTION', ["'maxEntries'", 'not 1.5']],
    [{ maxEntries: '10' }, 'E_OPTION', ["'maxEntries'"]],
    [{ maxBytes: -1 }, 'E_SIZE', ["'maxBytes'", 'not -1']],
    [{ maxBytes: '256 MB' }, 'E_SIZE', ["'maxBytes'", "'256 MB'"]],
    [{ maxBytes: Number.NaN }, 'E_SIZE', ["'maxBytes'", 'NaN']],
    [{ maxEntryBytes: '2KiB', maxBytes: '1KiB' }, 'E_OPTION', ["'maxEntryBytes'", '2048', '1024']],
    [{ eviction: 'fifo' }, 'E_OPTION', ["'eviction'", "'s3-fifo'", "'fifo'"]],
    [{ kinds: null }, 'E_OPTION', ["'kinds'", 'null']],
    [{ kinds: { summary: { ttl: '1h' } } }, 'E_OPTION', ["'summary'", 'kind\\(']],
    [{ clock: { now: () => 1 } }, 'E_OPTION', ["'clock'"]],
    [{ workspace: '/src' }, 'E_OPTION', ["'workspace'"]],
    [{ random: 0.5 }, 'E_OPTION', ["'random'"]],
    [{ workspace: Object.assign(new MemoryFiles(), { watch: {} }) }, 'E_OPTION', ["'workspace.watch'"]],
    [{ refreshConcurrency: 0 }, 'E_OPTION', ["'refreshConcurrency'", 'not 0']],
    [{ refreshConcurrency: 2.5 }, 'E_OPTION', ["'refreshConcurrency'", 'not 2.5']],
    [{ refreshBudget: 5 }, 'E_OPTION', ["'refreshBudget'"]],
  ])('fail at construction, naming the option and the bad value: %o', (options, code, parts) => {
    expect(() => createCache(options as never)).toThrow(error(code, ...parts));
  });
});

describe('the options of a kind', () => {
  it.each([
    [{ ttl: '1 hour' }, 'E_DURATION', ["'ttl'", "'summary'", "'1 hour'"]],
    [{ ttl: -1 }, 'E_DURATION', ["'ttl'", '-1']],
    [{ staleWhileRevalidate: Number.NaN }, 'E_DURATION', ["'staleWhileRevalidate'"]],
    [{ staleIfError: null }, 'E_DURATION', ["'staleIfError'"]],
    [{ negativeTtl: {} }, 'E_DURATION', ["'negativeTtl'"]],
    [{ generationTimeout: 0 }, 'E_OPTION', ["'generationTimeout'", 'more than 0']],
    [{ refreshAhead: 1.1 }, 'E_OPTION', ["'refreshAhead'", '1.1']],
    [{ jitter: -0.1 }, 'E_OPTION', ["'jitter'", '-0.1']],
    [{ onAbandon: 'stop' }, 'E_OPTION', ["'onAbandon'", "'stop'"]],
    [{ freshness: 'loose' }, 'E_OPTION', ["'freshness'", "'loose'"]],
    [{ refresh: 'always' }, 'E_OPTION', ["'refresh'", "'on-change'", "'always'"]],
    [{ values: 'copied' }, 'E_OPTION', ["'values'", "'copied'"]],
    [{ backoff: { first: 'x' } }, 'E_DURATION', ["'backoff.first'"]],
    [{ backoff: { min: 1 } }, 'E_OPTION', ["'min'"]],
    [{ schema: {} }, 'E_OPTION', ["'schema'"]],
    [{ weigh: 5 }, 'E_OPTION', ["'weigh'"]],
    [{ digest: 'sha' }, 'E_OPTION', ["'digest'"]],
    [{ serveChanged: 'yes' }, 'E_OPTION', ["'serveChanged'"]],
    [{ staleIfErorr: 1 }, 'E_OPTION', ["'staleIfErorr'", 'staleIfError']],
  ])('fail at construction, naming kind, option and bad value: %o', (options, code, parts) => {
    expect(() => createCache({ kinds: { summary: kind(options as never) } })).toThrow(error(code, ...parts));
  });
});

describe('the options of a call', () => {
  it.each([
    [{ timeout: 'soon' }, 'E_DURATION', ["'timeout'"]],
    [{ staleAfter: -1 }, 'E_DURATION', ["'staleAfter'"]],
    [{ ttl: '1x' }, 'E_DURATION', ["'ttl'"]],
    [{ mode: 'fast' }, 'E_OPTION', ["'mode'", "'fast'"]],
    [{ freshness: 'loose' }, 'E_OPTION', ["'freshness'"]],
    [{ tags: 'tag' }, 'E_OPTION', ["'tags'"]],
    [{ tags: [''] }, 'E_OPTION', ["'tags'"]],
    [{ tags: [1] }, 'E_OPTION', ["'tags'"]],
    [{ signal: {} }, 'E_OPTION', ["'signal'"]],
    [{ timeOut: 1 }, 'E_OPTION', ["'timeOut'"]],
    [null, 'E_OPTION', ['null']],
  ])('reject, never throw, and run no generator: %o', async (options, code, parts) => {
    const { cache } = createTestCache();
    let runs = 0;
    const generate = async () => {
      runs += 1;
      return 1;
    };
    await expect(cache.getOrGenerate('key', generate, options as never)).rejects.toEqual(
      error(code, ...parts),
    );
    await expect(cache.resolve('key', generate, options as never)).rejects.toEqual(error(code, ...parts));
    await expect(
      cache.getOrGenerateMany(['key'], async () => [['key', await generate()]], options as never),
    ).rejects.toEqual(error(code, ...parts));
    expect(runs).toBe(0);
  });

  it('of set reject alike', async () => {
    const { cache } = createTestCache();
    await expect(cache.set('key', 1, { ttl: 'x' as never })).rejects.toEqual(error('E_DURATION', "'ttl'"));
    await expect(cache.set('key', 1, { tags: 'x' as never })).rejects.toEqual(error('E_OPTION', "'tags'"));
    await expect(cache.set('key', 1, { mode: 'x' } as never)).rejects.toEqual(error('E_OPTION', "'mode'"));
    await expect(cache.set('key', undefined)).rejects.toEqual(error('E_UNDEFINED_VALUE'));
    await expect(cache.set('key', Promise.resolve(1))).rejects.toEqual(error('E_VALUE', 'promise'));
    expect(cache.peek('key')).toBeUndefined();
  });
});

describe('kinds and selectors', () => {
  it('refuse an undeclared kind with E_UNKNOWN_KIND, naming what is declared', async () => {
    const { cache } = createTestCache({ kinds: { summary: kind() } });
    expect(() => cache.kind('sumary' as never)).toThrow(
      error('E_UNKNOWN_KIND', "'sumary'", "'summary'", "'default'"),
    );
    await expect(cache.invalidate({ kind: 'sumary' })).rejects.toEqual(error('E_UNKNOWN_KIND', "'sumary'"));
    for (const name of ['toString', '__proto__', 'constructor']) {
      expect(() => cache.kind(name as never)).toThrow(error('E_UNKNOWN_KIND'));
    }
  });

  it('take kinds.default as declared, and as it is where it is not', async () => {
    const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: 10 }) } });
    await cache.set('key', 'value');
    expect(cache.kind('default').get('key')).toBe('value');
    await clock.advance(10);
    expect(cache.kind('default').get('key')).toBeUndefined();
  });

  it.each([
    [{}],
    [{ kind: undefined }],
    [null],
    [[]],
    ['tag'],
    [{ tags: 'x' }],
    [{ tag: 1 }],
    [{ allScopes: false }],
    [{ scope: 'a', allScopes: true }],
  ])('refuse a selector like %o with E_SELECTOR', async (selector) => {
    const { cache } = createTestCache();
    await expect(cache.invalidate(selector as never)).rejects.toEqual(error('E_SELECTOR'));
    await expect(cache.expire(selector as never)).rejects.toEqual(error('E_SELECTOR'));
  });

  it('AND the fields of a selector, and match no dependents', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    await cache.set('a', 1, { tags: ['t'] });
    await cache.set('b', 1, { tags: ['u'] });
    await cache.kind('other').set('a', 'x', { tags: ['t'] });
    expect((await cache.invalidate({ kind: 'default', tag: 'x' })).count).toBe(0);
    expect((await cache.invalidate({ key: 'a', tag: 'u' })).count).toBe(0);
    expect((await cache.invalidate({ kind: 'other', tag: 't' })).count).toBe(1);
    expect([cache.get('a'), cache.get('b')]).toEqual([1, 1]);
    const child = cache.define({ name: 'child', generate: async () => 1 });
    const parent = cache.define({ name: 'parent', generate: async (ctx) => ctx.use(child) });
    await parent();
    expect((await cache.invalidate({ key: child.key() })).count).toBe(1);
    expect(cache.peek(parent.key())).toBeDefined();
  });
});

describe('a schema', () => {
  const numbers = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: (value: unknown) =>
        typeof value === 'number'
          ? { value: -1 }
          : { issues: [{ message: 'canary', path: ['a', { key: 'b' }] }] },
    },
  };

  it('validates what is generated and set, and never transforms', async () => {
    const { cache } = createTestCache({ kinds: { default: kind<number>({ schema: numbers as never }) } });
    expect(await cache.getOrGenerate('key', async () => 5)).toBe(5);
    await cache.set('key', 6);
    expect(cache.get('key')).toBe(6);
    const wrong = error('E_SCHEMA', "'default'", "'a.b'");
    await expect(cache.getOrGenerate('wrong', async () => 'x' as never)).rejects.toEqual(wrong);
    await expect(cache.set('key', 'x' as never)).rejects.toEqual(wrong);
    expect(cache.get('key')).toBe(6);
    expect(cache.peek('wrong')).toBeUndefined();
  });

  it('may be asynchronous', async () => {
    const asynchronous = {
      '~standard': {
        ...numbers['~standard'],
        validate: async (value: unknown) => numbers['~standard'].validate(value),
      },
    };
    const { cache } = createTestCache({
      kinds: { default: kind<number>({ schema: asynchronous as never }) },
    });
    expect(await cache.getOrGenerate('key', async () => 5)).toBe(5);
    await expect(cache.set('key', 'x' as never)).rejects.toEqual(error('E_SCHEMA'));
    expect(cache.get('key')).toBe(5);
  });
});

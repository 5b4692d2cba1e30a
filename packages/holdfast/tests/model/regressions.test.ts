import { expect, test } from 'vitest';
import { type GenerationContext, kind, type StandardSchema } from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';

/* What the property tests of this folder found, each in its smallest form. */

const aging = { kinds: { aging: kind<string>({ ttl: 100, staleIfError: 1_000 }) } };

test('a value whose tag is invalidated while it is renewed does not come back', async () => {
  const { cache, clock } = createTestCache(aging);
  const handle = cache.kind('aging');
  await handle.set('k', 'old', { tags: ['t'] });
  await clock.advance(100);
  const { promise, resolve } = Promise.withResolvers<void>();
  let shown: unknown;
  const before = handle.getOrGenerate('k', async (ctx) => {
    await promise;
    shown = ctx.stale;
    return ctx.notModified();
  });
  await cache.invalidate({ tag: 't' });
  const after = handle.getOrGenerate('k', () => 'new', { mode: 'default' });
  resolve();
  expect(await before).toBe('old');
  expect(await after).toBe('new');
  expect(shown).toBeUndefined();
  expect(handle.get('k')).toBe('new');
});

test('a renewed value keeps its tags', async () => {
  const { cache, clock } = createTestCache(aging);
  const handle = cache.kind('aging');
  await handle.set('k', 'old', { tags: ['t'] });
  await clock.advance(100);
  await handle.getOrGenerate('k', (ctx) => ctx.notModified());
  expect(handle.get('k')).toBe('old');
  expect(await cache.invalidate({ tag: 't' })).toEqual({ count: 1 });
  expect(handle.get('k')).toBeUndefined();
});

test('ctx.stale shows nothing any more once it was overtaken', async () => {
  const { cache, clock } = createTestCache(aging);
  const handle = cache.kind('aging');
  await handle.set('k', 'old');
  await clock.advance(100);
  const { promise, resolve } = Promise.withResolvers<string>();
  let context: GenerationContext | undefined;
  const value = handle.getOrGenerate('k', (ctx) => {
    context = ctx;
    return promise;
  });
  expect(context?.stale).toEqual({ value: 'old', age: 100, reason: 'aged' });
  await handle.invalidate('k');
  expect(context?.stale).toBeUndefined();
  resolve('made');
  expect(await value).toBe('made');
});

test('an invalidation by tag ends the back-off and the remembered failure of what it meant', async () => {
  const { cache } = createTestCache({ kinds: { negative: kind<string>({ ttl: 100, negativeTtl: 1_000 }) } });
  const handle = cache.kind('negative');
  await handle.set('k', 'old', { tags: ['t'] });
  const failing = () => Promise.reject(new Error('down'));
  await expect(handle.getOrGenerate('k', failing, { mode: 'refresh' })).rejects.toThrow('down');
  await cache.invalidate({ tag: 't' });
  expect(await handle.getOrGenerate('k', () => 'new')).toBe('new');
});

test('a generator that has returned is not counted as left running while its value is validated', async () => {
  const verdict = Promise.withResolvers<{ value: string }>();
  const schema: StandardSchema<string> = {
    '~standard': { version: 1, vendor: 'test', validate: () => verdict.promise },
  };
  const { cache, clock } = createTestCache({
    kinds: { slow: kind<string>({ schema, generationTimeout: 10 }) },
  });
  const handle = cache.kind('slow');
  const calls = Array.from({ length: 70 }, (_, index) => handle.getOrGenerate(`k${index}`, () => 'made'));
  const ended = Promise.allSettled(calls);
  await settled();
  await clock.advance(10);
  await ended;
  verdict.resolve({ value: 'made' });
  expect(await handle.getOrGenerate('k', () => 'made')).toBe('made');
  assertInvariants(cache);
});

test('ctx.skip hands over undefined, too', async () => {
  const { cache } = createTestCache();
  expect(await cache.getOrGenerate('k', (ctx) => ctx.skip(undefined))).toBeUndefined();
  expect(cache.peek('k')).toBeUndefined();
  expect(cache.stats().outcomes).toMatchObject({ generated: 1, failed: 0 });
});

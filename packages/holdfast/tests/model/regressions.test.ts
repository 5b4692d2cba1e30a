import { expect, test } from 'vitest';
import { type GenerationContext, kind, type StandardSchema } from '../../src/index.ts';
import {
  assertInvariants,
  createTestCache,
  HeldGenerator,
  MemoryFiles,
  settled,
} from '../../src/testing/index.ts';

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
  // The generator is asked again, finds nothing to renew, and says that it holds all the same.
  await expect(before).rejects.toMatchObject({ code: 'E_NOTHING_TO_RENEW' });
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

test('a value whose file is invalidated while it is renewed does not come back', async () => {
  const workspace = new MemoryFiles({ f: '1' });
  const { cache, clock } = createTestCache({ ...aging, workspace });
  const handle = cache.kind('aging');
  await handle.getOrGenerate('k', (ctx) => ctx.file('f').then((text) => `old ${text}`));
  await clock.advance(100);
  const { promise, resolve } = Promise.withResolvers<void>();
  const shown: unknown[] = [];
  const before = handle.getOrGenerate('k', async (ctx) => {
    shown.push(ctx.stale?.value);
    await promise;
    shown.push(ctx.stale?.value);
    return shown.length > 2 ? 'made' : ctx.notModified();
  });
  await settled();
  await cache.invalidate({ file: 'f' });
  const after = handle.resolve('k', () => 'new');
  resolve();
  expect(await before).toBe('made');
  expect((await after).value).toBe('new');
  expect(shown).toEqual(['old 1', undefined, undefined, undefined]);
  expect(handle.peek('k')?.value).toBe('new');
});

test('a change does not lengthen the window of what had aged before', async () => {
  const files = new MemoryFiles({ f: '1' });
  const { cache, clock } = createTestCache({
    kinds: { text: kind<string>({ ttl: 100, staleWhileRevalidate: 50, staleIfError: 60 }) },
    workspace: files,
  });
  const handle = cache.kind('text');
  const failing = () => Promise.reject(new Error('down'));
  await handle.getOrGenerate('k', (ctx) => ctx.file('f'));
  await clock.advance(140);
  expect(await handle.resolve('k', failing)).toMatchObject({ stale: 'aged', reason: 'revalidating' });
  files.contents.set('f', '2');
  await clock.advance(5);
  expect(await handle.resolve('k', failing)).toMatchObject({ stale: 'changed' });
  // Aged since 100: after 160 nobody may have it, whatever else became of it.
  await clock.advance(35);
  await expect(handle.resolve('k', failing, { mode: 'refresh' })).rejects.toThrow('down');
});

test('keys of a bulk call do not board a generation that was given up before it began', async () => {
  for (let depth = 0; depth < 40; depth += 1) {
    const files = new MemoryFiles({ a: '1', b: '1' });
    const { cache, clock } = createTestCache({
      kinds: { text: kind<string>({ ttl: 100, staleWhileRevalidate: 50 }) },
      workspace: files,
    });
    const handle = cache.kind('text');
    await handle.getOrGenerate('a', (ctx) => ctx.file('a'));
    await handle.getOrGenerate('b', (ctx) => ctx.file('b'), { ttl: 1_000 });
    await clock.advance(120);
    files.contents.set('b', '2');
    // What comes between the end of the check of `a`, which is refreshed in the background, and that of `b`.
    const { promise, resolve } = Promise.withResolvers<void>();
    let checks = 0;
    files.gate = () => {
      checks += 1;
      if (checks === 2) {
        let later = promise;
        for (let step = 0; step < depth; step += 1) later = later.then(() => {});
        void later.then(() => handle.invalidate('a'));
      }
      return promise;
    };
    const values = handle.getOrGenerateMany(['a', 'b'], (keys) => keys.map((key) => [key, 'made'] as const));
    let ended = false;
    void values.then(() => {
      ended = true;
    });
    await settled();
    resolve();
    await settled();
    expect(checks).toBe(2);
    expect(ended, `invalidated after ${depth} microtasks`).toBe(true);
    expect((await values).get('b')).toBe('made');
  }
});

test('who tries again after an invalidation asks anew, and is not given what failed for others meanwhile', async () => {
  const { cache } = createTestCache();
  const first = new HeldGenerator();
  const second = new HeldGenerator();
  const leader = cache.getOrGenerate('k', first.generate);
  await cache.invalidate({ tag: 'late' });
  // It may be that the flight has the tag: only its generator can say.
  const joined = cache.getOrGenerate('k', async () => 'its own');
  await cache.invalidate({ kind: 'default', key: 'k' });
  const other = cache.getOrGenerate('k', second.generate);
  second.run(0).reject(new Error('down'));
  await expect(other).rejects.toThrow('down');
  first.run(0).ctx.tag('late');
  expect(await joined).toBe('its own');
  first.run(0).resolve('old');
  expect(await leader).toBe('old');
});

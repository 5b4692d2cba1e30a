import { beforeEach, describe, expect, it } from 'vitest';
import { canonical, sha256 } from '../lib/canonical.ts';
import { Key } from '../model/key.ts';
import { unpack } from '../stores/envelope.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { MemoryFiles } from '../testing/memory-files.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { type KindOptions, kind } from './kind.ts';

let clock: ManualClock;
let backend: MemoryBackend;
let files: MemoryFiles;

beforeEach(() => {
  clock = new ManualClock();
  backend = new MemoryBackend({ clock });
  files = new MemoryFiles({ a: '1' });
});

/** A process: a cache of its own over the shared backend. */
function open(options: KindOptions<unknown> = {}, coherence: 'bounded' | 'strict' = 'bounded') {
  const { cache } = createTestCache({
    clock,
    store: new MemoryStore(backend),
    coherence,
    workspace: files,
    kinds: { default: kind(options), text: kind<string>() },
  });
  const runs: string[] = [];
  const outline = cache.define({
    kind: 'text',
    name: 'outline',
    generate: async (ctx, path: string) => {
      const text = await ctx.file(path);
      runs.push(`${path}=${text}`);
      return `outline of ${text}`;
    },
  });
  return { cache, runs, outline };
}

/** Lets everything go on that needs no time. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await settled();
}

describe('a value that one process has made', () => {
  it('is stored with its digest, if other values may be made from it', async () => {
    const { cache, outline } = open();
    await outline('a');
    await cache.set('key', 'text');
    await cache.flush();
    const store = new MemoryStore(backend);
    const digestOf = async (key: Key) => {
      const found = await store.read(key.digest);
      const unpacked = found && unpack(found.envelope, { maxBytes: 10_000, key });
      return unpacked?.ok ? unpacked.record.variants[0]?.digest : 'none';
    };
    expect(await digestOf(outline.key('a'))).toBe(sha256(canonical('outline of 1', 'a value')));
    expect(await digestOf(new Key('', 'default', 'key'))).toBe(undefined);
  });

  it("is not digested by its kind's own code for that", async () => {
    let digested = 0;
    const digest = (value: unknown) => {
      digested += 1;
      return String(value);
    };
    const { cache } = open({ digest });
    await cache.define({ name: 'own', generate: async () => 'value' })();
    await cache.flush();
    expect(digested).toBe(0);
  });

  it('is stored in the next: no generation, and it is counted as that', async () => {
    const one = open();
    expect(await one.cache.resolve('key', async () => ({ a: 1 }))).toMatchObject({ outcome: 'generated' });
    await one.cache.flush();
    const two = open();
    const herd = Array.from({ length: 10 }, () => two.cache.getOrGenerate('key', async () => ({ a: 2 })));
    expect(await Promise.all(herd)).toEqual(Array.from({ length: 10 }, () => ({ a: 1 })));
    expect(two.cache.stats()).toMatchObject({
      calls: 10,
      outcomes: { stored: 10 },
      generations: { started: 0 },
    });
    expect(await two.cache.resolve('key', async () => 3)).toMatchObject({ outcome: 'hit', value: { a: 1 } });
    assertInvariants(two.cache);
  });

  it('is fresh in the next only while its files are what they were, each of its states', async () => {
    const one = open();
    await one.outline('a');
    files.contents.set('a', '2');
    await one.outline('a');
    await one.cache.flush();
    files.contents.set('a', '1');
    const two = open();
    expect(await two.outline.resolve('a')).toMatchObject({ value: 'outline of 1', outcome: 'stored' });
    files.contents.set('a', '2');
    expect(await two.outline.resolve('a')).toMatchObject({ value: 'outline of 2', outcome: 'hit' });
    files.contents.set('a', '3');
    expect(await two.outline.resolve('a')).toMatchObject({ value: 'outline of 3', outcome: 'generated' });
    expect(two.runs).toEqual(['a=3']);
    await two.cache.flush();
    // And the first finds in the store what the second has made.
    expect(await one.outline.resolve('a')).toMatchObject({ value: 'outline of 3', outcome: 'stored' });
    expect(one.runs).toEqual(['a=1', 'a=2']);
  });

  it('is decoded once, unless it has changed by the time its lease is there', async () => {
    const seen: unknown[] = [];
    const validate = (value: unknown) => {
      seen.push(value);
      return { value };
    };
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as const;
    const one = open({ ttl: 1_000 });
    // What was made anew before is as long a record as what is made anew again.
    for (const value of ['ago', 'old']) {
      await one.cache.getOrGenerate('same', async () => value);
      await one.cache.getOrGenerate('other', async () => value);
      await one.cache.flush();
      await clock.advance(1_000);
    }
    const two = open({ ttl: 1_000, schema });
    expect(await two.cache.resolve('same', async () => 'new')).toMatchObject({ outcome: 'generated' });
    expect(seen).toEqual(['old', 'new']);
    // Whoever makes the other one anew does so while it is waited for.
    seen.length = 0;
    const held = new HeldGenerator<string>();
    const making = one.cache.getOrGenerate('other', held.generate);
    await quiet();
    const waiting = two.cache.resolve('other', async () => 'mine');
    await quiet();
    expect(seen).toEqual(['old']);
    held.run(0).resolve('new');
    await making;
    await quiet();
    expect(await waiting).toMatchObject({ value: 'new', outcome: 'coalesced' });
    expect(seen).toEqual(['old', 'new']);
  });

  it('is found by lookup and the mode cached, which generate nothing', async () => {
    const one = open();
    await one.cache.set('key', 'value');
    await one.outline('a');
    await one.cache.flush();
    const two = open();
    expect(await two.cache.lookup('key')).toMatchObject({ value: 'value', outcome: 'stored' });
    expect(await two.outline.with({ mode: 'cached' }).resolve('a')).toMatchObject({ outcome: 'stored' });
    expect(await two.cache.lookup('none')).toBeUndefined();
    files.contents.set('a', '2');
    await expect(open().outline.with({ mode: 'cached' })('a')).rejects.toMatchObject({
      code: 'E_NOT_CACHED',
    });
  });

  it('keeps its age, and is served stale while it is made anew', async () => {
    const windows = { ttl: 1_000, staleWhileRevalidate: 1_000 };
    const one = open(windows);
    await one.cache.getOrGenerate('key', async () => 'old');
    await one.cache.flush();
    await clock.advance(600);
    expect(await open(windows).cache.resolve('key', async () => 'new')).toMatchObject({
      outcome: 'stored',
      age: 600,
    });
    await clock.advance(600);
    const three = open(windows);
    expect(await three.cache.resolve('key', async () => 'new')).toMatchObject({
      value: 'old',
      outcome: 'stale',
      stale: 'aged',
      reason: 'revalidating',
    });
    await quiet();
    expect(await three.cache.resolve('key', async () => 'newer')).toMatchObject({
      value: 'new',
      outcome: 'hit',
    });
  });

  it('falls back to what is stored when the generation fails', async () => {
    const windows = { ttl: 1_000, staleIfError: 10_000 };
    await (async () => {
      const one = open(windows);
      await one.cache.getOrGenerate('key', async () => 'old');
      await one.cache.flush();
    })();
    await clock.advance(2_000);
    const failing = async () => {
      throw new Error('provider down');
    };
    expect(await open(windows).cache.resolve('key', failing)).toMatchObject({ value: 'old', stale: 'aged' });
  });

  it('that is no plain JSON stays in memory, and says so', async () => {
    const one = open();
    const told: string[] = [];
    one.cache.on('entry.unstorable', ({ kind, why }) => told.push(kind, why));
    await one.cache.getOrGenerate('key', async () => new Map([['a', 1]]));
    await one.cache.flush();
    expect(told).toEqual(['default', 'value']);
    expect(await open().cache.lookup('key')).toBeUndefined();
    const structured = open({ codec: 'structured' });
    await structured.cache.getOrGenerate('other', async () => new Map([['a', 1]]));
    await structured.cache.flush();
    expect((await open({ codec: 'structured' }).cache.lookup('other'))?.value).toEqual(new Map([['a', 1]]));
  });
});

it('a value that the store has no room for stays in memory, and says so', async () => {
  backend = new MemoryBackend({ clock, maxBytes: '1KiB' });
  const one = open();
  const told: string[] = [];
  one.cache.on('entry.unstorable', ({ why }) => told.push(why));
  const long = 'x'.repeat(2_000);
  expect(await one.cache.set('set', long)).toEqual({ persisted: false });
  await one.cache.getOrGenerate('made', async () => long);
  await one.cache.flush();
  expect(told).toEqual(['room', 'room']);
  expect(await open().cache.lookup('made')).toBeUndefined();
  expect(one.cache.get('made')).toBe(long);
});

describe('a herd of two processes', () => {
  it('costs one generation, which both share', async () => {
    const [one, two] = [open(), open()];
    const held = new HeldGenerator<string>();
    const calls = [one, two].flatMap(({ cache }) =>
      Array.from({ length: 5 }, () => cache.resolve('key', held.generate as never)),
    );
    await quiet();
    expect(held.runs).toHaveLength(1);
    held.run(0).resolve('value');
    await quiet();
    await clock.advance(100);
    const answers = await Promise.all(calls);
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, () => 'value'));
    expect(answers.filter(({ outcome }) => outcome === 'generated')).toHaveLength(1);
    expect(answers.filter(({ outcome }) => outcome === 'coalesced')).toHaveLength(9);
    expect(two.cache.stats().generations.started + one.cache.stats().generations.started).toBe(1);
    assertInvariants(one.cache);
    assertInvariants(two.cache);
  });

  it('shares the failure with those who waited, and with nobody else', async () => {
    const [one, two] = [open(), open()];
    const held = new HeldGenerator<string>();
    const first = one.cache.resolve('key', held.generate as never);
    await quiet();
    const second = two.cache.resolve('key', held.generate as never);
    await quiet();
    const ends = Promise.allSettled([first, second]);
    held.run(0).reject(new TypeError('canary: a secret of the provider'));
    await quiet();
    await clock.advance(100);
    const [own, shared] = await ends;
    expect(own).toMatchObject({ reason: { message: 'canary: a secret of the provider' } });
    expect(shared).toMatchObject({ reason: { code: 'E_SHARED_FAILURE' } });
    expect(String((shared as PromiseRejectedResult).reason)).not.toContain('canary');
    const third = open().cache.resolve('key', held.generate as never);
    await quiet();
    expect(held.runs).toHaveLength(2);
    held.run(1).resolve('value');
    expect((await third).value).toBe('value');
  });

  it('goes on when the one that generates dies: its lease ends', async () => {
    // Dead: it has acquired the lease, and does not renew it.
    const hash = new Key('', 'default', 'key').digest;
    expect(await new MemoryStore(backend).acquire(hash, 10_000)).toMatchObject({ state: 'acquired' });
    const { cache } = open();
    const held = new HeldGenerator<unknown>();
    const call = cache.resolve('key', held.generate);
    await quiet();
    await clock.advance(9_999);
    await quiet();
    expect(held.runs).toHaveLength(0);
    await clock.advance(1);
    await quiet();
    held.run(0).resolve('made after all');
    expect(await call).toMatchObject({ value: 'made after all', outcome: 'generated' });
  });

  it('does not wait for what is cheaper to make: share process', async () => {
    const [one, two] = [open({ share: 'process' }), open({ share: 'process' })];
    const held = new HeldGenerator<string>();
    const calls = [one, two].map(({ cache }) => cache.resolve('key', held.generate as never));
    await quiet();
    expect(held.runs).toHaveLength(2);
    held.run(0).resolve('value');
    held.run(1).resolve('value');
    await Promise.all(calls);
  });

  it('of bulk calls makes each key once, in whichever order they were asked for', async () => {
    const [one, two] = [open(), open()];
    const made: string[] = [];
    const generate = async (missing: readonly string[]) => {
      await settled();
      made.push(...missing);
      return missing.map((key) => [key, `value of ${key}`] as const);
    };
    const calls = [
      one.cache.getOrGenerateMany(['a', 'b', 'c'], generate),
      two.cache.getOrGenerateMany(['c', 'b', 'd'], generate),
    ];
    for (let turn = 0; turn < 10; turn += 1) {
      await quiet();
      await clock.advance(50);
    }
    const [first, second] = await Promise.all(calls);
    expect(first?.get('b')).toBe('value of b');
    expect(second?.get('d')).toBe('value of d');
    expect(made.toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('an invalidation reaches other processes', () => {
  it('by key, tag, kind, scope and file, and what is being made of it there is not kept', async () => {
    const [one, two] = [open(), open()];
    const selectors = [{ key: 'key' }, { tag: 't' }, { kind: 'default' }, { allScopes: true as const }];
    for (const [index, selector] of selectors.entries()) {
      await one.cache.getOrGenerate('key', async () => `value ${index}`, { tags: ['t'] });
      await one.cache.flush();
      expect(await two.cache.lookup('key')).toMatchObject({ value: `value ${index}` });
      await one.cache.invalidate(selector);
      await quiet();
      await clock.advance(100);
      expect(two.cache.peek('key')).toBeUndefined();
      expect(await two.cache.lookup('key')).toBeUndefined();
    }
    await one.outline('a');
    await one.cache.flush();
    await two.outline('a');
    await one.cache.invalidate({ file: 'a' });
    await quiet();
    await clock.advance(100);
    expect(two.cache.kind('text').peek(two.outline.key('a'))).toBeUndefined();
  });

  it('and so does set, whose value is there at the next look, and expire', async () => {
    const [one, two] = [open(), open()];
    await one.cache.set('key', 'old');
    await two.cache.lookup('key');
    expect(await one.cache.set('key', 'new')).toEqual({ persisted: true });
    await quiet();
    await clock.advance(100);
    expect(await two.cache.lookup('key')).toMatchObject({ value: 'new', outcome: 'stored' });
    expect(await one.cache.expire({ key: 'key' })).toEqual({ persisted: true });
    await quiet();
    await clock.advance(100);
    expect(await two.cache.lookup('key')).toBeUndefined();
  });

  it('strictly: before anything is read', async () => {
    const one = open();
    const two = open({}, 'strict');
    await one.cache.set('key', 'old');
    expect(await two.cache.getOrGenerate('key', async () => 'made')).toBe('old');
    expect(two.cache.get('key')).toBeUndefined();
    await one.cache.invalidate({ key: 'key' });
    expect(await two.cache.lookup('key')).toBeUndefined();
    await one.cache.set('key', 'new');
    expect(await two.cache.getOrGenerate('key', async () => 'made')).toBe('new');
  });

  it('of what is generated there: the token does not hold, and nothing of it is kept', async () => {
    const [one, two] = [open(), open()];
    const held = new HeldGenerator<string>();
    const call = one.cache.getOrGenerate('key', held.generate as never);
    await quiet();
    await two.cache.invalidate({ key: 'key' });
    held.run(0).resolve('begun before');
    expect(await call).toBe('begun before');
    await quiet();
    await clock.advance(100);
    await one.cache.flush();
    expect(one.cache.peek('key')).toBeUndefined();
    expect(await two.cache.lookup('key')).toBeUndefined();
  });
});

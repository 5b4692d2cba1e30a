import { describe, expect, test } from 'vitest';
import { HeldGenerator, scriptedFaults } from '../../src/testing/index.ts';
import { hanging, Machine, slowToTell, withMethods } from './machine.ts';

/* What was found wrong between the engine and a store, each in its smallest form. */

const error = { type: 'error' } as const;
const delay = (milliseconds: number) => ({ type: 'delay', milliseconds }) as const;
const unconfirmed = { code: 'E_UNCONFIRMED' };

describe('a process that knows nothing of what it invalidates', () => {
  test.each([
    ['by kind and key', { kind: 'text', key: 'k' }],
    ['by scope', { kind: 'text', scope: 't', key: 'k' }],
    ['in all scopes', { kind: 'text', allScopes: true, key: 'k' }],
  ] as const)('invalidates it in the store: %s', async (name, selector) => {
    const machine = new Machine();
    const [one, two] = [machine.open(), machine.open()];
    const view = name === 'by kind and key' ? one.cache : one.cache.scope('t');
    await view.kind('text').set('k', 'v');
    await two.cache.invalidate(selector);
    await machine.pass(100);
    expect(await view.kind('text').lookup('k')).toBeUndefined();
  });

  test('expires it in the store', async () => {
    const machine = new Machine();
    const [one, two] = [machine.open(), machine.open()];
    await one.cache.kind('text').set('k', 'v');
    await two.cache.expire({ kind: 'text', key: 'k' });
    await machine.pass(100);
    expect(await one.cache.kind('text').lookup('k')).toBeUndefined();
  });
});

test('a set that the store has no room for reaches the others, though it fails to tell them at first', async () => {
  const machine = new Machine({ maxBytes: '1KiB' });
  const one = machine.open({ faults: scriptedFaults({ invalidate: [error] }) });
  const two = machine.open();
  await two.cache.set('k', 'old');
  await machine.pass(100);
  expect(await one.cache.lookup('k')).toMatchObject({ value: 'old' });
  expect(await one.cache.set('k', 'x'.repeat(2_000))).toEqual({ persisted: false });
  await machine.pass(2_000);
  expect(two.cache.get('k')).toBeUndefined();
  expect(await machine.open().cache.lookup('k')).toBeUndefined();
});

describe('an invalidation that the store has not confirmed', () => {
  const deaf = ({ method }: { method: string }) => (method === 'invalidate' ? error : undefined);

  test('does not take a value that was set after it', async () => {
    const machine = new Machine();
    const { cache } = machine.open({ faults: scriptedFaults({ invalidate: [error] }) });
    await cache.set('k', 'old');
    await expect(cache.invalidate({ key: 'k' })).rejects.toMatchObject(unconfirmed);
    expect(await cache.set('k', 'new')).toEqual({ persisted: true });
    await machine.pass(200);
    expect(await machine.open().cache.lookup('k')).toMatchObject({ value: 'new' });
  });

  test('forbids what another process began before it, and stored after it', async () => {
    const machine = new Machine();
    const [one, two] = [machine.open({ faults: deaf }), machine.open()];
    const held = new HeldGenerator<unknown>();
    const call = two.cache.getOrGenerate('k', held.generate);
    await machine.quiet();
    await machine.clock.advance(10);
    await expect(one.cache.invalidate({ key: 'k' })).rejects.toMatchObject(unconfirmed);
    await machine.clock.advance(10);
    held.run(0).resolve('begun before');
    await call;
    await two.cache.flush();
    expect(await one.cache.lookup('k')).toBeUndefined();
  });

  test('forbids whatever the clock was when the value was made', async () => {
    const machine = new Machine();
    const [one, two] = [machine.open({ faults: deaf }), machine.open()];
    machine.clock.jumpWall(3_600_000);
    await two.cache.set('k', 'old');
    machine.clock.jumpWall(-3_600_000);
    await expect(one.cache.invalidate({ kind: 'default' })).rejects.toMatchObject(unconfirmed);
    machine.clock.jumpWall(3_600_000);
    expect(await one.cache.lookup('k')).toBeUndefined();
  });

  test('is told once the store answers, each of several', async () => {
    const machine = new Machine();
    const faults = { invalidate: [error, error, delay(10), delay(10), error], expire: [error] };
    const [one, two] = [machine.open({ faults: scriptedFaults(faults) }), machine.open()];
    await two.cache.set('k1', 1);
    await two.cache.set('k2', 2);
    for (const key of ['k1', 'k2'])
      await expect(one.cache.invalidate({ key })).rejects.toMatchObject(unconfirmed);
    await one.cache.lookup('x');
    await one.cache.expire({ key: 'x' });
    await one.cache.lookup('y');
    await machine.pass(3_000, 10);
    for (const key of ['k1', 'k2']) expect(await two.cache.lookup(key)).toBeUndefined();
  });

  test.each([
    ['although nobody asks for anything', (machine: Machine) => machine.pass(5_000, 1_000)],
    ['before the cache is closed', (_machine: Machine, close: () => Promise<void>) => close()],
  ])('is told %s', async (_name, until) => {
    const machine = new Machine();
    const one = machine.open({ faults: scriptedFaults({ invalidate: [error] }) });
    const two = machine.open();
    await two.cache.set('k', 1);
    await expect(one.cache.invalidate({ key: 'k' })).rejects.toMatchObject(unconfirmed);
    await until(machine, () => one.cache.close());
    await machine.pass(1_000);
    expect(await two.cache.lookup('k')).toBeUndefined();
  });

  test('is in force while it is on its way', async () => {
    const machine = new Machine();
    const { cache } = machine.open({ faults: scriptedFaults({ invalidate: [delay(50)] }) });
    await cache.set('k', 'old');
    const invalidating = cache.invalidate({ key: 'k' });
    expect(await cache.lookup('k')).toBeUndefined();
    await machine.pass(100);
    await invalidating;
    expect(await cache.lookup('k')).toBeUndefined();
  });
});

test('an expiry that the store has not confirmed holds for what this process reads of it', async () => {
  const machine = new Machine();
  await machine.open().cache.set('k', 'old');
  const { cache } = machine.open({ faults: scriptedFaults({ expire: [error] }) });
  expect(await cache.expire({ key: 'k' })).toEqual({ persisted: false });
  expect(await cache.lookup('k')).toBeUndefined();
});

test('what was expired is aged, whatever the clock was then', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ kind: { ttl: '3h' } });
  await cache.getOrGenerate('k', async () => 'old');
  await cache.flush();
  machine.clock.jumpWall(3_600_000);
  expect(await cache.expire({ key: 'k' })).toEqual({ persisted: true });
  machine.clock.jumpWall(-3_600_000);
  expect(await machine.open({ kind: { ttl: '3h' } }).cache.lookup('k')).toBeUndefined();
});

test('a record that was written by a clock an hour ahead is aged', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ kind: { ttl: '3h' } });
  machine.clock.jumpWall(3_600_000);
  await cache.set('k', 'old');
  machine.clock.jumpWall(-3_600_000);
  expect(await machine.open({ kind: { ttl: '3h' } }).cache.lookup('k')).toBeUndefined();
});

test('an invalidation does not overtake a set that came before it', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ commit: [delay(50)] }) });
  const setting = cache.set('k', 'old');
  const invalidating = cache.invalidate({ key: 'k' });
  await machine.pass(100);
  await Promise.all([setting, invalidating]);
  expect(await machine.open().cache.lookup('k')).toBeUndefined();
});

describe('a set that the store did not take', () => {
  test('reaches those who hold what was there before', async () => {
    const machine = new Machine();
    const one = machine.open({ faults: scriptedFaults({ commit: [undefined, error] }) });
    const two = machine.open();
    await one.cache.set('k', 'old');
    expect(await two.cache.lookup('k')).toMatchObject({ value: 'old' });
    expect(await one.cache.set('k', 'new')).toEqual({ persisted: false });
    await machine.pass(2_000);
    expect(await two.cache.lookup('k')).toMatchObject({ value: 'new' });
  });

  test('overtakes what another process has begun before it', async () => {
    const machine = new Machine();
    const one = machine.open({ faults: scriptedFaults({ commit: [error] }) });
    const two = machine.open();
    const held = new HeldGenerator<unknown>();
    const call = two.cache.getOrGenerate('k', held.generate);
    await machine.quiet();
    expect(await one.cache.set('k', 'set')).toEqual({ persisted: false });
    await machine.pass(2_000);
    held.run(0).resolve('begun before');
    await call;
    await machine.pass(1_000);
    expect(await machine.open().cache.lookup('k')).toMatchObject({ value: 'set' });
  });

  test('is not told any more when somebody has invalidated it meanwhile', async () => {
    const machine = new Machine();
    const one = machine.open({
      faults: scriptedFaults({ commit: [error] }),
      wrap: (store) => slowToTell(store, machine.clock, 50),
    });
    const two = machine.open();
    await one.cache.set('k', 'old');
    await two.cache.invalidate({ key: 'k' });
    await one.cache.lookup('x');
    await machine.pass(3_000, 10);
    expect(await two.cache.lookup('k')).toBeUndefined();
  });
});

test('a value that the store did not take is written again, not over a newer one', async () => {
  const machine = new Machine();
  const ttl = { kind: { ttl: '1h' } } as const;
  const one = machine.open({ ...ttl, faults: scriptedFaults({ commit: [error] }) });
  const two = machine.open(ttl);
  await one.cache.getOrGenerate('k', async () => 'older');
  await machine.pass(10);
  await two.cache.getOrGenerate('k', async () => 'newer', { mode: 'refresh' });
  await two.cache.flush();
  await machine.pass(3_000);
  expect(await machine.open(ttl).cache.lookup('k')).toMatchObject({ value: 'newer' });
});

test('it is written again although its own lease is still being given back', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ commit: [error], release: [delay(500)] }) });
  await cache.getOrGenerate('k', async () => 'v');
  await machine.quiet();
  await cache.lookup('x');
  await machine.pass(3_000, 10);
  expect(await machine.open().cache.lookup('k')).toMatchObject({ value: 'v' });
});

describe('a value that was made without a lease', () => {
  test('does not overtake a set', async () => {
    const machine = new Machine();
    const one = machine.open({ faults: scriptedFaults({ acquire: [error], commit: [delay(100)] }) });
    const two = machine.open();
    const held = new HeldGenerator<unknown>();
    const call = one.cache.getOrGenerate('k', held.generate);
    await machine.quiet();
    held.run(0).resolve('begun before');
    await call;
    expect(await two.cache.set('k', 'set')).toEqual({ persisted: true });
    await machine.pass(300);
    expect(await two.cache.lookup('k')).toMatchObject({ value: 'set' });
    expect(await machine.open().cache.lookup('k')).toMatchObject({ value: 'set' });
  });

  test('does not overtake an invalidation that this process has not heard of', async () => {
    const machine = new Machine();
    const process = { kind: { share: 'process' } } as const;
    const one = machine.open({ ...process, wrap: (store) => slowToTell(store, machine.clock, 50) });
    const two = machine.open(process);
    const held = new HeldGenerator<unknown>();
    const call = one.cache.getOrGenerate('k', held.generate);
    await machine.quiet();
    await two.cache.invalidate({ key: 'k' });
    held.run(0).resolve('begun before');
    await call;
    await machine.pass(300);
    expect(await two.cache.lookup('k')).toBeUndefined();
  });

  test('takes nothing from the memory of others', async () => {
    const machine = new Machine();
    const process = { kind: { share: 'process' } } as const;
    const [one, two] = [machine.open(process), machine.open(process)];
    const held = new HeldGenerator<unknown>();
    const calls = [one, two].map(({ cache }) => cache.getOrGenerate('k', held.generate));
    await machine.quiet();
    held.run(0).resolve('one');
    await machine.quiet();
    held.run(1).resolve('two');
    await Promise.all(calls);
    await machine.pass(300);
    expect([one, two].map(({ cache }) => cache.peek('k')?.value)).toEqual(['one', 'two']);
  });
});

describe('what other processes invalidate leaves memory', () => {
  test('where the value could not be stored', async () => {
    const machine = new Machine();
    const [one, two] = [machine.open(), machine.open()];
    await one.cache.set('k', new Map());
    await two.cache.invalidate({ key: 'k' });
    await machine.pass(100);
    expect(one.cache.peek('k')).toBeUndefined();
  });

  test('of thousands of keys', async () => {
    const machine = new Machine();
    const [one, two] = [machine.open(), machine.open()];
    const keys = Array.from({ length: 1_100 }, (_, index) => `k${index}`);
    for (const key of keys) await one.cache.set(key, key);
    for (const key of keys) await two.cache.lookup(key);
    for (const key of keys) await one.cache.invalidate({ key });
    await machine.pass(100);
    expect(keys.filter((key) => two.cache.peek(key) !== undefined)).toEqual([]);
  });
});

describe('with strict coherence', () => {
  test('a call is over when its time is up, or it is aborted, while the store hangs', async () => {
    const machine = new Machine();
    const { cache } = machine.open({ coherence: 'strict', wrap: (store) => hanging(store) });
    const controller = new AbortController();
    const never = () => new Promise<never>(() => {});
    const calls = Promise.allSettled([
      cache.getOrGenerate('k', never, { timeout: 100 }),
      cache.getOrGenerate('k2', never, { signal: controller.signal }),
    ]);
    await machine.quiet();
    controller.abort('gone');
    await machine.pass(100);
    expect(await calls).toMatchObject([{ reason: { code: 'E_TIMEOUT' } }, { reason: 'gone' }]);
  });

  const unsure = (machine: Machine) =>
    machine.open({
      coherence: 'strict',
      faults: scriptedFaults({ catchUp: [undefined, error] }),
      wrap: (store) => slowToTell(store, machine.clock, 50),
    });

  test('lookup finds nothing while the store cannot say', async () => {
    const machine = new Machine();
    const [one, two] = [unsure(machine), machine.open()];
    await two.cache.set('k', 'old');
    expect(await one.cache.lookup('k')).toMatchObject({ value: 'old' });
    await two.cache.invalidate({ key: 'k' });
    expect(await one.cache.lookup('k')).toBeUndefined();
  });

  test('a call joins no flight that began before it while the store cannot say', async () => {
    const machine = new Machine();
    const [one, two] = [unsure(machine), machine.open()];
    const held = new HeldGenerator<unknown>();
    const first = one.cache.getOrGenerate('k', held.generate);
    await machine.quiet();
    await two.cache.invalidate({ key: 'k' });
    const second = one.cache.getOrGenerate('k', async () => 'begun after');
    await machine.quiet();
    held.run(0).resolve('begun before');
    expect(await second).toBe('begun after');
    expect(await first).toBe('begun before');
  });
});

test('a store that does not tell of changes is asked now and then, not without end', async () => {
  const machine = new Machine();
  let waits = 0;
  const one = machine.open();
  const two = machine.open({
    faults: ({ method }) => {
      if (method !== 'waitForChange') return undefined;
      waits += 1;
      return error;
    },
  });
  const held = new HeldGenerator<unknown>();
  const first = one.cache.getOrGenerate('k', held.generate);
  await machine.quiet();
  const second = two.cache.getOrGenerate('k', held.generate);
  await machine.pass(1_000);
  expect(waits).toBeLessThan(10);
  held.run(0).resolve('made');
  await machine.pass(1_000);
  expect(await Promise.all([first, second])).toEqual(['made', 'made']);
});

test.each([['x', 'y'] as const, ['y', 'x'] as const])(
  'a bulk call keeps the lease of %s while it waits for that of %s',
  async (mine, theirs) => {
    const machine = new Machine();
    const [one, two, three] = [machine.open(), machine.open(), machine.open()];
    const held = new HeldGenerator<unknown>();
    const made: string[] = [];
    const first = one.cache.getOrGenerate(theirs, held.generate);
    await machine.quiet();
    const bulk = two.cache.getOrGenerateMany([mine, theirs], (missing) => {
      made.push(...missing);
      return missing.map((key) => [key, 'bulk'] as const);
    });
    await machine.pass(15_000, 1_000);
    const other = three.cache.getOrGenerate(mine, async () => {
      made.push(mine);
      return 'single';
    });
    await machine.pass(1_000);
    held.run(0).resolve('made');
    await machine.pass(1_000);
    await Promise.all([first, bulk, other]);
    expect(made).toEqual([mine]);
  },
);

test('a call that is aborted while the store is read leaves no timer', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ wrap: (store) => hanging(store, 'readMany') });
  const controller = new AbortController();
  const call = cache.getOrGenerate('k', async () => 1, { signal: controller.signal });
  await machine.quiet();
  controller.abort('gone');
  await expect(call).rejects.toBe('gone');
  await machine.pass(2_000);
  expect(machine.clock.timers).toBe(0);
});

test('close() takes its bound once, for the generators and for the store together', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ wrap: (store) => hanging(store, 'commit', 'close') });
  const call = cache.getOrGenerate('k', () => new Promise<never>(() => {}));
  void cache.set('q', 1);
  await machine.quiet();
  let closed = false;
  const closing = cache.close({ timeout: 1_000 }).then(() => {
    closed = true;
  });
  await expect(Promise.all([call, machine.pass(1_000)])).rejects.toMatchObject({ code: 'E_CLOSED' });
  await machine.quiet();
  expect(closed).toBe(true);
  await closing;
});

test('a refreshed value is stored beside those of other states', async () => {
  const machine = new Machine();
  const runs: string[] = [];
  const outline = ({ cache }: ReturnType<Machine['open']>) =>
    cache.define({
      kind: 'text',
      name: 'outline',
      generate: async (ctx) => {
        const text = await ctx.file('a');
        runs.push(text);
        return text;
      },
    });
  const [one, two, three] = [machine.open(), machine.open(), machine.open()];
  await outline(one)();
  await one.cache.flush();
  machine.files.contents.set('a', '2');
  await outline(two).with({ mode: 'refresh' })();
  await two.cache.flush();
  machine.files.contents.set('a', '1');
  expect(await outline(three)()).toBe('1');
  expect(runs).toEqual(['1', '2']);
});

test('a value with a ttl of 0 is not called one that cannot be stored', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ kind: { ttl: 0 } });
  let told = 0;
  cache.on('entry.unstorable', () => {
    told += 1;
  });
  await cache.getOrGenerate('k', async () => 1);
  await cache.flush();
  expect(told).toBe(0);
});

test("a failure of one's own is not taken for another process's", async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ release: [delay(500)] }) });
  const down = new Error('down');
  await expect(cache.getOrGenerate('k', () => Promise.reject(down))).rejects.toBe(down);
  const second = cache.getOrGenerate('k', async () => 'made');
  await machine.pass(1_000);
  expect(await second).toBe('made');
});

test('a caller that leaves while the store is read under the lease leaves nothing behind', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ readMany: [undefined, delay(500)] }) });
  const call = Promise.allSettled([cache.getOrGenerate('k', async () => 1, { timeout: 100 })]);
  await machine.pass(1_000);
  expect(await call).toMatchObject([{ reason: { code: 'E_TIMEOUT' } }]);
  machine.assertInvariants();
});

test('what was read before the own invalidation does not come in after it', async () => {
  const machine = new Machine();
  let slow = false;
  const wait = (milliseconds: number) =>
    new Promise<void>((done) => {
      machine.clock.setTimeout(done, milliseconds);
    });
  const { cache } = machine.open({
    wrap: (store) =>
      withMethods(store, {
        readMany: async (hashes) => {
          const found = await store.readMany(hashes);
          if (slow) await wait(60);
          return found;
        },
        invalidate: async (selector) => {
          await wait(20);
          return store.invalidate(selector);
        },
      }),
  });
  await cache.set('k', 'old');
  slow = true;
  const both = Promise.all([cache.invalidate({ key: 'k' }), cache.lookup('k')]);
  await machine.pass(200, 10);
  await both;
  slow = false;
  expect(cache.peek('k')).toBeUndefined();
  expect(await cache.lookup('k')).toBeUndefined();
});

test('an invalidation does not wait for the set of another key', async () => {
  const machine = new Machine();
  const one = machine.open({ wrap: (store) => hanging(store, 'commit') });
  const two = machine.open();
  await two.cache.set('k', 'v');
  void one.cache.set('unrelated', 1);
  const invalidating = one.cache.invalidate({ key: 'k' });
  await machine.pass(100);
  expect(two.cache.peek('k')).toBeUndefined();
  expect(await invalidating).toEqual({ count: 0 });
});

test.each(['machine', 'process'] as const)(
  'close() writes what was generated, and asks for no more leases at once than a store can give (share: %s)',
  async (share) => {
    const machine = new Machine();
    let [asked, most] = [0, 0];
    const { cache } = machine.open({
      kind: { share },
      wrap: (store) =>
        withMethods(store, {
          acquire: async (...claim) => {
            asked += 1;
            most = Math.max(most, asked);
            await Promise.resolve();
            asked -= 1;
            return store.acquire(...claim);
          },
        }),
    });
    const keys = Array.from({ length: 500 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => cache.getOrGenerate(key, async () => `${key} made`)));
    await cache.close();
    expect(most).toBeLessThanOrEqual(100);
    const next = machine.open().cache;
    for (const key of keys) expect((await next.lookup(key))?.value).toBe(`${key} made`);
  },
);

test('close() writes what a store did not take the first time', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ commit: [error, error] }) });
  await cache.getOrGenerate('made', async () => 'made');
  await cache.set('set', 'set');
  await cache.close();
  const next = machine.open().cache;
  expect(await next.lookup('made')).toMatchObject({ value: 'made' });
  expect(await next.lookup('set')).toMatchObject({ value: 'set' });
});

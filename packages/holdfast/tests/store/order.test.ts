import { expect, test } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { HeldGenerator, scriptedFaults } from '../../src/testing/index.ts';
import { Machine, withMethods } from './machine.ts';

/* What comes first wins nothing, and what comes later loses nothing: each rule in its smallest form. */

const error = { type: 'error' } as const;
const delay = (milliseconds: number) => ({ type: 'delay', milliseconds }) as const;

test('an invalidation does not overtake the set whose commit is under way', async () => {
  const machine = new Machine();
  const { cache } = machine.open({ faults: scriptedFaults({ commit: [delay(50)] }) });
  const setting = cache.set('k', 'old');
  await machine.quiet();
  const invalidating = cache.invalidate({ key: 'k' });
  await machine.pass(100);
  await Promise.all([setting, invalidating]);
  expect(await machine.open().cache.lookup('k')).toBeUndefined();
});

test('a value whose commit was refused leaves memory, before its process has heard why', async () => {
  const machine = new Machine();
  const one = machine.open({ wrap: (store) => withMethods(store, { subscribe: () => () => {} }) });
  const two = machine.open();
  const fencedBy: string[] = [];
  one.cache.on('entry.fenced', ({ by }) => fencedBy.push(by));
  const held = new HeldGenerator<unknown>();
  const call = one.cache.getOrGenerate('k', held.generate);
  await machine.quiet();
  await two.cache.invalidate({ key: 'k' });
  held.run(0).resolve('overtaken');
  await call;
  await one.cache.flush();
  expect(fencedBy).toEqual(['lease']);
  expect(one.cache.peek('k')).toBeUndefined();
});

test('what is invalidated while its schema is asked does not come into memory', async () => {
  const machine = new Machine();
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  let slow = false;
  const schema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value: unknown) => {
        if (slow) {
          asked.resolve();
          await answer.promise;
        }
        return { value };
      },
    },
  } as const;
  await machine.open().cache.set('k', 'old');
  const one = machine.open({ kind: { schema } });
  slow = true;
  const looking = one.cache.lookup('k');
  await asked.promise;
  await one.cache.invalidate({ key: 'k' });
  answer.resolve();
  await looking;
  expect(one.cache.peek('k')).toBeUndefined();
});

test('what another process invalidates while it is read does not come in, though its key was forgotten meanwhile', async () => {
  const machine = new Machine();
  const read = Promise.withResolvers<void>();
  let held = false;
  const one = machine.open({
    wrap: (store) =>
      withMethods(store, {
        readMany: async (hashes) => {
          const found = await store.readMany(hashes);
          if (held) await read.promise;
          return found;
        },
      }),
  });
  const two = machine.open();
  await two.cache.set('k', 'old');
  held = true;
  const looking = one.cache.lookup('k');
  await machine.quiet();
  held = false;
  // More keys than are remembered of which nothing is here.
  for (let index = 0; index < 1_100; index += 1) await one.cache.lookup(`nothing ${index}`);
  await two.cache.invalidate({ key: 'k' });
  await machine.quiet();
  read.resolve();
  await looking;
  expect(one.cache.peek('k')).toBeUndefined();
});

test('what another process invalidates while it is made is not joined, however many keys were asked for meanwhile', async () => {
  const machine = new Machine();
  const [one, two] = [machine.open(), machine.open()];
  const held = new HeldGenerator<unknown>();
  const making = one.cache.getOrGenerate('k', held.generate);
  await machine.quiet();
  for (let index = 0; index < 1_100; index += 1) await one.cache.lookup(`nothing ${index}`);
  await two.cache.invalidate({ key: 'k' });
  await machine.quiet();
  const later = one.cache.getOrGenerate('k', async () => 'new');
  await machine.quiet();
  held.run(0).resolve('old');
  expect(await making).toBe('old');
  expect(await later).toBe('new');
});

test('a lease whose generation ends while it is renewed is not renewed again', async () => {
  const machine = new Machine();
  const renewed = Promise.withResolvers<void>();
  let renewals = 0;
  const { cache } = machine.open({
    wrap: (store) =>
      withMethods(store, {
        renew: async () => {
          renewals += 1;
          await renewed.promise;
          return true;
        },
      }),
  });
  const { timers } = machine.clock;
  const held = new HeldGenerator<unknown>();
  const making = cache.getOrGenerate('k', held.generate);
  await machine.quiet();
  await machine.pass(3_400);
  expect(renewals).toBe(1);
  held.run(0).resolve('made');
  await making;
  await cache.flush();
  renewed.resolve();
  await machine.quiet();
  expect(machine.clock.timers).toBe(timers);
});

test('a process that has missed changes trusts nothing that it has', async () => {
  const machine = new Machine({ keptChanges: 1 });
  const [one, two] = [machine.open({ kind: { ttl: '1h' } }), machine.open()];
  let missed = 0;
  one.cache.on('store.missed', () => {
    missed += 1;
  });
  await one.cache.set('k', 'old');
  await machine.quiet();
  expect(one.cache.get('k')).toBe('old');
  expect(missed).toBe(0);
  await Promise.all(['k', 'a', 'b', 'c'].map((key) => two.cache.invalidate({ key })));
  await machine.quiet();
  expect(missed).toBe(1);
  expect(one.cache.get('k')).toBeUndefined();
  expect(await one.cache.getOrGenerate('k', async () => 'new')).toBe('new');
});

test('strictly, a call asks what others have done, and is told before it looks into memory', async () => {
  const machine = new Machine();
  const one = machine.open({ coherence: 'strict', wrap: toldOnlyWhenAsked });
  const two = machine.open();
  await one.cache.set('k', 'old');
  await two.cache.invalidate({ key: 'k' });
  await machine.quiet();
  expect(one.cache.peek('k')).toMatchObject({ value: 'old' });
  expect(await one.cache.lookup('k')).toBeUndefined();
});

test('what the store has missed is told at its first answer', async () => {
  const machine = new Machine();
  const [one, two] = [machine.open({ faults: scriptedFaults({ invalidate: [error] }) }), machine.open()];
  await two.cache.set('k', 'old');
  await expect(one.cache.invalidate({ key: 'k' })).rejects.toMatchObject({ code: 'E_UNCONFIRMED' });
  expect(await two.cache.lookup('k')).toMatchObject({ value: 'old' });
  await one.cache.lookup('other');
  await machine.quiet();
  expect(await two.cache.lookup('k')).toBeUndefined();
});

test('a value that the store did not take is not written over one that another process has made since', async () => {
  const machine = new Machine();
  const ttl = { kind: { ttl: '1h' } } as const;
  let full = true;
  const one = machine.open({
    ...ttl,
    faults: ({ method }) => (full && method === 'commit' ? error : undefined),
  });
  const two = machine.open(ttl);
  await one.cache.getOrGenerate('k', async () => 'older');
  await machine.pass(10);
  await two.cache.getOrGenerate('k', async () => 'newer', { mode: 'refresh' });
  await two.cache.flush();
  full = false;
  await machine.pass(3_000);
  expect(await machine.open(ttl).cache.lookup('k')).toMatchObject({ value: 'newer' });
});

/** A store that tells of changes when it is asked, and not before. */
function toldOnlyWhenAsked(store: Store): Store {
  const untold: (() => void)[] = [];
  return withMethods(store, {
    subscribe: (listener) => store.subscribe((change) => untold.push(() => listener(change))),
    catchUp: async () => {
      await store.catchUp();
      for (const tell of untold.splice(0)) tell();
    },
  });
}

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../src/index.ts';
import { type Fault, type Faults, randomFaults, scriptedFaults } from '../../src/testing/index.ts';
import { hanging, Machine, type Process } from './machine.ts';

/*
 * Promises 7, 8, 9, 10, 11 and 14 over a store that fails: it costs time, and nothing else.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** More rounds take longer. */
const timeout = 60_000 * Math.max(1, rounds / 100);

const error: Fault = { type: 'error' };
const down: Faults = () => error;

/** Milliseconds by which each has settled, whatever the store does. */
const bounds = { read: 4_000, set: 11_000, invalidate: 6_000, generation: 120_000 } as const;

/** Turns the clock until something has settled, and says by when at the latest it had. */
async function settleBy<T>(
  machine: Machine,
  bound: number,
  promise: Promise<T>,
): Promise<PromiseSettledResult<T>> {
  let result: PromiseSettledResult<T> | undefined;
  void Promise.allSettled([promise]).then(([settled]) => {
    result = settled;
  });
  const began = machine.clock.now();
  await machine.quiet(3);
  while (result === undefined) {
    const passed = machine.clock.now() - began;
    if (passed > bound) throw new Error(`it has not settled after ${passed} ms`);
    await machine.clock.advance(passed < 2_000 ? 50 : 500);
    await machine.quiet(2);
  }
  return result;
}

function callsOf({ cache }: Process): { readonly calls: number; readonly sum: number } {
  const { calls, outcomes } = cache.stats();
  return { calls, sum: Object.values(outcomes).reduce((one, other) => one + other, 0) };
}

/** The own error of a generator, or what is told of it to who waited for its lease. */
function isOfGenerator(reason: Error & { readonly code?: string }): boolean {
  return reason.code === 'E_SHARED_FAILURE' || reason.message === 'the provider is down';
}

const someKey = fc.constantFrom('a', 'b');
const someDeed = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('resolve' as const), key: someKey, fails: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hurry' as const), key: someKey }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('lookup' as const), key: someKey }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), key: someKey }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('invalidate' as const), key: someKey }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('invalidateTag' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), key: someKey }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(200, 900, 6_000),
    }),
  },
);

/** How a store goes wrong, by what it is asked. A commit that comes late is no store's that keeps an order. */
const wrongly: Readonly<Record<string, readonly Fault[]>> = {
  commit: [error, { type: 'lost' }, { type: 'repeated' }],
  otherwise: [
    error,
    { type: 'lost' },
    { type: 'late', milliseconds: 700 },
    { type: 'delay', milliseconds: 40 },
    { type: 'delay', milliseconds: 1_500 },
    { type: 'delay', milliseconds: 20_000 },
    { type: 'repeated' },
    { type: 'damage' },
  ],
};

function someFaults(seed: number, rate: number): Faults {
  const commits = randomFaults({ seed, rate, faults: wrongly.commit ?? [] });
  const others = randomFaults({ seed: seed + 1, rate, faults: wrongly.otherwise ?? [] });
  return (call) => (call.method === 'commit' ? commits : others)(call);
}

test('whatever a store does, every call settles in time, with a right value or the own error of its generator', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(someDeed, { minLength: 3, maxLength: 25 }),
      fc.integer(),
      fc.constantFrom(0.1, 0.3, 0.6, 0.9),
      fc.constantFrom('bounded' as const, 'strict' as const),
      async (deeds, seed, rate, coherence) => {
        const machine = new Machine();
        const windows = { ttl: 1_000, staleWhileRevalidate: 500, staleIfError: 5_000 };
        const subject = machine.open({ kind: windows, coherence, faults: someFaults(seed, rate), seed });
        const { cache } = subject;
        let made = 0;
        let calls = 0;
        /** What may be read: begun, or set, since the key was last set or invalidated. Without a store that is simple. */
        const readable = new Map<string, Set<unknown>>([
          ['a', new Set()],
          ['b', new Set()],
        ]);
        const begin = (key: string): string => {
          made += 1;
          const value = `${key} ${made}`;
          readable.get(key)?.add(value);
          return value;
        };
        const check = (
          key: string,
          answer: { value: unknown; stale: unknown; age: number } | undefined,
        ): void => {
          if (answer === undefined) return;
          expect([...(readable.get(key) ?? [])]).toContain(answer.value);
          if (answer.stale === false) expect(answer.age).toBeLessThan(windows.ttl);
        };
        for (const deed of deeds) {
          switch (deed.do) {
            case 'wait':
              await machine.pass(deed.milliseconds);
              break;
            case 'resolve': {
              calls += 1;
              const call = cache.resolve(
                deed.key,
                async () => {
                  const value = begin(deed.key);
                  if (deed.fails) throw new Error('the provider is down');
                  return value;
                },
                { tags: ['t'] },
              );
              const settled = await settleBy(machine, bounds.generation, call);
              if (settled.status === 'fulfilled') check(deed.key, settled.value);
              else expect(settled.reason).toSatisfy(isOfGenerator);
              break;
            }
            case 'hurry': {
              // Strictly, the store is asked before the call begins.
              if (coherence === 'strict') break;
              calls += 1;
              const call = cache.resolve(deed.key, async () => begin(deed.key), {
                timeout: 300,
                tags: ['t'],
              });
              const settled = await settleBy(machine, 300, call);
              if (settled.status === 'fulfilled') check(deed.key, settled.value);
              else
                expect(settled.reason).toSatisfy(
                  (reason) => reason.code === 'E_TIMEOUT' || isOfGenerator(reason),
                );
              break;
            }
            case 'lookup': {
              calls += 1;
              const settled = await settleBy(machine, bounds.read, cache.lookup(deed.key));
              expect(settled.status).toBe('fulfilled');
              if (settled.status === 'fulfilled') {
                expect(settled.value?.stale ?? false).toBe(false);
                check(deed.key, settled.value);
              }
              break;
            }
            case 'set': {
              made += 1;
              const value = `set ${made}`;
              readable.set(deed.key, new Set([value]));
              const settled = await settleBy(
                machine,
                bounds.set,
                cache.set(deed.key, value, { tags: ['t'] }),
              );
              expect(settled).toMatchObject({
                status: 'fulfilled',
                value: { persisted: expect.any(Boolean) },
              });
              break;
            }
            case 'expire': {
              const settled = await settleBy(machine, bounds.set, cache.expire({ key: deed.key }));
              expect(settled).toMatchObject({
                status: 'fulfilled',
                value: { persisted: expect.any(Boolean) },
              });
              break;
            }
            default: {
              const selector = deed.do === 'invalidate' ? { key: deed.key } : { tag: 't' };
              for (const [key, values] of readable) {
                if (deed.do === 'invalidateTag' || key === deed.key) values.clear();
              }
              const settled = await settleBy(machine, bounds.invalidate, cache.invalidate(selector));
              if (settled.status === 'rejected')
                expect(settled.reason).toMatchObject({ code: 'E_UNCONFIRMED' });
            }
          }
          expect(callsOf(subject)).toEqual({ calls, sum: calls });
        }
        await machine.pass(bounds.generation + 30_000, 1_000);
        machine.assertInvariants();
        expect((await settleBy(machine, 1_000, cache.close({ timeout: 500 }))).status).toBe('fulfilled');
      },
    ),
    { numRuns: 2 * rounds },
  );
});

test('herds of two processes over stores that fail: every call has a value of its key, or the error of a generator', {
  timeout,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          who: fc.nat({ max: 1 }),
          key: someKey,
          fails: fc.boolean(),
          callers: fc.integer({ min: 1, max: 4 }),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      fc.integer(),
      fc.constantFrom(0.1, 0.4, 0.8),
      async (herds, seed, rate) => {
        const machine = new Machine();
        const processes = [0, 1].map((index) =>
          machine.open({ faults: someFaults(seed + 10 * index, rate), seed: seed + index }),
        );
        let made = 0;
        const calls = herds.flatMap(({ who, key, fails, callers }) =>
          Array.from({ length: callers }, async () => {
            const { cache } = processes[who] as Process;
            const value = await cache.getOrGenerate(key, async () => {
              made += 1;
              if (fails) throw new Error('the provider is down');
              return `${key} ${made}`;
            });
            expect(value).toMatch(new RegExp(`^${key} \\d+$`));
          }),
        );
        const settled = await settleBy(machine, bounds.generation, Promise.allSettled(calls));
        if (settled.status === 'rejected') throw settled.reason;
        for (const call of settled.value) {
          if (call.status === 'fulfilled') continue;
          expect(call.reason).toSatisfy(isOfGenerator);
        }
        for (const [index, process] of processes.entries()) {
          const own = herds.filter(({ who }) => who === index).reduce((sum, { callers }) => sum + callers, 0);
          expect(callsOf(process)).toEqual({ calls: own, sum: own });
        }
        await machine.pass(30_000, 1_000);
        machine.assertInvariants();
      },
    ),
    { numRuns: rounds },
  );
});

describe('each fault of each operation', () => {
  const operations = [
    'readMany',
    'acquire',
    'commit',
    'release',
    'renew',
    'waitForChange',
    'catchUp',
    'invalidate',
    'expire',
  ];
  const faults: readonly Fault[] = [
    error,
    { type: 'lost' },
    { type: 'late', milliseconds: 500 },
    { type: 'delay', milliseconds: 500 },
    { type: 'delay', milliseconds: 60_000 },
    { type: 'repeated' },
    { type: 'damage' },
  ];
  test.each(operations)('of %s costs no value', async (operation) => {
    for (const fault of faults) {
      for (const coherence of ['bounded', 'strict'] as const) {
        const machine = new Machine();
        const faulty = machine.open({
          coherence,
          faults: scriptedFaults({ [operation]: [fault, undefined, fault] }),
        });
        const other = machine.open();
        const read = async ({ cache }: Process, value: string) => {
          const call = cache.getOrGenerate('key', async () => value);
          const settled = await settleBy(machine, 20_000, call);
          return settled.status === 'fulfilled' ? settled.value : settled.reason;
        };
        // By either process what the first has made, or what the second makes where that was not stored.
        expect(await read(faulty, 'first')).toBe('first');
        expect(['first', 'second']).toContain(await read(other, 'second'));
        await settleBy(machine, bounds.invalidate, faulty.cache.invalidate({ key: 'key' }));
        expect(await read(faulty, 'third')).toBe('third');
        await settleBy(machine, bounds.set, faulty.cache.set('key', 'fourth'));
        // Strictly, nothing that is kept is trusted while the store cannot say what others have done.
        const trusted = coherence === 'bounded' || operation !== 'catchUp';
        expect(trusted ? ['fourth'] : ['fourth', 'fifth']).toContain(await read(faulty, 'fifth'));
        await machine.pass(30_000, 500);
        machine.assertInvariants();
      }
    }
  });
});

describe('a damaged record', () => {
  test('is never served: it is made anew, and the event says why', { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.json(), async (seed, text) => {
        const machine = new Machine();
        const value = JSON.parse(text) as unknown;
        const whole = machine.open();
        await whole.cache.set('key', { value });
        await whole.cache.flush();
        const { cache } = machine.open({
          faults: ({ method }) => (method === 'readMany' ? { type: 'damage' } : undefined),
          seed,
        });
        const reasons: string[] = [];
        cache.on('record.refused', ({ reason }) => void reasons.push(reason));
        const answer = await cache.resolve('key', async () => 'made anew');
        // A change may have been none, such as one byte for the same.
        if (answer.outcome === 'stored') expect(answer.value).toEqual({ value });
        else {
          expect(answer).toMatchObject({ value: 'made anew', outcome: 'generated' });
          expect(reasons.length).toBeGreaterThan(0);
        }
        await cache.flush();
        machine.assertInvariants();
      }),
      { numRuns: 5 * rounds },
    );
  });

  test('is taken out of the store', async () => {
    const machine = new Machine();
    await machine.open().cache.set('key', 'value');
    const { cache } = machine.open({
      faults: scriptedFaults({
        readMany: [{ type: 'damage', change: (bytes) => bytes.map((byte) => byte ^ 1) }],
      }),
    });
    expect(await cache.lookup('key')).toBeUndefined();
    await machine.quiet();
    expect(machine.backend.count).toBe(0);
    machine.assertInvariants();
  });
});

describe('a store that is down', () => {
  test('is left alone after five failures, and asked again later and later', async () => {
    const machine = new Machine();
    const { cache, store } = machine.open({ faults: down });
    const resting: boolean[] = [];
    cache.on('store.failed', (event) => void resting.push(event.resting));
    for (let call = 0; resting.length < 5; call += 1) await cache.lookup(`key ${call}`);
    expect(resting).toEqual([false, false, false, false, true]);
    let rest = 1_000;
    for (let round = 0; round < 8; round += 1) {
      const before = store.calls;
      for (let call = 0; call < 10; call += 1) {
        expect(await cache.getOrGenerate(`round ${round}, ${call}`, async () => call)).toBe(call);
      }
      expect(await cache.set('key', 'value')).toEqual({ persisted: false });
      await expect(cache.invalidate({ key: 'key' })).rejects.toMatchObject({ code: 'E_UNCONFIRMED' });
      await cache.flush();
      expect(store.calls).toBe(before);
      await machine.clock.advance(rest - 1);
      await cache.lookup('another');
      expect(store.calls).toBe(before);
      await machine.clock.advance(1);
      await cache.lookup('another');
      expect(store.calls).toBe(before + 1);
      rest = Math.min(30_000, 2 * rest);
    }
    machine.assertInvariants();
  });

  test('and answers again is used again, and its recovery is an event', async () => {
    const machine = new Machine();
    let failing = true;
    const { cache } = machine.open({ faults: () => (failing ? error : undefined) });
    let recovered = 0;
    cache.on('store.recovered', () => {
      recovered += 1;
    });
    for (let call = 0; call < 10; call += 1) await cache.lookup('key');
    failing = false;
    await machine.pass(1_000);
    expect(await cache.lookup('key')).toBeUndefined();
    expect(recovered).toBe(1);
    expect(await cache.set('key', 'value')).toEqual({ persisted: true });
    machine.assertInvariants();
  });

  test('is told what it missed: the newest value of each key', async () => {
    const machine = new Machine();
    let failing = true;
    const { cache } = machine.open({ faults: () => (failing ? error : undefined) });
    for (const value of ['oldest', 'older', 'newest']) {
      await cache.set('set', value);
      await machine.clock.advance(10);
    }
    await cache.getOrGenerate('made', async () => 'made');
    failing = false;
    await machine.pass(30_000, 1_000);
    await cache.lookup('another');
    await cache.flush();
    const next = machine.open();
    expect(await next.cache.lookup('set')).toMatchObject({ value: 'newest', outcome: 'stored' });
    expect(await next.cache.lookup('made')).toMatchObject({ value: 'made', outcome: 'stored' });
    machine.assertInvariants();
  });

  test('confirms no invalidation: it is in force here at once, and elsewhere when the store answers', async () => {
    const machine = new Machine();
    let failing = false;
    const { cache } = machine.open({
      faults: ({ method }) => (failing && method === 'invalidate' ? error : undefined),
    });
    const other = machine.open();
    const keys = ['key', 'tagged'];
    await other.cache.set('key', 'old');
    await other.cache.set('tagged', 'old', { tags: ['t'] });
    for (const key of keys) expect(await cache.lookup(key)).toMatchObject({ value: 'old' });
    failing = true;
    const invalidating = Promise.allSettled([
      cache.invalidate({ key: 'key' }),
      cache.invalidate({ tag: 't' }),
    ]);
    // Before the store has said anything.
    for (const key of keys) expect(cache.peek(key)).toBeUndefined();
    for (const settled of await invalidating) {
      expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'E_UNCONFIRMED' } });
      expect(HoldfastError.isInstance((settled as PromiseRejectedResult).reason)).toBe(true);
    }
    // What the store still has is not read here.
    for (const key of keys) {
      expect(await cache.lookup(key)).toBeUndefined();
      expect(other.cache.peek(key)).toBeDefined();
    }
    failing = false;
    await machine.pass(1_000);
    await cache.expire({ key: 'another' });
    await cache.lookup('another');
    await cache.flush();
    await machine.pass(100);
    for (const key of keys) {
      expect(other.cache.peek(key)).toBeUndefined();
      expect(await machine.open().cache.lookup(key)).toBeUndefined();
    }
    machine.assertInvariants();
  });

  test('costs no stale value its mark', async () => {
    const machine = new Machine();
    let failing = false;
    const { cache } = machine.open({
      kind: { ttl: 1_000, staleIfError: 10_000 },
      faults: () => (failing ? error : undefined),
    });
    await cache.getOrGenerate('key', async () => 'old');
    failing = true;
    await machine.pass(2_000);
    const provider = async () => {
      throw new Error('the provider is down, too');
    };
    expect(await cache.resolve('key', provider)).toMatchObject({
      value: 'old',
      stale: 'aged',
      outcome: 'stale',
    });
    await machine.pass(10_000);
    await expect(cache.resolve('key', provider)).rejects.toThrow('the provider is down, too');
    machine.assertInvariants();
  });
});

describe('a store that hangs', () => {
  test('costs each call a bounded wait, and then none', async () => {
    const machine = new Machine();
    const { cache } = machine.open({ wrap: (store) => hanging(store) });
    for (let call = 0; call < 10; call += 1) {
      const began = machine.clock.now();
      const settled = await settleBy(
        machine,
        3_000,
        cache.getOrGenerate(`key ${call}`, async () => call),
      );
      expect(settled).toEqual({ status: 'fulfilled', value: call });
      if (call > 5) expect(machine.clock.now()).toBe(began);
    }
    await machine.pass(20_000, 1_000);
    machine.assertInvariants();
  });

  test('does not keep close() past its bound', async () => {
    const machine = new Machine();
    const { cache } = machine.open({ wrap: (store) => hanging(store) });
    const setting = cache.set('key', 'value');
    const invalidating = Promise.allSettled([cache.invalidate({ tag: 't' })]);
    await machine.quiet();
    let closed = false;
    const closing = cache.close({ timeout: 1_000 }).then(() => {
      closed = true;
    });
    await machine.quiet();
    await machine.pass(1_000);
    expect(closed).toBe(true);
    await closing;
    await machine.pass(20_000, 1_000);
    expect(await setting).toEqual({ persisted: false });
    await invalidating;
    expect(machine.clock.timers).toBe(0);
    machine.assertInvariants();
  });
});

import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../testing/held-generator.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

const reasonsOf = async (calls: Iterable<Promise<unknown>>): Promise<unknown[]> =>
  (await Promise.allSettled(calls)).map((result) =>
    result.status === 'rejected' ? result.reason : undefined,
  );

describe('one flight per key', () => {
  it('is joined by callers with and without options, and every one of them gets its value', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const leader = cache.resolve('key', held.generate);
    const followers = [
      cache.resolve('key', held.generate),
      cache.resolve('key', held.generate, { timeout: '1m' }),
      cache.resolve('key', held.generate, { mode: 'refresh' }),
    ];
    const bare = [
      cache.getOrGenerate('key', held.generate),
      cache.getOrGenerate('key', held.generate, { tags: ['t'] }),
    ];
    held.run(0).resolve('value');
    expect(await leader).toMatchObject({ value: 'value', outcome: 'generated', age: 0, stale: false });
    for (const follower of followers)
      expect(await follower).toMatchObject({ value: 'value', outcome: 'coalesced' });
    expect(await Promise.all(bare)).toEqual(['value', 'value']);
    expect(held.runs).toHaveLength(1);
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, coalesced: 5 });
    assertInvariants(cache);
  });

  it('starts the generator before the call returns, and settles nobody before it has ended', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    let done = false;
    const call = cache.getOrGenerate('key', held.generate).then(() => {
      done = true;
    });
    expect(held.runs).toHaveLength(1);
    await settled();
    expect(done).toBe(false);
    held.run(0).resolve('value');
    await call;
  });

  it('of one key does not hold up those of others', async () => {
    const { cache } = createTestCache({ kinds: { other: kind<string>() } });
    const held = new HeldGenerator();
    const slow = cache.getOrGenerate('key', held.generate);
    expect(await cache.getOrGenerate('another', async () => 'fast')).toBe('fast');
    expect(await cache.kind('other').getOrGenerate('key', async () => 'fast')).toBe('fast');
    expect(await cache.scope('tenant').getOrGenerate('key', async () => 'fast')).toBe('fast');
    held.run(0).resolve('slow');
    expect(await slow).toBe('slow');
  });

  it('makes a value of null like any other', async () => {
    const { cache } = createTestCache();
    expect(await cache.getOrGenerate('key', async () => null)).toBeNull();
    expect(cache.get('key')).toBeNull();
    expect(await cache.resolve('key', async () => 'never asked')).toMatchObject({
      value: null,
      outcome: 'hit',
    });
  });

  it.each([0, '', false, Number.NaN])('keeps the falsy value %s', async (value) => {
    const { cache } = createTestCache();
    expect(await cache.getOrGenerate('key', async () => value)).toBe(value);
    expect(await cache.getOrGenerate('key', async () => 'never asked')).toBe(value);
    expect(cache.peek('key')?.value).toBe(value);
  });

  it('takes a value that is returned without a promise, and a thenable that is none of ours', async () => {
    const { cache } = createTestCache();
    expect(await cache.getOrGenerate('plain', () => 'value')).toBe('value');
    const thenable = {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
      then: (resolve: (value: string) => void) => resolve('from a thenable'),
    };
    expect(await cache.getOrGenerate('thenable', () => thenable as PromiseLike<string>)).toBe(
      'from a thenable',
    );
    expect(cache.get('thenable')).toBe('from a thenable');
  });

  it('ends when a thenable throws in `then`, or its `then` cannot be read', async () => {
    const { cache } = createTestCache();
    const error = new Error('broken thenable');
    const broken = [
      {
        // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
        then: () => {
          throw error;
        },
      },
      Object.defineProperty({}, 'then', {
        get: () => {
          throw error;
        },
      }),
    ];
    for (const [index, thenable] of broken.entries()) {
      await expect(cache.getOrGenerate(`key ${index}`, () => thenable as never)).rejects.toBe(error);
    }
    assertInvariants(cache);
  });
});

describe('a failure', () => {
  it.each([undefined, null, 0, '', false])('of the falsy %s rejects everyone alike', async (thrown) => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const calls = [
      cache.getOrGenerate('key', held.generate),
      cache.getOrGenerate('key', held.generate),
      cache.resolve('key', held.generate, { timeout: '1m' }),
    ];
    held.run(0).reject(thrown);
    const results = await Promise.allSettled(calls);
    expect(results).toEqual(calls.map(() => ({ status: 'rejected', reason: thrown })));
    expect(cache.stats().outcomes.failed).toBe(3);
    expect((await cache.explain('key')).state).toBe('negative');
  });

  it('that is thrown synchronously is a rejection, for the leader and for nobody else', async () => {
    const { cache } = createTestCache();
    const error = new Error('thrown before any promise');
    const call = cache.getOrGenerate('key', () => {
      throw error;
    });
    await expect(call).rejects.toBe(error);
    expect(await cache.getOrGenerate('key', async () => 'later')).toBe('later');
  });

  it('is shared with those who joined, and with nobody else', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const joined = [cache.getOrGenerate('key', held.generate), cache.resolve('key', held.generate)];
    const error = new Error('provider down');
    held.run(0).reject(error);
    expect(await reasonsOf(joined)).toEqual([error, error]);
    const later = cache.getOrGenerate('key', held.generate);
    expect(held.runs).toHaveLength(2);
    held.run(1).resolve('value');
    expect(await later).toBe('value');
    expect(cache.stats().generations).toMatchObject({ started: 2, succeeded: 1, failed: 1, running: 0 });
  });

  it('is told to a caller who asks again from its own rejection by a new generation', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const call = cache
      .getOrGenerate('key', held.generate)
      .catch(() => cache.getOrGenerate('key', held.generate));
    held.run(0).reject(new Error('first'));
    await settled();
    expect(held.runs).toHaveLength(2);
    held.run(1).resolve('second');
    expect(await call).toBe('second');
  });

  it('of undefined as a value is E_UNDEFINED_VALUE, which names ctx.skip', async () => {
    const { cache } = createTestCache();
    const call = cache.getOrGenerate('key', async () => undefined);
    await expect(call).rejects.toMatchObject({
      code: 'E_UNDEFINED_VALUE',
      message: expect.stringContaining('ctx.skip'),
    });
    expect(cache.peek('key')).toBeUndefined();
  });

  it.each([undefined, null, 'text', { generate: true }])(
    'of a generator that is no function (%s) is E_OPTION',
    async (generator) => {
      const { cache } = createTestCache();
      await expect(cache.getOrGenerate('key', generator as never)).rejects.toMatchObject({
        code: 'E_OPTION',
      });
      await expect(cache.resolve('key', generator as never)).rejects.toMatchObject({ code: 'E_OPTION' });
    },
  );
});

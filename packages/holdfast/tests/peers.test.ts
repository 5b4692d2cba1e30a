import { HoldfastCycleError, kind } from 'holdfast';
import { assertInvariants, createTestCache, settled } from 'holdfast/testing';
import { describe, expect, it } from 'vitest';
import { HeldGenerator } from '../src/testing/held-generator.ts';

/** What measured peers got wrong, each as a scenario of its own. */
describe('where peers fall over', () => {
  it('a delete during a generation keeps the old value out', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const before = cache.resolve('key', held.generate);
    await cache.invalidate({ key: 'key' });
    held.run(0).resolve('made before the delete');
    expect(await before).toMatchObject({ value: 'made before the delete', outcome: 'generated' });

    expect(cache.peek('key')).toBeUndefined();
    const after = cache.getOrGenerate('key', held.generate);
    expect(held.runs).toHaveLength(2);
    held.run(1).resolve('made after it');
    expect(await after).toBe('made after it');
    expect(cache.get('key')).toBe('made after it');
  });

  it('a failing generator with 5 waiters runs once, and all get the same error', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const calls = Array.from({ length: 5 }, () => cache.getOrGenerate('key', held.generate));
    const error = new Error('provider down');
    held.run(0).reject(error);
    const results = await Promise.allSettled(calls);
    for (const result of results) expect((result as PromiseRejectedResult).reason).toBe(error);
    await settled();
    expect(held.runs).toHaveLength(1);
    expect(cache.stats()).toMatchObject({
      calls: 5,
      outcomes: { failed: 5 },
      generations: { started: 1, failed: 1 },
    });
  });

  it('an abort of the first caller rejects the first caller alone', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const controller = new AbortController();
    const first = cache.getOrGenerate('key', held.generate, { signal: controller.signal });
    const others = Array.from({ length: 4 }, () => cache.getOrGenerate('key', held.generate));
    const reason = new Error('the user went away');
    controller.abort(reason);
    await expect(first).rejects.toBe(reason);
    expect(held.run(0).ctx.signal.aborted).toBe(false);
    held.run(0).resolve('value');
    expect(await Promise.all(others)).toEqual(['value', 'value', 'value', 'value']);
    expect(cache.get('key')).toBe('value');
    expect(held.runs).toHaveLength(1);
  });

  it('a nested call for the same key rejects at once', async () => {
    const { cache } = createTestCache();
    const call = cache.getOrGenerate('key', () => cache.getOrGenerate('key', async () => 'inner'));
    await expect(call).rejects.toBeInstanceOf(HoldfastCycleError);
    assertInvariants(cache);
  });

  it('a cache of 2 entries runs 3 generations, and 300, and loses none', async () => {
    for (const flights of [3, 300]) {
      const { cache } = createTestCache({ maxEntries: 2 });
      const held = new HeldGenerator<number>();
      const calls = Array.from({ length: flights }, (_, index) =>
        cache.getOrGenerate(`key ${index}`, held.generate),
      );
      expect(held.runs).toHaveLength(flights);
      for (const [index, run] of held.runs.entries()) run.resolve(index);
      expect(await Promise.all(calls)).toEqual(Array.from({ length: flights }, (_, index) => index));
      expect(cache.stats().entries).toBe(2);
      assertInvariants(cache);
    }
  });

  it.each([-3_600_000, 3_600_000])(
    'a jump of the wall clock by %i ms neither revives nor kills an entry',
    async (jump) => {
      const { cache, clock } = createTestCache({ kinds: { default: kind<string>({ ttl: 100 }) } });
      await cache.set('key', 'value');
      await clock.advance(50);
      clock.jumpWall(jump);
      expect(cache.get('key')).toBe('value');
      await clock.advance(49);
      expect(cache.get('key')).toBe('value');
      await clock.advance(1);
      expect(cache.get('key')).toBeUndefined();
      clock.jumpWall(-2 * jump);
      expect(cache.get('key')).toBeUndefined();
    },
  );

  it('a failing background refresh runs once per back-off period, not once per get', async () => {
    const { cache, clock } = createTestCache({
      kinds: { default: kind<string>({ ttl: '1m', staleWhileRevalidate: '1h' }) },
    });
    let runs = 0;
    const failing = async (): Promise<string> => {
      runs += 1;
      throw new Error('provider down');
    };
    await cache.set('key', 'old');
    await clock.advance(60_000);
    const tenGets = async () => {
      for (let get = 0; get < 10; get += 1) {
        expect(await cache.resolve('key', failing)).toMatchObject({
          value: 'old',
          outcome: 'stale',
          stale: 'aged',
        });
        await settled();
      }
    };
    // The back-off: 1 s, doubling to 30 s.
    for (const [period, length] of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000].entries()) {
      await tenGets();
      expect(runs).toBe(period + 1);
      await clock.advance(length - 1);
      await tenGets();
      expect(runs).toBe(period + 1);
      await clock.advance(1);
    }
  });

  it('a tag invalidated in mid-flight keeps what was being made out, in 16 runs of 16', async () => {
    const { cache } = createTestCache();
    for (let run = 0; run < 16; run += 1) {
      const held = new HeldGenerator();
      const key = `key ${run}`;
      // The tag comes from the caller, or from the generator before or after the invalidation.
      const how = run % 3;
      const before = cache.getOrGenerate(key, held.generate, how === 0 ? { tags: ['author 7'] } : {});
      if (how === 1) held.run(0).ctx.tag('author 7');
      await cache.invalidate({ tag: 'author 7' });
      if (how === 2) held.run(0).ctx.tag('author 7');
      held.run(0).resolve('old');
      expect(await before).toBe('old');
      expect(cache.peek(key)).toBeUndefined();
      const after = cache.getOrGenerate(key, held.generate, { tags: ['author 7'] });
      held.run(1).resolve('new');
      expect(await after).toBe('new');
      expect(cache.get(key)).toBe('new');
    }
  });

  it('a herd of 10,000 on a failing generator makes one call, and each gets the error', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const calls = Array.from({ length: 10_000 }, () => cache.getOrGenerate('key', held.generate));
    const error = new Error('provider down');
    held.run(0).reject(error);
    const results = await Promise.allSettled(calls);
    expect(new Set(results.map((result) => (result as PromiseRejectedResult).reason))).toEqual(
      new Set([error]),
    );
    expect(held.runs).toHaveLength(1);
    expect(cache.stats().outcomes.failed).toBe(10_000);
  });

  it('a herd whose callers left one by one ends the generation with the last', async () => {
    const { cache } = createTestCache();
    const held = new HeldGenerator();
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const calls = controllers.map(({ signal }) => cache.getOrGenerate('key', held.generate, { signal }));
    for (const [index, controller] of controllers.entries()) {
      expect(held.run(0).ctx.signal.aborted, `after ${index} had left`).toBe(false);
      controller.abort();
    }
    expect(held.run(0).ctx.signal.aborted).toBe(true);
    await Promise.allSettled(calls);
    expect(cache.stats()).toMatchObject({ outcomes: { aborted: 100 }, generations: { abandoned: 1 } });
  });
});

describe('where peers hand out something else than was put in', () => {
  it('Dates, Float32Arrays, Maps and Buffers come out as they went in, untouched', async () => {
    const { cache } = createTestCache();
    const value = {
      date: new Date(0),
      vector: Float32Array.of(0.5, 1.5),
      map: new Map([['a', 1]]),
      buffer: Buffer.from('bytes'),
    };
    expect(await cache.getOrGenerate('key', async () => value)).toBe(value);
    const kept = cache.get<typeof value>('key');
    expect(kept?.date).toBe(value.date);
    expect(kept?.date).toEqual(new Date(0));
    expect(kept?.vector).toBeInstanceOf(Float32Array);
    expect(kept?.vector).toEqual(Float32Array.of(0.5, 1.5));
    expect(kept?.map.get('a')).toBe(1);
    for (const untouched of [value.date, value.map, value.buffer, value.vector]) {
      expect(Object.isFrozen(untouched)).toBe(false);
    }
    value.buffer[0] = 0x42;
    expect(value.buffer.toString()).toBe('Bytes');
  });

  it('plain objects and arrays are frozen to the bottom, so that no caller can change what others get', async () => {
    const { cache } = createTestCache();
    const value = { list: [{ deep: { deeper: ['x'] } }], date: new Date(0) };
    await cache.getOrGenerate('key', async () => value);
    for (const frozen of [
      value,
      value.list,
      value.list[0],
      value.list[0]?.deep,
      value.list[0]?.deep.deeper,
    ]) {
      expect(Object.isFrozen(frozen)).toBe(true);
    }
    expect(() => value.list.push({ deep: { deeper: [] } })).toThrow(TypeError);
    value.date.setTime(1);
    expect(value.date.getTime()).toBe(1);
  });

  it("a kind with values 'shared' freezes nothing", async () => {
    const { cache } = createTestCache({ kinds: { default: kind<{ list: number[] }>({ values: 'shared' }) } });
    await cache.set('key', { list: [1] });
    cache.get('key')?.list.push(2);
    expect(cache.get('key')).toEqual({ list: [1, 2] });
  });
});

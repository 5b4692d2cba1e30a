import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HoldfastError, kind } from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';

/* Promise 14: `close()` drains within its bound and leaves nothing behind. */

/** At least 10: fewer need not meet what the test says it has met. */
const rounds = Math.max(10, fc.readConfigureGlobal().numRuns ?? 100);

const caller = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  via: fc.constantFrom('one', 'bare', 'many', 'definition', 'nested'),
  /** Milliseconds that its generator takes, should it run; it hangs where that is more than anything. */
  takes: fc.constantFrom(5, 20, 40, 60, 100, Number.POSITIVE_INFINITY),
  fails: fc.boolean(),
  timeout: fc.option(fc.constantFrom(15, 45, 200), { nil: undefined }),
  comesAt: fc.constantFrom(0, 0, 10, 30),
});

test('close drains within its bound, and leaves no timer, flight or call', async () => {
  let drained = 0;
  let cutOff = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(caller, { minLength: 1, maxLength: 8 }),
      fc.record({ at: fc.constantFrom(0, 10, 35), bound: fc.constantFrom(5, 25, 80, 500) }),
      fc.boolean(),
      async (callers, close, keptBefore) => {
        const { cache, clock } = createTestCache({
          kinds: {
            value: kind<string>({
              ttl: 20,
              staleWhileRevalidate: 15,
              staleIfError: 200,
              generationTimeout: 90,
            }),
          },
        });
        const handle = cache.kind('value');
        if (keptBefore) await handle.setMany(['a', 'b'].map((key) => [key, 'kept']));
        const ended: { what: string; at: number }[] = [];
        const answers: Promise<unknown>[] = [];
        const work = (one: (typeof callers)[number] | undefined) =>
          new Promise<string>((resolve, reject) => {
            clock.setTimeout(() => {
              if (one?.fails) reject(new Error('failed'));
              else resolve('made');
            }, one?.takes ?? 0);
          });
        let closedAt: number | undefined;
        const child = cache.define({
          kind: 'value',
          name: 'child',
          generate: async (_, index: number) => work(callers[index]),
        });
        const parent = cache.define({
          kind: 'value',
          name: 'parent',
          generate: async (ctx, index: number) => `over ${await ctx.use(child, index)}`,
        });
        const ask = (one: (typeof callers)[number], index: number): Promise<unknown> => {
          const options = { ...(one.timeout !== undefined && { timeout: one.timeout }) };
          if (one.via === 'bare') return handle.getOrGenerate(one.key, () => work(one));
          if (one.via === 'one') return handle.resolve(one.key, () => work(one), options);
          if (one.via === 'definition') return child(index);
          if (one.via === 'nested') return parent.with(options)(index);
          return handle.getOrGenerateMany(
            ['a', 'b'],
            async (keys) => {
              const value = await work(one);
              return keys.map((key) => [key, value] as const);
            },
            options,
          );
        };
        const start = clock.now();
        let asked = 0;
        for (let now = 0; now <= 700; now += 5) {
          for (const [index, one] of callers.entries()) {
            if (one.comesAt !== now) continue;
            const late = now > close.at;
            asked += 1;
            answers.push(
              ask(one, index).then(
                () => void ended.push({ what: late ? 'late' : 'value', at: clock.now() - start }),
                (error: unknown) => {
                  const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
                  const closed = errors.some(
                    (each) => HoldfastError.isInstance(each) && each.code === 'E_CLOSED',
                  );
                  const what = late ? (closed ? 'refused' : 'late') : closed ? 'cut off' : 'failed';
                  ended.push({ what, at: clock.now() - start });
                },
              ),
            );
          }
          await settled();
          if (now === close.at) {
            void cache.close({ timeout: close.bound }).then(() => {
              closedAt = clock.now() - start;
            });
            await settled();
          }
          await clock.advance(5);
        }
        await Promise.all(answers);
        expect(ended).toHaveLength(asked);
        expect(ended.filter(({ what }) => what === 'late')).toEqual([]);
        expect(closedAt, 'closed').toBeDefined();
        expect(closedAt).toBeLessThanOrEqual(close.at + close.bound);
        // Who was under way has been answered before `close` was, and nobody was cut off before the bound.
        for (const { what, at } of ended) {
          if (what === 'cut off') expect(at).toBe(close.at + close.bound);
          else if (what !== 'refused') expect(at).toBeLessThanOrEqual(closedAt as number);
        }
        drained += ended.filter(({ what }) => what === 'value').length;
        cutOff += ended.filter(({ what }) => what === 'cut off').length;
        assertInvariants(cache);
        expect(clock.timers, 'timers').toBe(0);
        expect(cache.stats()).toMatchObject({ entries: 0, bytes: 0, generations: { running: 0 } });
        expect(handle.get('a')).toBeUndefined();
      },
    ),
    { numRuns: rounds },
  );
  expect(drained).toBeGreaterThan(rounds / 4);
  expect(cutOff).toBeGreaterThan(rounds / 10);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type CallOptions, type GenerationContext, kind } from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';

/*
 * Promises 1 and 7 under the scheduler: whatever generators and callers do, a key has one generation that callers can
 * join, and every call ends by its deadline. Nothing is invalidated here, so a generation is attached exactly while it
 * runs and its signal has not aborted: the test counts that itself. (In a bulk call of several keys one of them can be
 * detached alone, which the generator does not see: operations.test.ts counts those.)
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
const generationTimeout = 100;

type Ends = 'makes' | 'fails' | 'hangs' | 'throws' | 'leaves when told' | 'skips';
type Leaves = 'stays' | 'aborts' | 'times out' | 'takes stale';

const caller = fc.record({
  key: fc.constantFrom('a', 'b'),
  via: fc.constantFrom('one', 'bare', 'many'),
  mode: fc.constantFrom('default' as const, 'default' as const, 'refresh' as const),
  /** What the generator does, should it be this caller's that runs. */
  ends: fc.constantFrom<Ends[]>('makes', 'makes', 'fails', 'hangs', 'throws', 'leaves when told', 'skips'),
  pauses: fc.nat(3),
  leaves: fc.constantFrom<Leaves[]>('stays', 'stays', 'aborts', 'times out', 'takes stale'),
  again: fc.boolean(),
});
const windows = fc.record({
  ttl: fc.constantFrom(0, 30),
  staleWhileRevalidate: fc.constantFrom(0, 40),
  staleIfError: fc.constantFrom(0, 200),
  negativeTtl: fc.constantFrom(0, 50),
  onAbandon: fc.constantFrom('abort' as const, 'finish' as const),
});

test('a key has one attached generation at a time, and every call ends by its deadline', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(
      windows,
      fc.array(caller, { minLength: 2, maxLength: 12 }),
      fc.array(fc.constantFrom(1, 2, 6, 9), { maxLength: 6 }),
      fc.scheduler(),
      async (options, callers, ticks, scheduler) => {
        const { cache, clock } = createTestCache({
          kinds: { value: kind<string>({ ...options, generationTimeout }) },
        });
        const handle = cache.kind('value');
        const attached = new Map<string, number>();
        let ended = 0;
        let begun = 0;
        let worst = 0;

        // Every time in this test is a multiple of 5, so that what is due is seen at its own time.
        const turn = async (steps: number): Promise<void> => {
          for (let step = 0; step < steps; step += 1) await clock.advance(5);
        };
        const run = async (keys: readonly string[], ctx: GenerationContext, ends: Ends, pauses: number) => {
          runs += 1;
          let counted = true;
          for (const key of keys) {
            const count = (attached.get(key) ?? 0) + 1;
            attached.set(key, count);
            worst = Math.max(worst, count);
          }
          const uncount = (): void => {
            if (!counted) return;
            counted = false;
            for (const key of keys) attached.set(key, (attached.get(key) ?? 0) - 1);
          };
          ctx.signal.addEventListener('abort', uncount, { once: true });
          for (let pause = 0; pause < pauses; pause += 1) {
            await scheduler.schedule(Promise.resolve(), `a generation of ${keys} goes on`);
          }
          if (ends === 'hangs') await new Promise(() => {});
          if (ends === 'leaves when told') {
            await new Promise((_, reject) => {
              ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason), { once: true });
              if (ctx.signal.aborted) reject(ctx.signal.reason);
            });
          }
          uncount();
          if (ends === 'fails') throw new Error('failed');
          return ends === 'skips' ? ctx.skip('made') : 'made';
        };

        const act = async (one: (typeof callers)[number], index: number): Promise<void> => {
          await scheduler.schedule(Promise.resolve(), `caller ${index} begins`);
          const controller = new AbortController();
          const wishes: CallOptions = {
            mode: one.mode,
            ...(one.leaves === 'aborts' && { signal: controller.signal }),
            ...(one.leaves === 'times out' && { timeout: 20 }),
            ...(one.leaves === 'takes stale' && { staleAfter: 15 }),
          };
          const bare = one.via === 'bare' && one.mode === 'default' && one.leaves === 'stays';
          const generate = (ctx: GenerationContext) => {
            if (one.ends === 'throws') throw new Error('threw');
            return run([one.key], ctx, one.ends, one.pauses);
          };
          const began = clock.now();
          begun += 1;
          const call =
            one.via === 'many'
              ? handle.getOrGenerateMany(
                  [one.key],
                  async (missing, ctx) => {
                    if (one.ends === 'throws') throw new Error('threw');
                    const value = await run(missing, ctx, one.ends, one.pauses);
                    return missing.map((key) => [key, value] as const);
                  },
                  wishes,
                )
              : bare
                ? handle.getOrGenerate(one.key, generate)
                : handle.resolve(one.key, generate, wishes);
          if (one.leaves === 'aborts') {
            void scheduler
              .schedule(Promise.resolve(), `caller ${index} leaves`)
              .then(() => controller.abort(new Error('left')));
          }
          await call.then(
            () => {},
            (error: unknown) => expect(error).toBeInstanceOf(Error),
          );
          ended += 1;
          const deadline = one.leaves === 'times out' ? 20 : generationTimeout;
          expect(clock.now() - began, `caller ${index} waited`).toBeLessThanOrEqual(deadline);
          if (one.again) await act({ ...one, again: false }, index);
        };

        const all = Promise.all(callers.map(act));
        let over = false;
        void all.finally(() => {
          over = true;
        });
        for (const [index, tick] of ticks.entries()) {
          void scheduler.schedule(Promise.resolve(), `tick ${index}`).then(() => turn(tick));
        }
        for (let round = 0; !over && round < 100; round += 1) {
          await scheduler.waitIdle();
          await settled();
          if (!over) await turn(2);
        }
        expect(over, 'all calls have ended').toBe(true);
        await all;
        expect(worst, 'generations of one key at once').toBeLessThanOrEqual(1);
        // What goes on in the background ends by its own deadline.
        for (let round = 0; round < 12; round += 1) {
          await scheduler.waitIdle();
          await clock.advance(generationTimeout / 4);
        }
        assertInvariants(cache);
        expect(ended).toBe(begun);
        expect(cache.stats().calls).toBe(begun);
        expect(clock.timers).toBe(0);
      },
    ),
    { numRuns: rounds * 3 },
  );
  expect(runs).toBeGreaterThan(rounds);
});

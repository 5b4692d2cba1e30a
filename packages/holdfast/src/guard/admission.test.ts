import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HoldfastRefusedError } from '../lib/errors.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { Admission, type AdmissionOptions, type AdmissionRequest, type Slot } from './admission.ts';
import { runOut } from './run-out.test-support.ts';

function bench(options: AdmissionOptions) {
  const clock = new ManualClock();
  const admission = new Admission(clock, options);
  const enter = (request: Partial<AdmissionRequest> = {}) =>
    admission.enter({ scope: 's', priority: 0, deadline: Number.POSITIVE_INFINITY, ...request });
  return { clock, admission, enter };
}

describe('admission', () => {
  test('never has more under way than it may, keeps none past its deadline, and leaves nothing behind', async () => {
    const caller = fc.record({
      after: fc.nat({ max: 300 }),
      scope: fc.constantFrom('a', 'b'),
      takes: fc.nat({ max: 1_000 }),
      patience: fc.constantFrom(0, 200, 1_000, Number.POSITIVE_INFINITY),
      abortAfter: fc.option(fc.nat({ max: 500 })),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.nat({ max: 5 }),
        fc.array(caller, { maxLength: 25 }),
        async (concurrency, queue, callers) => {
          const { clock, admission, enter } = bench({ concurrency, queue });
          let running = 0;
          const signals: AbortSignal[] = [];
          const all: Promise<void>[] = [];
          for (const one of callers) {
            await clock.flow(one.after);
            const controller = new AbortController();
            const { signal } = controller;
            signals.push(signal);
            const deadline = clock.now() + one.patience;
            const leaves =
              one.abortAfter === null
                ? undefined
                : clock.setTimeout(() => controller.abort(), one.abortAfter);
            all.push(
              enter({ scope: one.scope, deadline, signal }).then(
                (slot) => {
                  leaves?.cancel();
                  expect(clock.now()).toBeLessThanOrEqual(deadline);
                  running += 1;
                  expect(running).toBeLessThanOrEqual(concurrency);
                  clock.setTimeout(() => {
                    running -= 1;
                    slot.release();
                    slot.release();
                  }, one.takes);
                },
                () => {
                  leaves?.cancel();
                  expect(clock.now()).toBeLessThanOrEqual(deadline);
                },
              ),
            );
            expect(admission.status().waiting).toBeLessThanOrEqual(queue);
          }
          await runOut(clock, all);
          expect(clock.timers).toBe(running);
          await clock.flow(1_000);
          expect(admission.status()).toMatchObject({ running: 0, waiting: 0 });
          expect(clock.timers).toBe(0);
          for (const signal of signals) expect(getEventListeners(signal, 'abort')).toHaveLength(0);
        },
      ),
    );
  });

  test('sheds at once whose answer would come too late, and says when a turn is likely', async () => {
    const { clock, enter } = bench({ concurrency: 2 });
    const first = await enter();
    await clock.advance(1_000);
    first.release();
    const held: Slot[] = [await enter(), await enter()];
    const waiting = [1, 2, 3].map(() => enter({ priority: 1 }));
    const error = await enter({ deadline: clock.now() + 1_500 }).catch(
      (reason: HoldfastRefusedError) => reason,
    );
    expect(error).toMatchObject({ code: 'E_OVERLOADED', retryAt: clock.wall() + 2_000 });
    // A turn in 2 s, and twice the average of 1 s for the answer.
    await expect(enter({ deadline: clock.now() + 4_000 })).rejects.toThrow('its answer would come past');
    const patient = enter({ deadline: clock.now() + 4_001 });
    for (const slot of held) slot.release();
    for (const turn of [...waiting, patient]) (await turn).release();
    expect(clock.timers).toBe(0);
    await settled();
  });

  test('gives no slot to one that has no time left for an answer, but to the next', async () => {
    const { clock, admission, enter } = bench({ concurrency: 1 });
    const first = await enter();
    await clock.advance(100);
    first.release();
    const held = await enter();
    const late = enter({ deadline: clock.now() + 301 }).catch((reason: HoldfastRefusedError) => reason);
    const next = enter();
    await clock.advance(250);
    held.release();
    expect(await late).toMatchObject({
      code: 'E_OVERLOADED',
      message: expect.stringContaining('its turn came too late'),
    });
    (await next).release();
    expect(admission.status()).toMatchObject({ running: 0, waiting: 0 });
    expect(clock.timers).toBe(0);
  });

  test('sheds at once whose answer would come too late, as long as requests have lately taken', async () => {
    const { clock, enter } = bench({ concurrency: 1 });
    const first = await enter();
    await clock.advance(1_000);
    first.release();
    const held = await enter();
    // A turn in one second, and an answer one second later.
    const late = enter({ deadline: clock.now() + 1_900 });
    await expect(late).rejects.toMatchObject({ code: 'E_OVERLOADED', retryAt: clock.wall() + 1_000 });
    const patient = enter({ deadline: clock.now() + 10_000 });
    held.release();
    (await patient).release();
    // Nobody waits: it is tried, however little time there is.
    (await enter({ deadline: clock.now() + 1 })).release();
  });

  test('is not shut for good by a stall: free slots are given, and what they show opens the queue again', async () => {
    const { clock, enter } = bench({ concurrency: 1 });
    // A minute is twice the patience of all who come.
    for (let stalled = 0; stalled < 3; stalled += 1) {
      const slot = await enter();
      await clock.advance(60_000);
      slot.release();
    }
    let answers = 0;
    for (let isOpen = false; !isOpen; answers += 1) {
      const slot = await enter({ deadline: clock.now() + 30_000 });
      const second = enter({ deadline: clock.now() + 30_000 }).then(
        (next) => {
          next.release();
          return true;
        },
        () => false,
      );
      await clock.advance(100);
      slot.release();
      isOpen = await second;
    }
    // 60 s come down to a third of 30 s by a tenth with each answer of 0.1 s.
    expect(answers).toBe(19);
    expect(clock.timers).toBe(0);
  });

  test('learns nothing of how long a request takes from a slot that was not used', async () => {
    const { clock, enter } = bench({ concurrency: 1, queue: 1 });
    const first = await enter();
    await clock.advance(1_000);
    first.release();
    for (let unused = 0; unused < 100; unused += 1) (await enter()).cancel();
    const held = await enter();
    const waiting = enter();
    // One waits already: two turns of a second each.
    await expect(enter()).rejects.toMatchObject({ code: 'E_OVERLOADED', retryAt: clock.wall() + 2_000 });
    held.cancel();
    held.release();
    (await waiting).release();
    expect(clock.timers).toBe(0);
  });

  test('sheds what does not fit into the queue', async () => {
    const { clock, enter } = bench({ concurrency: 1, queue: 1 });
    const slot = await enter();
    const waiting = enter();
    const error = await enter().catch((reason: HoldfastRefusedError) => reason);
    expect(error).toMatchObject({ code: 'E_OVERLOADED', retryAt: clock.wall() + 1_000 });
    slot.release();
    (await waiting).release();
  });

  test('refuses bad options and repeats them', () => {
    expect(() => bench({ concurrency: 0 })).toThrow(
      'admission.concurrency must be a whole number (1 or more), not 0',
    );
    expect(() => bench({ queue: -1 })).toThrow('admission.queue must be a whole number (0 or more), not -1');
  });
});

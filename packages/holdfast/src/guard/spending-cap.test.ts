import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HoldfastRefusedError } from '../lib/errors.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { nextPacificMidnight } from './pacific-day.ts';
import { type Reservation, SpendingCap } from './spending-cap.ts';

const day = 86_400_000;

function refused(act: () => unknown): HoldfastRefusedError {
  try {
    act();
  } catch (error) {
    return error as HoldfastRefusedError;
  }
  throw new Error('it was let in');
}

describe('a spending cap', () => {
  test('refuses what does not fit beside what is spent and set aside, until midnight Pacific', async () => {
    const clock = new ManualClock();
    const cap = new SpendingCap(clock, 1);
    cap.reserve('a', 0.5).settle(0.7);
    const open = cap.reserve('a', 0.2);
    const error = refused(() => cap.reserve('a', 0.2));
    expect(error).toMatchObject({ code: 'E_SPENT', retryAt: nextPacificMidnight(clock.wall()) });
    cap.reserve('b', 1).cancel();
    open.cancel();
    open.settle(5);
    cap.reserve('a', 0.2).settle();
    expect(cap.status().a).toMatchObject({ reserved: 0, spent: expect.closeTo(0.9) });
    await clock.advance(error.retryAt - clock.wall());
    cap.reserve('a', 1).cancel();
  });

  test('says never where the estimate is over the cap', () => {
    const cap = new SpendingCap(new ManualClock(), (scope) => (scope === 'a' ? 1 : 0));
    expect(refused(() => cap.reserve('a', 2)).retryAt).toBe(Number.POSITIVE_INFINITY);
    expect(refused(() => cap.reserve('b')).retryAt).toBe(Number.POSITIVE_INFINITY);
  });

  test('sets aside the average of what the last calls cost where nobody estimates', () => {
    const cap = new SpendingCap(new ManualClock(), 10);
    cap.reserve('a').settle(4);
    const open = cap.reserve('a');
    expect(cap.status().a).toMatchObject({ spent: 4, reserved: 4 });
    open.settle(2);
    cap.reserve('a');
    expect(cap.status().a).toMatchObject({ spent: 6, reserved: expect.closeTo(3.8) });
    refused(() => cap.reserve('a'));
  });

  test('is never overdrawn by estimates, over midnights too, and gives all back', async () => {
    const step = fc.record({
      scope: fc.constantFrom('a', 'b'),
      usd: fc.constantFrom(0.25, 0.5, 1),
      end: fc.option(fc.tuple(fc.nat(), fc.boolean())),
      wait: fc.constantFrom(0, 0, day / 3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clock = new ManualClock();
        const cap = new SpendingCap(clock, 2);
        const open: Reservation[] = [];
        for (const { scope, usd, end, wait } of steps) {
          await clock.advance(wait);
          try {
            open.push(cap.reserve(scope, usd));
          } catch (error) {
            expect(error).toMatchObject({ code: 'E_SPENT' });
          }
          if (end !== null && open.length > 0) {
            const [ended] = open.splice(end[0] % open.length, 1);
            if (end[1]) ended?.settle();
            else ended?.cancel();
          }
          for (const { spent, reserved } of Object.values(cap.status())) {
            expect(spent + reserved).toBeLessThanOrEqual(2);
            expect(reserved).toBeGreaterThanOrEqual(0);
          }
        }
        for (const reservation of open) reservation.cancel();
        for (const { reserved } of Object.values(cap.status())) expect(reserved).toBe(0);
      }),
    );
  });

  test('refuses a bad cap and repeats it', () => {
    expect(() => new SpendingCap(new ManualClock(), -1)).toThrow('dollarsPerDay must be 0 or more, not -1');
  });
});

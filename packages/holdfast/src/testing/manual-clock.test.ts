import { describe, expect, test } from 'vitest';
import { ManualClock } from './manual-clock.ts';

describe('a manual clock', () => {
  test('flows: what a timer settles runs at its own time, and may set further timers', async () => {
    const times = async (turn: 'advance' | 'flow') => {
      const clock = new ManualClock();
      const seen: number[] = [];
      const pause = (milliseconds: number) =>
        new Promise<void>((resolve) => clock.setTimeout(resolve, milliseconds));
      void (async () => {
        for (let round = 0; round < 3; round += 1) {
          await pause(10);
          seen.push(clock.now() - 1_000);
        }
      })();
      await clock[turn](100);
      return [seen, clock.now() - 1_000, clock.wall() - Date.UTC(2026, 0, 1)];
    };
    expect(await times('flow')).toEqual([[10, 20, 30], 100, 100]);
    expect(await times('advance')).toEqual([[100], 100, 100]);
  });

  test('tells how long it is until its next timer', () => {
    const clock = new ManualClock();
    expect(clock.untilNext).toBeUndefined();
    clock.setTimeout(() => {}, 50);
    const first = clock.setTimeout(() => {}, 20);
    expect(clock.untilNext).toBe(20);
    first.cancel();
    expect(clock.untilNext).toBe(50);
  });
});

import { type ManualClock, settled } from '../testing/manual-clock.ts';

/** Turns the clock until all have settled, and no further. */
export async function runOut(clock: ManualClock, all: readonly Promise<unknown>[]): Promise<void> {
  let isOver = false;
  const over = Promise.all(all).then(() => {
    isOver = true;
  });
  await settled();
  while (!isOver && clock.untilNext !== undefined) await clock.flow(clock.untilNext);
  await over;
}

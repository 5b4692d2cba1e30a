import type { Guard } from 'holdfast/llm';
import type { ManualClock } from 'holdfast/testing';

/** Turns the clock over every back-off as soon as it has begun, so that no test waits for one. */
export function passBackOffs(gemini: Guard, clock: ManualClock): void {
  gemini.on((event) => {
    if (event.type !== 'retry.decided' || !event.decision.retry) return;
    const { delay } = event.decision;
    queueMicrotask(() => void clock.advance(delay));
  });
}

import { reasonOf } from './failure.ts';

const ceiling = 20;
const cell = new Int32Array(new SharedArrayBuffer(4));

/** Stops this thread: for the threads of a store, never for its caller's. */
function pause(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}

/** How long to wait before the next attempt, a little different for each, so that two do not meet again. */
export function backOff(attempt: number): number {
  return Math.min(ceiling, 2 ** attempt) * (0.5 + Math.random());
}

/** Repeats what finds a lock held, until `limit` milliseconds have passed. */
export function patiently<T>(limit: number, action: () => T): T {
  const end = performance.now() + limit;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return action();
    } catch (error) {
      if (reasonOf(error) !== 'busy' || performance.now() >= end) throw error;
      pause(backOff(attempt));
    }
  }
}

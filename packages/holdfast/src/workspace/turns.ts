const perTurn = 64;

/** Calls back when the event loop has gone round: a port, so that tests can hold and interleave turns. */
export interface Scheduler {
  immediate(callback: () => void): void;
}

export const loopScheduler: Scheduler = { immediate: (callback) => void setImmediate(callback) };

/**
 * Shares the event loop with everybody else: after work worth 64 stats (some 0.3 ms), what is left waits until the
 * loop has gone round once. Those who wait are served first, in the order in which they came.
 */
export class Turns {
  #spent = 0;
  #scheduled = false;
  readonly #waiting: (() => void)[] = [];
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler = loopScheduler) {
    this.#scheduler = scheduler;
  }

  /** Takes work worth that many stats out of this turn; false when the turn is over. */
  take(stats: number): boolean {
    if (this.#spent >= perTurn) return false;
    this.#spent += stats;
    return true;
  }

  /** For work that turned out larger than what was taken. */
  charge(stats: number): void {
    this.#spent += stats;
  }

  /** Resolves when work worth that many stats may be done: at once, or in a later turn. */
  async until(stats: number): Promise<void> {
    if (!this.take(stats)) await new Promise<void>((resolve) => this.wait(stats, resolve));
  }

  /** Calls back in a later turn, out of which that much has been taken. */
  wait(stats: number, callback: () => void): void {
    this.#waiting.push(() => {
      this.#spent += stats;
      callback();
    });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#scheduler.immediate(() => {
      this.#scheduled = false;
      this.#spent = 0;
      let served = 0;
      for (const callback of this.#waiting) {
        if (this.#spent >= perTurn) break;
        served += 1;
        callback();
      }
      this.#waiting.splice(0, served);
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}

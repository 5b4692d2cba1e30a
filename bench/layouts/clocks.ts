/** The coarse clocks under test. Times are milliseconds of `performance.now()`. */

/** (1) A cell that a timer empties: exact to 1 ms while the event loop turns, and frozen while it does not. */
export class CellClock {
  time = 0;
  #timer: NodeJS.Timeout | undefined;

  read(): number {
    this.time = performance.now();
    if (this.#timer === undefined) this.#timer = setTimeout(() => (this.time = 0), 1).unref();
    else this.#timer.refresh();
    return this.time;
  }
}

/** (2) The same, read afresh every 1,024 reads, so that a loop that never yields still sees time pass. */
export class BudgetClock {
  time = 0;
  budget = 0;
  #timer: NodeJS.Timeout | undefined;

  read(): number {
    this.budget = 1024;
    this.time = performance.now();
    if (this.#timer === undefined) this.#timer = setTimeout(() => (this.budget = 0), 1).unref();
    else this.#timer.refresh();
    return this.time;
  }
}

/**
 * (5) A horizon instead of a time: whatever is proven past it is fresh without looking at a clock, the rest asks the
 * exact clock. The horizon stands `slack` ahead of the last reading, so a thread that is blocked for less than that
 * errs on the side of the exact clock, and an entry near its end, or with a short ttl, is judged exactly. Unset it is
 * the largest finite number: an entry without a ttl (Infinity) never reads a clock nor arms a timer.
 */
export class HorizonClock {
  horizon = Number.MAX_VALUE;
  budget = 0;
  readonly #slack: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(slack = 1000) {
    this.#slack = slack;
  }

  read(): number {
    const now = performance.now();
    this.budget = 1024;
    this.horizon = now + this.#slack;
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.horizon = Number.MAX_VALUE;
        this.budget = 0;
      }, 1).unref();
    } else this.#timer.refresh();
    return now;
  }
}

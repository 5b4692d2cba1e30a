import type { Clock, Timer } from '../lib/clock.ts';

interface Pending {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test turns it. Hand it to `createCache({ clock })`; every ttl, window, time-out
 * and back-off of that cache then follows it.
 */
export class ManualClock implements Clock {
  #now: number;
  #wall: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /** @param wall milliseconds since 1970; 2026-01-01 by default. Monotonic time starts at 1,000. */
  constructor(wall: number = Date.UTC(2026, 0, 1)) {
    this.#now = 1_000;
    this.#wall = wall;
  }

  /** Monotonic milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Milliseconds since 1970. */
  wall(): number {
    return this.#wall;
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    const pending: Pending = { at: this.#now + Math.max(0, milliseconds), order: this.#order, callback };
    this.#order += 1;
    if (pending.at !== Number.POSITIVE_INFINITY) this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending), unref: () => {}, ref: () => {} };
  }

  /** Timers that have not fired: 0 where nothing was left behind. */
  get timers(): number {
    return this.#pending.size;
  }

  /**
   * Turns both times forward. Timers that come due fire in their order, each at its own time; promises that they
   * settle are not waited for: `await clock.advance(ms)` lets those run, too.
   */
  advance(milliseconds: number): Promise<void> {
    if (!(milliseconds >= 0))
      throw new RangeError(`time goes forward: ${milliseconds}; use jumpWall to set the clock`);
    const end = this.#now + milliseconds;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#pending.delete(next);
      this.#moveTo(next.at);
      next.callback();
    }
    this.#moveTo(end);
    return settled();
  }

  /**
   * As `advance`, but whatever a timer settles runs before the time of the next one comes: for code that reads the
   * clock, or sets further timers, after a promise.
   */
  async flow(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      await this.advance(Math.max(0, next.at - this.#now));
    }
    await this.advance(Math.max(0, end - this.#now));
  }

  /** Milliseconds until the next timer fires; `undefined` if there is none. */
  get untilNext(): number | undefined {
    const next = this.#next(Number.POSITIVE_INFINITY);
    return next === undefined ? undefined : Math.max(0, next.at - this.#now);
  }

  /** Sets the wall clock forward or back, as an administrator or a time server does. Monotonic time does not move. */
  jumpWall(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #moveTo(time: number): void {
    this.#wall += Math.max(0, time - this.#now);
    this.#now = Math.max(this.#now, time);
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined;
    for (const pending of this.#pending) {
      if (pending.at > end) continue;
      const earlier =
        first === undefined ||
        pending.at < first.at ||
        (pending.at === first.at && pending.order < first.order);
      if (earlier) first = pending;
    }
    return first;
  }
}

/** Resolves when every promise that can settle without a timer or I/O has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import { type Clock, SystemClock } from './clock.ts';

/** Milliseconds that a reading may be overtaken by, while the event loop is blocked, before it is doubted. */
const slack = 1_000;
/** Uses of one reading as `recent` before the clock is asked again: a loop that never lets timers run must not stop time. */
const mostRecents = 256;
/** Milliseconds for which one reading serves. */
const resolution = 1;

/**
 * Time as the hit path sees it: one number. What is fresh until after `time` is fresh, without a look at the clock,
 * which would cost more than the whole hit; whatever is not goes the long way round and asks `read()`.
 *
 * A reading puts the horizon a second ahead of now, and a timer puts it out of reach again a millisecond later. So an
 * entry is judged by a reading of about the last millisecond unless the event loop was blocked, and one in the last
 * second of its life, where that could matter, by the clock itself. What has no end (`Infinity`) is beyond every
 * horizon and never reads a clock.
 *
 * While `hold` is in force nothing is beyond it, so that every call goes the long way: somebody listens to every call,
 * the cache is closed, or the clock is one that was handed in and may be turned at any moment.
 */
export class Horizon {
  time: number = Number.MAX_VALUE;
  readonly #clock: Clock;
  #holds = 0;
  #recents = 0;
  readonly #recede = (): void => {
    if (this.#holds === 0) this.time = Number.MAX_VALUE;
  };

  constructor(clock: Clock) {
    this.#clock = clock;
    if (!(clock instanceof SystemClock)) this.hold();
  }

  read(): number {
    const now = this.#clock.now();
    if (this.time === Number.MAX_VALUE) {
      this.time = now + slack;
      setTimeout(this.#recede, resolution).unref();
    }
    return now;
  }

  /**
   * Now, or a moment of the last millisecond (of the time before the event loop was blocked, if it is): for the birth
   * of values, where being early only makes them age early.
   */
  recent(): number {
    this.#recents = (this.#recents + 1) % mostRecents;
    if (this.time < Number.MAX_VALUE && this.#recents !== 0) return this.time - slack;
    const now = this.read();
    if (this.time < Number.MAX_VALUE) this.time = now + slack;
    return now;
  }

  /** Sends every read the long way round until the returned function is called. */
  hold(): () => void {
    this.#holds += 1;
    this.time = Number.POSITIVE_INFINITY;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      this.#recede();
    };
  }
}

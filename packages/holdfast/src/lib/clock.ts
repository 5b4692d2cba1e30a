import { uptime } from 'node:os';
import { performance } from 'node:perf_hooks';

/** A timer that can be called off, and told not to keep the process alive. */
export interface Timer {
  cancel(): void;
  unref(): void;
  /** Takes `unref` back. */
  ref(): void;
}

/**
 * Where time comes from; one per cache, so that tests hand in their own.
 *
 * `now` is monotonic milliseconds that go on during a suspend; `wall` is milliseconds since 1970 and may jump.
 */
export interface Clock {
  now(): number;
  wall(): number;
  setTimeout(callback: () => void, milliseconds: number): Timer;
}

/** The readings that the system clock is made from; handed in by its tests. */
export interface TimeSource {
  /** Monotonic milliseconds, which may stand still while the machine sleeps. */
  monotonic(): number;
  wall(): number;
  /** Milliseconds since boot, sleep included. Slow and coarse. */
  uptime(): number;
}

const processTime: TimeSource = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  uptime: () => uptime() * 1_000,
};

/** A longer step of wall time against monotonic time is looked into: a clock was set, or the machine slept. */
const suspicious = 2_000;
/** Milliseconds awake between two looks at the wall clock, which costs as much as the monotonic one. */
const checkEvery = 10;
/** Node's timers hold at most this; a longer one is armed again when it fires. */
const longestTimer = 2_147_483_647;

/**
 * The clock of the process. `performance.now()` stops while the machine is suspended (Linux, macOS), so a ttl would
 * be longer by the length of every sleep. When wall time moved away from monotonic time by more than two seconds,
 * the time since boot tells a sleep (it moved too: add it) from a clock that somebody set (it did not: ignore it).
 */
export class SystemClock implements Clock {
  readonly #source: TimeSource;
  #asleep = 0;
  #drift: number;
  #bootDrift: number;
  #checkedAt: number;

  constructor(source: TimeSource = processTime) {
    this.#source = source;
    const monotonic = source.monotonic();
    this.#checkedAt = monotonic;
    this.#drift = source.wall() - monotonic;
    this.#bootDrift = source.uptime() - monotonic;
  }

  now(): number {
    const monotonic = this.#source.monotonic();
    if (monotonic - this.#checkedAt < checkEvery) return monotonic + this.#asleep;
    this.#checkedAt = monotonic;
    const drift = this.#source.wall() - monotonic;
    if (Math.abs(drift - this.#drift) > suspicious) {
      this.#drift = drift;
      const bootDrift = this.#source.uptime() - monotonic;
      if (bootDrift - this.#bootDrift > suspicious) {
        this.#asleep += bootDrift - this.#bootDrift;
        this.#bootDrift = bootDrift;
      }
    }
    return monotonic + this.#asleep;
  }

  wall(): number {
    return this.#source.wall();
  }

  setTimeout(callback: () => void, milliseconds: number): Timer {
    return new SystemTimer(callback, milliseconds);
  }
}

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;
  #referenced = true;

  constructor(callback: () => void, milliseconds: number) {
    this.#arm(callback, milliseconds);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  unref(): void {
    this.#referenced = false;
    this.#handle?.unref();
  }

  ref(): void {
    this.#referenced = true;
    this.#handle?.ref();
  }

  #arm(callback: () => void, left: number): void {
    if (left === Number.POSITIVE_INFINITY) return;
    this.#handle =
      left <= longestTimer
        ? setTimeout(callback, left)
        : setTimeout(() => this.#arm(callback, left - longestTimer), longestTimer);
    if (!this.#referenced) this.#handle.unref();
  }
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SystemClock, type TimeSource } from './clock.ts';
import { Horizon } from './horizon.ts';

/** A machine: time passes awake or asleep, and its wall clock can be set. */
class Machine implements TimeSource {
  #awake = 5_000;
  #asleep = 0;
  #set = 1_700_000_000_000;

  monotonic = () => this.#awake;
  wall = () => this.#awake + this.#asleep + this.#set;
  uptime = () => this.#awake + this.#asleep;

  run(milliseconds: number): void {
    this.#awake += milliseconds;
  }
  sleep(milliseconds: number): void {
    this.#asleep += milliseconds;
  }
  setWall(by: number): void {
    this.#set += by;
  }
}

const hour = 3_600_000;

describe('the system clock', () => {
  it('follows the monotonic clock', () => {
    const machine = new Machine();
    const clock = new SystemClock(machine);
    const start = clock.now();
    machine.run(1_234);
    expect(clock.now() - start).toBe(1_234);
    expect(clock.wall()).toBe(machine.wall());
  });

  it.each([hour, -hour, 3_000, -3_000])('ignores a jump of the wall clock by %i ms', (jump) => {
    const machine = new Machine();
    const clock = new SystemClock(machine);
    const start = clock.now();
    machine.setWall(jump);
    machine.run(100);
    expect(clock.now() - start).toBe(100);
    machine.setWall(-jump);
    machine.run(100);
    expect(clock.now() - start).toBe(200);
  });

  it('counts the time that the machine slept, once', () => {
    const machine = new Machine();
    const clock = new SystemClock(machine);
    const start = clock.now();
    machine.sleep(hour);
    machine.run(100);
    expect(clock.now() - start).toBe(hour + 100);
    machine.run(100);
    expect(clock.now() - start).toBe(hour + 200);
    machine.sleep(2 * hour);
    machine.run(100);
    expect(clock.now() - start).toBe(3 * hour + 300);
  });

  it('counts a sleep during which the wall clock was set, and naps that add up', () => {
    const machine = new Machine();
    const clock = new SystemClock(machine);
    const start = clock.now();
    machine.sleep(hour);
    machine.setWall(-2 * hour);
    machine.run(100);
    expect(clock.now() - start).toBe(hour + 100);
    for (let nap = 0; nap < 5; nap += 1) {
      machine.sleep(900);
      machine.run(100);
      clock.now();
    }
    const passed = clock.now() - start - hour - 600;
    expect(passed).toBeGreaterThan(2_000);
    expect(passed).toBeLessThanOrEqual(4_500);
  });

  it('never goes back', () => {
    const machine = new Machine();
    const clock = new SystemClock(machine);
    let last = clock.now();
    for (let step = 0; step < 200; step += 1) {
      if (step % 3 === 0) machine.setWall((step % 2 === 0 ? 1 : -1) * step * 1_000);
      if (step % 7 === 0) machine.sleep(step * 100);
      machine.run(step % 20);
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});

describe('its timers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fire once, and not when cancelled', () => {
    const clock = new SystemClock(new Machine());
    let fired = 0;
    const count = () => {
      fired += 1;
    };
    clock.setTimeout(count, 10);
    const cancelled = clock.setTimeout(count, 10);
    cancelled.cancel();
    cancelled.cancel();
    vi.advanceTimersByTime(9);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(100);
    expect(fired).toBe(1);
  });

  it('may be longer than Node’s own, which would fire at once, and infinite ones never fire', () => {
    const clock = new SystemClock(new Machine());
    let fired = 0;
    const month = 30 * 24 * hour;
    clock.setTimeout(() => {
      fired += 1;
    }, month);
    clock.setTimeout(() => {
      fired += 1;
    }, Number.POSITIVE_INFINITY);
    vi.advanceTimersByTime(month - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    const long = clock.setTimeout(() => {
      fired += 1;
    }, month);
    vi.advanceTimersByTime(month - 1);
    long.cancel();
    vi.advanceTimersByTime(month);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the horizon', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('lets only what has no end past it until the clock was read, and again a millisecond later', () => {
    const machine = new Machine();
    const horizon = new Horizon(new SystemClock(machine));
    expect(Number.POSITIVE_INFINITY > horizon.time).toBe(true);
    expect(1e300 > horizon.time).toBe(false);
    const now = horizon.read();
    expect(now).toBe(machine.monotonic());
    expect(horizon.time).toBe(now + 1_000);
    vi.advanceTimersByTime(1);
    expect(1e300 > horizon.time).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets nothing past it while it is held, by as many as hold it', () => {
    const horizon = new Horizon(new SystemClock(new Machine()));
    const first = horizon.hold();
    const second = horizon.hold();
    horizon.read();
    expect(Number.POSITIVE_INFINITY > horizon.time).toBe(false);
    first();
    first();
    expect(Number.POSITIVE_INFINITY > horizon.time).toBe(false);
    second();
    expect(Number.POSITIVE_INFINITY > horizon.time).toBe(true);
  });

  it('is always held over a clock that was handed in', () => {
    const horizon = new Horizon({
      now: () => 0,
      wall: () => 0,
      setTimeout: () => ({ cancel() {}, unref() {}, ref() {} }),
    });
    horizon.read();
    expect(Number.POSITIVE_INFINITY > horizon.time).toBe(false);
  });
});

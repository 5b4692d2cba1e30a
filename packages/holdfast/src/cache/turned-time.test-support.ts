import type { TimeSource } from '../lib/clock.ts';

/** What the system's clock reads, turned by a test. The manual clock would send every call the long way round. */
export class TurnedTime implements TimeSource {
  at = 1_000;

  monotonic(): number {
    return this.at;
  }

  wall(): number {
    return 1_700_000_000_000 + this.at;
  }

  uptime(): number {
    return this.at;
  }
}

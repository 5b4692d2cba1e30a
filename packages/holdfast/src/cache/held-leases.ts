import type { Clock, Timer } from '../lib/clock.ts';
import type { Flight } from './flight.ts';
import { type Leases, leaseTerm } from './leases.ts';

/** The leases that the flights of one generation hold. */
export class HeldLeases {
  readonly #clock: Clock;
  readonly #leases: Leases;
  readonly #flights: readonly Flight[];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, leases: Leases, flights: readonly Flight[]) {
    this.#clock = clock;
    this.#leases = leases;
    this.#flights = flights;
  }

  /** From now on: a lease that one key has must outlast the wait for another one's, and the generator. */
  keepRenewing(): void {
    this.#timer = this.#clock.setTimeout(() => {
      const held = this.#flights.flatMap(({ lease }) => lease ?? []);
      void Promise.all(held.map((lease) => this.#leases.renew(lease))).then(() => {
        if (!this.#stopped) this.keepRenewing();
      });
    }, leaseTerm / 3);
    this.#timer.unref();
  }

  stopRenewing(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** The generation has come to nothing. @param error why, for those who wait in other processes */
  releaseAll(error?: unknown): void {
    for (const flight of this.#flights) {
      if (flight.lease !== undefined) void this.#leases.release(flight.lease, error);
      flight.lease = undefined;
    }
  }
}

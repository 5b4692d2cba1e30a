import type { Clock, Timer } from '../lib/clock.ts';
import type { Flight } from './flight.ts';
import { type Leases, leaseTerm } from './leases.ts';

/** Renews the leases that the flights of one generation hold. */
export class LeaseRenewal {
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

  /** A lease that one key has must outlast the wait for another one's, and the generator. */
  start(): void {
    this.#timer = this.#clock.setTimeout(() => {
      const held = this.#flights.flatMap(({ lease }) => lease ?? []);
      void Promise.all(held.map((lease) => this.#leases.renew(lease))).then(() => {
        if (!this.#stopped) this.start();
      });
    }, leaseTerm / 3);
    this.#timer.unref();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }
}

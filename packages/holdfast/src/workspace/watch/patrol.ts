import type { Arming } from './arming.ts';
import type { Places } from './places.ts';
import type { Sweep } from './sweep.ts';

/** Milliseconds between two rounds of looks at what nothing tells of, and at what something should have told of. */
const pollEvery = 1_000;
const auditEvery = 60_000;

/** Finds what the machine does not tell of, by looking again and again. */
export class Patrol {
  readonly #places: Places;
  readonly #arming: Arming;
  /** Of what no machine tells of. */
  readonly #polling: Sweep;
  /** Of everything, rarely: what the machine does not tell of although it should (a write by a hard link made later). */
  readonly #audit: Sweep;

  /** @param sweep makes one */
  constructor(places: Places, arming: Arming, sweep: () => Sweep) {
    this.#places = places;
    this.#arming = arming;
    this.#polling = sweep();
    this.#audit = sweep();
  }

  /** The machine tells of changes, except where it was asked in vain. */
  trust(): void {
    this.#audit.start(() => this.#places.all(), auditEvery);
    if (this.#arming.refused.size > 0) this.#polling.start(() => this.#arming.unwatched(), pollEvery);
  }

  /** The machine tells of nothing. */
  poll(): void {
    this.#polling.start(() => this.#places.all(), pollEvery);
  }

  stop(): void {
    this.#polling.stop();
    this.#audit.stop();
  }
}

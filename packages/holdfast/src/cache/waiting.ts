import type { Flight } from './flight.ts';
import type { WaitNode } from './wait-graph.ts';

/**
 * What a call waits for: a flight, or a check. Whoever made the call, its parent, waits for the same, so that a circle of
 * waiting is seen before it closes.
 */
export class Waiting {
  /** The flight that the call has joined. */
  flight: Flight | undefined;
  /** It is the call's own. */
  leads = false;
  /** The check that the call waits for. */
  check: WaitNode | undefined;
  readonly #parent: WaitNode | undefined;

  constructor(parent: WaitNode | undefined) {
    this.#parent = parent;
  }

  /** False: that would close a circle. */
  forFlight(flight: Flight): boolean {
    if (this.#parent?.await(flight.generation) === false) return false;
    this.flight = flight;
    return true;
  }

  /** False: that would close a circle. */
  forCheck(check: WaitNode): boolean {
    if (this.#parent?.await(check) === false) return false;
    this.check = check;
    return true;
  }

  endFlight(): void {
    if (this.flight !== undefined) this.#parent?.release(this.flight.generation);
    this.flight = undefined;
    this.leads = false;
  }

  endCheck(): void {
    if (this.check !== undefined) this.#parent?.release(this.check);
    this.check = undefined;
  }
}

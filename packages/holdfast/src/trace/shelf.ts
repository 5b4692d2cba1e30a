import type { Clock } from '../lib/clock.ts';

/**
 * A place outside of the process for what saves work and changes no answer: it may be emptied at any time. A `StoreTable`
 * is one. Rejects where it cannot answer; what is not there is an answer.
 */
export interface Shelf {
  get(name: string): Promise<Uint8Array | undefined>;
  set(name: string, value: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
}

/** A shelf with the clock of whoever lends it, who asks for what is on it to be saved, and takes it back. */
export interface Lent {
  readonly shelf: Shelf;
  readonly clock: Clock;
}

/** What a source does with a shelf that it was lent. */
export interface Remembrance {
  /** Resolves when all that was learned before is on the shelf, or could not be put there. Bounded; never rejects. */
  save(): Promise<void>;
  /** Lets go of the shelf: nothing more is asked of it. */
  end(): void;
}

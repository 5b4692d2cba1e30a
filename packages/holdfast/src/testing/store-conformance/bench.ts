import type { Clock } from '../../lib/clock.ts';
import type { Store } from '../../stores/store.ts';

/** What the conformance suite needs to know of a store. */
export interface StoreBench {
  /**
   * Opens a store. Stores of one name share what they hold, as processes that open one file do; names differ from case to
   * case, and what is held under a name outlives the stores that were opened for it.
   */
  open(name: string): Promise<Store>;
  /** The same for a store that has room for more than 100 KB of records and for less than 1 MB. Left out: not checked. */
  openSmall?(name: string): Promise<Store>;
  /** The time that the stores see. */
  readonly clock: Clock;
  /** Lets time pass on that clock. */
  advance(milliseconds: number): Promise<void>;
  /** Milliseconds of a lease that a case waits for the end of. Default 10,000; less where time is real. */
  readonly term?: number;
}

import type { Totals } from '../store/totals.ts';

/** The store in one line. */
export interface StoreLine {
  /** `.holdfast/store.sqlite`: relative to the folder, or the name alone of a file outside of it. */
  readonly file: string;
  /** `readonly`: it takes nothing any more, as its warning says. */
  readonly state: 'open' | 'readonly' | 'closed';
  /** Of all kinds, and of earlier versions that nobody has asked for since. */
  readonly entries: number;
  /** As they are stored. */
  readonly bytes: number;
  /** Outlines that it had when the folder was read: these did not have to be made. */
  readonly stored: number;
}

/** `GET /api/store`: what the store holds, and the ledger over all runs. `null` where there is none. */
export interface StoreAnswer extends StoreLine {
  /** `bytes`: before they are compressed. */
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
  /** The ledger of all runs on this store, this one included. */
  readonly totals: Totals;
  readonly warnings: readonly string[];
}

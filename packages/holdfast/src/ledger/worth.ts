import { addTally, emptyTally, type Tally } from './tally.ts';

/** How a call got a value without a generation of its own: it was kept, or somebody else's generation made it. */
export type SavedBy = 'hit' | 'coalesced';

/** What generations cost, and what the calls without one of their own saved. Plain JSON. */
export interface Worth {
  /** By generations. */
  readonly spent: Tally;
  /** By the calls that got a value without a generation of their own, from what the value had cost: hit + coalesced. */
  readonly saved: Tally;
  readonly savedBy: {
    /** By what was kept: the outcomes hit, stored and stale. */
    readonly hit: Tally;
    /** By followers of one flight: the outcome coalesced. */
    readonly coalesced: Tally;
    /** By the provider's own cache: of the input tokens in `spent` those that it had, and the dollars that it took off. No
     * part of `saved`. */
    readonly provider: { readonly cachedTokens: number; readonly usd: number };
  };
}

/** The tallies of real costs, or of simulated ones. */
export class Worths {
  readonly spent = emptyTally();
  readonly hit = emptyTally();
  readonly coalesced = emptyTally();

  add(other: Worths): void {
    addTally(this.spent, other.spent);
    addTally(this.hit, other.hit);
    addTally(this.coalesced, other.coalesced);
  }

  toJSON(): Worth {
    const saved = { ...this.hit };
    addTally(saved, this.coalesced);
    return {
      spent: { ...this.spent },
      saved,
      savedBy: {
        hit: { ...this.hit },
        coalesced: { ...this.coalesced },
        provider: { cachedTokens: this.spent.cachedTokens, usd: this.spent.cachedUsd },
      },
    };
  }
}

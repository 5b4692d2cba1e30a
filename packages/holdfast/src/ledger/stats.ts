import type { Account, GenerationCounts, OutcomeCounts } from './account.ts';
import type { Worth } from './worth.ts';

/** One line of the ledger. Plain JSON. */
export interface StatsLine extends Worth {
  /** The sum of `outcomes`. */
  readonly calls: number;
  readonly outcomes: OutcomeCounts;
  /** hits / (hits + stale + misses), where hits = hit + stored, and misses = all the rest but stale, aborted and
   * bypassed; 0 before the first call. */
  readonly hitRatio: number;
  /** Calls that the cache made itself: `ctx.use`, and bringing dependencies up to date. */
  readonly internal: { readonly calls: number; readonly outcomes: OutcomeCounts };
  readonly generations: GenerationCounts;
  /** Entries in memory now. */
  readonly entries: number;
  /** What these entries weigh. */
  readonly bytes: number;
  /** The same of what was reported as simulated, which is in none of the other sums. */
  readonly simulated: Worth;
}

/** The ledger of a cache, or of one scope. Plain JSON. */
export interface Stats extends StatsLine {
  readonly kinds: Readonly<Record<string, StatsLine>>;
}

export function statsLine(account: Account, entries: number, bytes: number): StatsLine {
  return {
    calls: account.calls,
    outcomes: { ...account.outcomes },
    hitRatio: hitRatio(account.outcomes),
    internal: { calls: account.internalCalls, outcomes: { ...account.internal } },
    generations: { ...account.generations },
    entries,
    bytes,
    ...account.real.toJSON(),
    simulated: account.simulated.toJSON(),
  };
}

export function hitRatio(outcomes: OutcomeCounts): number {
  const hits = outcomes.hit + outcomes.stored;
  const misses =
    outcomes.coalesced + outcomes.generated + outcomes.negative + outcomes.failed + outcomes.missed;
  const all = hits + outcomes.stale + misses;
  return all === 0 ? 0 : hits / all;
}

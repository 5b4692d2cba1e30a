import type { Cost } from './cost.ts';

/** How a call ended; every call ends as exactly one. The order is that of every report. */
export const outcomes = [
  'hit',
  'stored',
  'stale',
  'coalesced',
  'generated',
  'negative',
  'failed',
  'aborted',
  'missed',
  'bypassed',
] as const;
export type Outcome = (typeof outcomes)[number];

/**
 * `aged`: past its ttl, or expired. `changed`: something that the value was made from differs, or cannot be checked.
 */
export type StaleMark = false | 'aged' | 'changed';

/**
 * Why a value was handed over although it is stale: `revalidating` in the background, the generation `failed`, it
 * failed a moment ago (`backoff`), the caller's `timeout` or `staleAfter` has passed, or a value that this one was
 * made from is stale itself (`dependency`).
 */
export type StaleReason = 'revalidating' | 'failed' | 'backoff' | 'timeout' | 'staleAfter' | 'dependency';

/** What `resolve` and `lookup` tell of a value. */
export interface Resolution<V> {
  readonly value: V;
  readonly outcome: Outcome;
  /** Milliseconds since the value was made; 0 for one made just now. */
  readonly age: number;
  readonly stale: StaleMark;
  readonly reason?: StaleReason;
  /** What it had cost to make the value. */
  readonly cost?: Cost;
}

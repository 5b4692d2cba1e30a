import type { LabStream } from './lab-stream.ts';

/** What the guard between cache and provider is doing. */
export interface LabGuard {
  /** Calls that count in the provider's present minute, and how many it lets in; `null`: it has no such limit. */
  readonly minute: { readonly used: number; readonly limit: number | null };
  /** Callers who wait for their turn, and calls under way. */
  readonly waiting: number;
  readonly underWay: number;
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Since the last reset. */
  readonly opened: number;
  readonly retries: number;
}

/** One side of the lab: through the cache, or unprotected. Counted since the last reset. */
export interface LabSide {
  /** Calls that reached the provider. */
  readonly providerCalls: number;
  /** At list prices of the simulated model. */
  readonly usd: number;
  readonly answered: number;
  /** Of the answers, those that were marked stale. */
  readonly stale: number;
  readonly failures: number;
  /** Callers who were told when to come back, in place of an answer: neither answered nor failed. */
  readonly refused: number;
  /** Seconds until the last of these may come back; 0 once it may. */
  readonly comeBackIn: number;
  readonly waiting: number;
  /** Calls that the provider answered with a 429. */
  readonly rateLimited: number;
  /** Absent where there is none. */
  readonly guard?: LabGuard;
  /** Absent before the stream scene is played: its callers, calls and dollars are here and in no other number. */
  readonly stream?: LabStream;
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

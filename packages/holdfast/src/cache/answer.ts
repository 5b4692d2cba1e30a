import type { Cost } from '../model/cost.ts';
import type { Outcome, Resolution, StaleMark, StaleReason } from '../model/outcome.ts';
import type { Trace } from '../model/trace.ts';

/** How a call ended well: what `resolve` tells, and what only the cache itself wants to know. */
export interface Answer {
  readonly value: unknown;
  readonly outcome: Outcome;
  readonly age: number;
  readonly stale: StaleMark;
  readonly reason?: StaleReason | undefined;
  readonly cost?: Cost | undefined;
  /** The value was made by a generator that said `ctx.skip`. */
  readonly skipped?: boolean;
  /** What the value was made from; undefined for nothing. */
  readonly trace?: Trace | undefined;
}

/** What a flight came to, for everyone who waits for it. */
export type Landing =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly madeAt: number;
      readonly stale: StaleMark;
      readonly reason?: StaleReason;
      readonly cost: Cost | undefined;
      readonly skipped: boolean;
      readonly trace: Trace | undefined;
      /** Where the value comes from, if not from this flight's own generation: a store, or another process's. */
      readonly by?: 'store' | 'elsewhere';
    }
  | { readonly ok: false; readonly error: unknown };

export function toResolution<V>(answer: Answer): Resolution<V> {
  const { value, outcome, age, stale, reason, cost } = answer;
  return {
    value: value as V,
    outcome,
    age,
    stale,
    ...(reason !== undefined && { reason }),
    ...(cost !== undefined && { cost }),
  };
}

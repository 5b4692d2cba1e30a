import type { Cost } from '../model/cost.ts';
import type { Outcome, Resolution, StaleMark, StaleReason } from '../model/outcome.ts';
import type { Trace } from '../model/trace.ts';
import type { Mode } from './call-options.ts';
import type { Engine } from './engine.ts';

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
      /** Why a stale value is handed over, where that is a failure. */
      readonly failure?: unknown;
    }
  | { readonly ok: false; readonly error: unknown };

/** What is told of the value in a slot, however it is handed over. */
export function inMemory(
  engine: Engine,
  slot: number,
): { value: unknown; madeAt: number; cost: Cost; trace: Trace | undefined } {
  const { table } = engine;
  return {
    value: table.value(slot),
    madeAt: table.madeAt(slot),
    cost: engine.costOf(slot),
    trace: table.note(slot)?.trace,
  };
}

/** How a call ends that got a value. @param by where the value comes from, as that call sees it */
export function outcomeOf(
  mode: Mode,
  stale: StaleMark,
  by: 'hit' | 'store' | 'elsewhere' | 'own' | 'joined',
): Outcome {
  if (mode === 'bypass') return 'bypassed';
  if (stale !== false) return 'stale';
  switch (by) {
    case 'hit':
      return 'hit';
    case 'store':
      return 'stored';
    case 'own':
      return 'generated';
    default:
      return 'coalesced';
  }
}

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

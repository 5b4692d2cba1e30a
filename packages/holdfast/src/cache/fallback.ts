import type { KeyId } from '../model/key.ts';
import type { StaleMark } from '../model/outcome.ts';
import type { Partition } from './partition.ts';
import { insideError, insideRevalidation, type Standing, standing } from './standing.ts';

/** A stale value that may be handed over in place of a fresh one. */
export interface Fallback {
  readonly slot: number;
  readonly mark: Exclude<StaleMark, false>;
}

/**
 * What may be served when the fresh value fails (`error`) or takes too long (`wait`, where either window will do).
 *
 * The dependencies are judged by their last check: one that is known to differ or could not be looked at makes the
 * value *changed*. A value that is not stale (a refresh of it failed) is called aged: its caller wanted a newer one.
 */
export function fallback(
  partition: Partition,
  id: KeyId,
  why: 'error' | 'wait',
  now: number,
): Fallback | undefined {
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const state = lastStanding(partition, slot, now);
  const allowed =
    insideError(state, partition.policy, now) ||
    (why === 'wait' && insideRevalidation(state, partition.policy, now) && !state.unproved);
  return allowed ? { slot, mark: state.mark || 'aged' } : undefined;
}

/** How an entry stands by what its last check came to, whoever asked for it. */
export function lastStanding(partition: Partition, slot: number, now: number): Standing {
  const { table } = partition.engine;
  const note = table.note(slot);
  return standing(table, slot, now, note && { note, verdict: note.verdict });
}

import type { KeyId } from '../model/key.ts';
import type { StaleMark } from '../model/outcome.ts';
import type { Partition } from './partition.ts';
import { insideError, insideRevalidation, type Proof, type Standing, standing } from './standing.ts';

/** A stale value that may be handed over in place of a fresh one. */
export interface Fallback {
  readonly slot: number;
  readonly mark: Exclude<StaleMark, false>;
}

/**
 * What may be served when the fresh value fails (`error`) or takes too long (`wait`, where either window will do).
 *
 * Dependencies that this call did not check are judged by their last check if the value is aged, and as unknown,
 * which makes it *changed*, if it is not. `staleWhileRevalidate` serves only what this call has checked. A value that
 * is not stale at all (a refresh of it failed) is called aged: its caller wanted a newer one.
 */
export function fallback(
  partition: Partition,
  id: KeyId,
  why: 'error' | 'wait',
  now: number,
  proof: Proof | undefined,
): Fallback | undefined {
  const { policy, engine } = partition;
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const own = standing(engine.table, slot, now, proof);
  const state = own.unproved ? unproved(partition, slot, own, now) : own;
  const allowed =
    insideError(state, policy, now) ||
    (why === 'wait' && !own.unproved && insideRevalidation(own, policy, now));
  return allowed ? { slot, mark: state.mark || 'aged' } : undefined;
}

function unproved(partition: Partition, slot: number, own: Standing, now: number): Standing {
  const last = lastStanding(partition, slot, now);
  if (own.mark === 'aged' || last.mark === 'changed') return last;
  return { ...own, mark: 'changed', since: partition.engine.table.note(slot)?.verifiedAt ?? now };
}

/** How an entry stands by what its last check came to, whoever asked for it. */
export function lastStanding(partition: Partition, slot: number, now: number): Standing {
  const { table } = partition.engine;
  const note = table.note(slot);
  return standing(table, slot, now, note && { note, verdict: note.verdict });
}

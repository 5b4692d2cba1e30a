import type { EntryNote } from '../memory/entry-note.ts';
import type { EntryTable } from '../memory/entry-table.ts';
import type { StaleMark } from '../model/outcome.ts';
import type { Verdict } from '../model/trace.ts';
import type { KindPolicy } from './kind.ts';

/** What the check of an entry's dependencies came to, for the very entry that was checked. */
export interface Proof {
  readonly note: EntryNote;
  readonly verdict: Verdict;
}

/**
 * How an entry stands now. `unproved`: fresh by age, or aged, but its dependencies were not checked for this call.
 * `since` is the moment of staleness, from which its windows are measured.
 */
export interface Standing {
  readonly mark: StaleMark;
  readonly unproved: boolean;
  readonly since: number;
  /** Only another entry that it was made from is stale, and served inside that one's own window. */
  readonly byDependency: boolean;
}

/** How the entry in a slot stands at `now`, given what this call found out about its dependencies. */
export function standing(table: EntryTable, slot: number, now: number, proof: Proof | undefined): Standing {
  const agedAt = table.agedAt(slot);
  const note = table.note(slot);
  const aged = now >= agedAt;
  if (note?.trace === undefined)
    return { mark: aged && 'aged', unproved: false, since: agedAt, byDependency: false };
  if (proof?.note !== note)
    return { mark: aged && 'aged', unproved: true, since: agedAt, byDependency: false };
  const { verdict } = proof;
  switch (verdict.state) {
    case 'same':
      return { mark: aged && 'aged', unproved: false, since: agedAt, byDependency: false };
    case 'stale':
      return aged
        ? { mark: verdict.mark, unproved: false, since: agedAt, byDependency: false }
        : { mark: verdict.mark, unproved: false, since: now, byDependency: true };
    default:
      // What had aged before has been stale since then: a change does not lengthen its windows.
      return {
        mark: 'changed',
        unproved: false,
        since: Math.min(agedAt, note.verifiedAt),
        byDependency: false,
      };
  }
}

/** Whether a stale value may be served while, or because it takes long until, it is made anew. */
export function insideRevalidation(state: Standing, policy: KindPolicy, now: number): boolean {
  if (state.mark === false) return policy.staleWhileRevalidate > 0;
  if (state.mark === 'changed' && !policy.serveChanged) return false;
  return now < state.since + policy.staleWhileRevalidate;
}

/** Whether a value may be served because its regeneration failed. One that is not stale at all may. */
export function insideError(state: Standing, policy: KindPolicy, now: number): boolean {
  if (state.mark === false) return policy.staleIfError > 0;
  return now < state.since + policy.staleIfError;
}

/** From when on a hit starts a refresh in the background: the given part of the way from making to ageing. */
export function refreshTime(madeAt: number, agedAt: number, policy: KindPolicy): number {
  if (policy.refreshAhead === 1 || agedAt === Number.POSITIVE_INFINITY) return agedAt;
  return madeAt + (agedAt - madeAt) * policy.refreshAhead;
}

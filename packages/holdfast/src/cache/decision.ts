import type { EntryTable } from '../memory/entry-table.ts';
import type { KeyId } from '../model/key.ts';
import type { StaleMark, StaleReason } from '../model/outcome.ts';
import { isEmpty } from '../trace/recorder.ts';
import type { Mode } from './call-options.ts';
import type { Failure } from './failures.ts';
import { type Fallback, fallback } from './fallback.ts';
import type { Flight } from './flight.ts';
import type { Partition } from './partition.ts';
import { insideRevalidation, type Proof, refreshTime, standing } from './standing.ts';

/** What a call does next. */
export type Decision =
  /** Hand over what is in memory, and with `refresh` see to it that it is made anew. */
  | {
      readonly do: 'serve';
      readonly slot: number;
      readonly stale: StaleMark;
      readonly reason?: StaleReason;
      readonly refresh: boolean;
    }
  /** Check the dependencies of the entry in this slot, then decide again. */
  | { readonly do: 'verify'; readonly slot: number }
  | { readonly do: 'join'; readonly flight: Flight }
  /** Check what the failed attempt had read, then decide again. */
  | { readonly do: 'recheck'; readonly failure: Failure }
  /** Hand over a failure of an attempt that began after the call did. */
  | { readonly do: 'share'; readonly failure: Failure }
  /** Hand over the remembered failure. */
  | { readonly do: 'remember'; readonly failure: Failure }
  /** Nothing fresh is kept, and the call is not to generate. */
  | { readonly do: 'miss' }
  | { readonly do: 'generate' };

/** What a call has found out so far. */
export interface Findings {
  readonly mode: Mode;
  /** What began after this one, among all checks and runs, serves the call. */
  readonly since: number;
  /** A failure that began after this one does not: the generator that calls has seen it, and tries again. */
  readonly until: number;
  /** Of the entry's dependencies, by a check that began after the call did. */
  readonly proof: Proof | undefined;
  /** The failure whose dependencies were found to be the same. */
  readonly standingFailure: Failure | undefined;
}

/**
 * The way of one call, as one decision. It looks only at memory and at what the call has found out, changes nothing,
 * and is taken again whenever the call has found out more:
 *
 * 1. fresh in memory, its dependencies checked → serve it;
 * 2. stale, inside `staleWhileRevalidate`, its dependencies checked → serve it, and make it anew in the background;
 * 3. a flight is under way → join it;
 * 4. failed a moment ago → what is stale inside `staleIfError`, else the remembered failure, if the kind remembers;
 * 5. otherwise → generate.
 */
export function decide(partition: Partition, id: KeyId, findings: Findings, now: number): Decision {
  const { mode, proof, standingFailure } = findings;
  if (mode === 'bypass') return { do: 'generate' };
  const flight = partition.flights.get(id);
  const failure = partition.failures.get(id);
  const shared = failure !== undefined && failure.order > findings.since && failure.order < findings.until;

  if (mode !== 'refresh') {
    const fromMemory = decideOnEntry(partition, id, mode, proof, now);
    if (fromMemory?.do === 'serve' && fromMemory.refresh) {
      if (flight !== undefined) return { ...fromMemory, refresh: false };
      if (failure !== undefined && now < failure.retryAt) {
        if (fromMemory.stale === false) return { ...fromMemory, refresh: false };
        if (needsRecheck(failure, standingFailure)) return { do: 'recheck', failure };
        return { ...fromMemory, refresh: false, reason: 'backoff' };
      }
    }
    // What was tried for the same question and failed has been checked for it.
    if (fromMemory !== undefined && !(fromMemory.do === 'verify' && shared)) return fromMemory;
  }
  if (mode === 'cached') return { do: 'miss' };
  if (flight !== undefined) return { do: 'join', flight };
  if (mode !== 'refresh' && failure !== undefined) {
    // While something stale can be served the back-off alone holds regeneration back, however long the kind remembers.
    const stale = fallback(partition, id, 'error', now, proof);
    const held = now < (stale === undefined ? failure.negativeUntil : failure.retryAt);
    if (held && needsRecheck(failure, standingFailure)) return { do: 'recheck', failure };
    if (held) return stale === undefined ? { do: 'remember', failure } : serveStale(stale, 'backoff');
    // The other entries of one question share what it costs: a provider that is down is asked once for all of them.
    if (stale === undefined && shared) return { do: 'share', failure };
  }
  return { do: 'generate' };
}

function decideOnEntry(
  partition: Partition,
  id: KeyId,
  mode: Mode,
  proof: Proof | undefined,
  now: number,
): Decision | undefined {
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const { policy, engine } = partition;
  const state = standing(engine.table, slot, now, proof);
  const inWindow = mode === 'default' && state.mark !== false && insideRevalidation(state, policy, now);
  if (state.unproved) {
    const worthIt = state.mark === false || inWindow || hasYoungerVariant(engine.table, slot, now);
    return worthIt ? { do: 'verify', slot } : undefined;
  }
  if (state.mark === false) {
    const due =
      mode === 'default' && now >= refreshTime(engine.table.madeAt(slot), engine.table.agedAt(slot), policy);
    return { do: 'serve', slot, stale: false, refresh: due };
  }
  if (state.byDependency && mode === 'default') {
    return { do: 'serve', slot, stale: state.mark, reason: 'dependency', refresh: false };
  }
  return inWindow
    ? { do: 'serve', slot, stale: state.mark, reason: 'revalidating', refresh: true }
    : undefined;
}

/** Whether the entry has another value inside its ttl: the state that it was made from may be back. */
function hasYoungerVariant(table: EntryTable, slot: number, now: number): boolean {
  return table.note(slot)?.others.some(({ agedAt }) => now < agedAt) ?? false;
}

/** A failure ends when something that the failed attempt had read changes. */
function needsRecheck(failure: Failure, standingFailure: Failure | undefined): boolean {
  return failure !== standingFailure && !isEmpty(failure.trace);
}

function serveStale(stale: Fallback, reason: StaleReason): Decision {
  return { do: 'serve', slot: stale.slot, stale: stale.mark, reason, refresh: false };
}

import { HoldfastError } from '../lib/errors.ts';
import type { EntryNote, Variant } from '../memory/entry-note.ts';
import { weigh, weighString } from '../memory/weigh.ts';
import { type Cost, reportOf } from '../model/cost.ts';
import type { Digest } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import type { Origin } from '../model/origin.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { emptyTrace, isEmpty, sameTrace } from '../trace/recorder.ts';
import type { Partition } from './partition.ts';
import { refreshTime } from './standing.ts';
import { dropVariants, othersBeside, weightOfAll } from './variants.ts';

/** Bytes that an entry costs beyond its key and value, rounded up from what was measured. */
export const entryOverhead = 160;

/** A value about to be kept. */
export interface Keepable {
  readonly value: unknown;
  /** From `weightOf`. */
  readonly weight: number;
  readonly madeAt: number;
  /** When what it was made from was last found to be the same. Default: when it was made. */
  readonly verifiedAt?: number;
  readonly ttl: number;
  /** The revision of the watch before what it was made from was last looked at. */
  readonly confirmedSince?: number;
  /** Aged from the start. */
  readonly expired: boolean;
  readonly cost: Cost;
  readonly tags: readonly string[];
  readonly trace: Trace;
  readonly origin: Origin | undefined;
  /** Of the value, if it is known. */
  readonly digest?: Digest | undefined;
  readonly by: 'generation' | 'set';
  /** What is known of the dependencies from the start. Default: that they are the same. */
  readonly verdict?: Verdict;
}

/** Puts a value in memory, in place of what was there. A value that may never be served again is not kept. */
export function commit(partition: Partition, id: KeyId, kept: Keepable): void {
  const { engine, policy, scope, kind } = partition;
  const { table, emitter } = engine;
  const { value, weight, madeAt, cost, trace } = kept;
  const neverServed = kept.ttl === 0 && policy.staleWhileRevalidate === 0 && policy.staleIfError === 0;
  if (neverServed || weight > engine.maxEntryBytes) {
    const former = partition.slot(id);
    // It takes the place of what was made from the same, though it is not kept itself.
    const sameState = (note: EntryNote) => kept.by === 'set' || sameTrace(note.trace ?? emptyTrace, trace);
    if (former !== undefined && !dropVariants(partition, former, sameState)) table.delete(former);
    if (!neverServed && emitter.wants('entry.oversized')) {
      const limit = engine.maxEntryBytes;
      emitter.emit({ type: 'entry.oversized', scope, kind, key: partition.key(id), weight, limit });
    }
    return;
  }
  const now = engine.horizon.recent();
  const jitter = policy.jitter === 0 ? 0 : policy.jitter * engine.random();
  const agedAt = kept.expired ? madeAt : madeAt + kept.ttl * (1 - jitter);
  const verifiable = !isEmpty(trace);
  const beside = verifiable && kept.by === 'generation';
  const others = beside ? othersBeside(partition, partition.slot(id), trace, weight, now) : [];
  for (const { note } of others) note.others = [];
  const note = noteFor(kept, verifiable ? trace : undefined, others);
  table.set(partition, id, {
    value,
    weight: weight + weightOfAll(others),
    madeAt,
    agedAt,
    freshUntil: verifiable ? Number.NEGATIVE_INFINITY : refreshTime(madeAt, agedAt, policy),
    seconds: cost.seconds,
    note,
  });
  if (note !== undefined && kept.confirmedSince !== undefined) {
    engine.watched?.noteCheck(note, kept.confirmedSince);
  }
  if (emitter.wants('entry.committed')) {
    emitter.emit({ type: 'entry.committed', scope, kind, key: partition.key(id), weight, by: kept.by });
  }
}

function noteFor(
  { tags, cost, origin, madeAt, verifiedAt, verdict, digest }: Keepable,
  trace: Trace | undefined,
  others: readonly Variant[],
): EntryNote | undefined {
  const reported = reportOf(cost);
  const nothing =
    tags.length === 0 &&
    reported === undefined &&
    trace === undefined &&
    origin === undefined &&
    digest === undefined;
  if (nothing) return undefined;
  return {
    tags,
    cost: reported,
    trace,
    origin,
    verifiedAt: verifiedAt ?? madeAt,
    verdict: verdict ?? same,
    checkedBy: 0,
    provenAt: -1,
    bears: false,
    read: false,
    digest,
    others,
  };
}

/**
 * What an entry counts against the limits: key, value, overhead. Freezes the value on the way, if its kind says so.
 * @throws E_OPTION if the kind's `weigh` gives no weight, and what that throws
 */
export function weightOf({ policy, kind }: Partition, id: KeyId, value: unknown): number {
  const own = weighString(id) + entryOverhead;
  if (policy.weigh === undefined) return own + weigh(value, policy.freeze);
  if (policy.freeze) weigh(value, true);
  const given = policy.weigh(value);
  // Whole bytes: sums of fractions would drift.
  if (typeof given === 'number' && given >= 0 && given !== Number.POSITIVE_INFINITY)
    return own + Math.ceil(given);
  throw new HoldfastError(
    'E_OPTION',
    `'weigh' of kind '${kind}' must give a number of bytes of 0 or more, not ${String(given)}`,
  );
}

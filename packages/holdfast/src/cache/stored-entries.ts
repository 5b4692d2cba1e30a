import type { Variant } from '../memory/entry-note.ts';
import { reportOf } from '../model/cost.ts';
import { isDefinitionKeyId, type KeyId } from '../model/key.ts';
import { type EntryRecord, mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { same, type Trace } from '../model/trace.ts';
import { decodeValue, encodeValue } from '../stores/codec.ts';
import { emptyTrace, isEmpty, sameTrace } from '../trace/recorder.ts';
import { weightOf } from './commit.ts';
import { digestToStore } from './digests.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';
import { refreshTime } from './standing.ts';
import { checkValue } from './value-check.ts';
import { place, variantsOf } from './variants.ts';

/*
 * Entries as memory holds them and as a store does: in memory times are those of the cache's monotonic clock, in a
 * record those of the wall clock.
 */

/** An age over this is no age: the wall clock was somewhere else when the record was written. */
const absurdAge = 20 * 365 * 24 * 3_600_000;
/** A record may be this much younger than now, as clocks of one machine differ by a tick. */
const tolerance = 2_000;

/** What a store is to hold of the entry in memory; undefined where none of it can be stored. */
export function recordOf(partition: Partition, id: KeyId): EntryRecord | undefined {
  const { engine, policy } = partition;
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const { table } = engine;
  const traced = variantsOf(table, slot);
  const all: readonly Omit<Variant, 'weight'>[] =
    traced.length > 0
      ? traced
      : [
          {
            value: table.value(slot),
            madeAt: table.madeAt(slot),
            agedAt: table.agedAt(slot),
            seconds: table.seconds(slot),
            note: engine.noteOf(slot),
          },
        ];
  const variants: RecordVariant[] = [];
  for (const variant of all) {
    const value = encodeValue(variant.value, { structured: policy.codec === 'structured' });
    // Where the newest cannot be stored, an older one must not stand in for it.
    if (value === undefined && variants.length === 0) return undefined;
    if (value === undefined) continue;
    const { tags, cost, trace = emptyTrace, origin, verifiedAt } = variant.note;
    // What other entries may be made from is asked for its digest, by the next process if not by this one.
    const digest = isDefinitionKeyId(id) ? digestToStore(partition, variant) : variant.note.digest;
    variants.push({
      value,
      madeAt: toWall(engine, variant.madeAt),
      verifiedAt: toWall(engine, verifiedAt),
      agedAt: variant.agedAt === Number.POSITIVE_INFINITY ? undefined : toWall(engine, variant.agedAt),
      seconds: variant.seconds,
      cost: cost === undefined ? undefined : reportOf({ ...cost, seconds: 0 }),
      tags,
      trace,
      // A digest that is unique to this process says nothing in another one.
      digest: digest?.startsWith('unique:') ? undefined : digest,
      origin,
    });
  }
  return variants.length === 0 ? undefined : { key: partition.key(id), variants };
}

/** From when on nobody will want the record: past the windows of all its values; wall time. */
export function uselessAt({ policy }: Partition, { variants }: EntryRecord): number {
  const window = Math.max(policy.staleWhileRevalidate, policy.staleIfError);
  return Math.max(...variants.map(({ agedAt }) => (agedAt ?? Number.POSITIVE_INFINITY) + window));
}

/** Puts values that a store held in memory, beside what is there already. False where there are none. */
export function adopt(partition: Partition, id: KeyId, loaded: readonly Variant[]): boolean {
  const { table } = partition.engine;
  const slot = partition.slot(id);
  const [first] = loaded;
  if (first === undefined) return false;
  const here = slot === undefined ? [] : variantsOf(table, slot);
  if (slot === undefined || here.length === 0 || first.note.trace === undefined) {
    if (slot === undefined || first.madeAt > table.madeAt(slot)) put(partition, id, loaded);
    return true;
  }
  const added = loaded.filter((one) => one.note.trace !== undefined && !hasNewer(one, here));
  const kept = here.filter((one) => !hasNewer(one, added));
  const [front, ...rest] = [...kept, ...added].slice(0, mostRecordVariants);
  if (front !== undefined && added.length > 0) place(partition, slot, front, rest);
  return true;
}

/** Whether another value was made from the same, and not before. */
function hasNewer(one: Variant, others: readonly Variant[]): boolean {
  const trace = one.note.trace as Trace;
  return others.some((other) => other.madeAt >= one.madeAt && sameTrace(other.note.trace as Trace, trace));
}

/**
 * The values of a record, as memory holds them; without those that do not fit the kind's schema any more.
 * @param judge what is in force that the store has not been told of
 */
export async function revive(
  partition: Partition,
  id: KeyId,
  { variants }: EntryRecord,
  expiredAt: number | undefined,
  judge: (variant: RecordVariant) => 'forbidden' | 'aged' | undefined,
): Promise<Variant[]> {
  const revived: Variant[] = [];
  for (const stored of variants) {
    const judgement = judge(stored);
    const decoded = judgement === 'forbidden' ? undefined : decodeValue(stored.value);
    if (decoded?.ok !== true) continue;
    try {
      const checking = checkValue(partition, decoded.value);
      if (checking !== undefined) await checking;
      const { clock } = partition.engine;
      // It was expired in the past, wherever the wall clock was then.
      const expired =
        expiredAt === undefined && judgement !== 'aged'
          ? Number.POSITIVE_INFINITY
          : Math.min(expiredAt ?? clock.wall(), clock.wall());
      revived.push(variantOf(partition, id, stored, decoded.value, expired));
    } catch {
      // It does not fit the kind's schema, or its own code threw: to this process it is not there.
    }
  }
  return revived;
}

function variantOf(
  partition: Partition,
  id: KeyId,
  stored: RecordVariant,
  value: unknown,
  expiredAt: number,
): Variant {
  const { engine } = partition;
  const now = engine.horizon.read();
  const age = engine.clock.wall() - stored.madeAt;
  const believable = age > -tolerance && age < absurdAge;
  const agedAt = Math.min(stored.agedAt ?? Number.POSITIVE_INFINITY, expiredAt);
  return {
    value,
    weight: weightOf(partition, id, value),
    madeAt: believable ? now - Math.max(0, age) : now,
    agedAt: !believable ? now : agedAt === Number.POSITIVE_INFINITY ? agedAt : toClock(engine, agedAt),
    seconds: stored.seconds,
    note: {
      tags: stored.tags,
      cost: stored.cost,
      trace: isEmpty(stored.trace) ? undefined : stored.trace,
      origin: stored.origin,
      verifiedAt: Math.min(now, toClock(engine, stored.verifiedAt)),
      verdict: same,
      checkedBy: 0,
      provenAt: -1,
      bears: false,
      read: false,
      digest: stored.digest,
      others: [],
    },
  };
}

function put(partition: Partition, id: KeyId, variants: readonly Variant[]): void {
  const { table } = partition.engine;
  const [front, ...rest] = variants;
  if (front === undefined) return;
  const { note, madeAt, agedAt } = front;
  const traced = note.trace !== undefined;
  const others = traced ? rest.filter((variant) => variant.note.trace !== undefined) : [];
  note.others = others;
  table.set(partition, id, {
    value: front.value,
    weight: others.reduce((sum, { weight }) => sum + weight, front.weight),
    madeAt,
    agedAt,
    freshUntil: traced ? Number.NEGATIVE_INFINITY : refreshTime(madeAt, agedAt, partition.policy),
    seconds: front.seconds,
    note,
  });
}

function toWall({ clock, horizon }: Engine, time: number): number {
  return Math.round(clock.wall() - (horizon.read() - time));
}

function toClock({ clock, horizon }: Engine, wall: number): number {
  return horizon.read() - (clock.wall() - wall);
}

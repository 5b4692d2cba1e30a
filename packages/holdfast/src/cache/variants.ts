import type { EntryNote, Variant } from '../memory/entry-note.ts';
import type { EntryTable } from '../memory/entry-table.ts';
import type { Trace } from '../model/trace.ts';
import { sameTrace } from '../trace/recorder.ts';
import type { KindPolicy } from './kind.ts';
import type { Partition } from './partition.ts';

/*
 * An entry that is made from something has a value for each state of that: the one in its slot, which was verified last,
 * and up to seven others beside it. Switching a branch back and forth so regenerates nothing.
 */

/** Values of one entry. */
export const mostVariants = 8;

/** All values of an entry: the one in its slot, then the others, the newest verified first. */
export function variantsOf(table: EntryTable, slot: number): readonly Variant[] {
  const front = frontOf(table, slot);
  return front === undefined ? [] : [front, ...front.note.others];
}

/** The value in the slot, with its own weight; undefined where it was made from nothing. */
function frontOf(table: EntryTable, slot: number): Variant | undefined {
  const note = table.note(slot);
  if (note?.trace === undefined) return undefined;
  return {
    value: table.value(slot),
    weight: table.weight(slot) - weightOfAll(note.others),
    madeAt: table.madeAt(slot),
    agedAt: table.agedAt(slot),
    seconds: table.seconds(slot),
    note,
  };
}

/** The values that stay beside a new one: those that may still be served, of other traces, as many as there is room. */
export function othersBeside(
  partition: Partition,
  slot: number | undefined,
  trace: Trace,
  weight: number,
  now: number,
): readonly Variant[] {
  const { table } = partition.engine;
  if (slot === undefined) return [];
  const kept = variantsOf(table, slot)
    .filter(
      ({ agedAt, note }) =>
        mayBeServed(partition.policy, agedAt, now) && !sameTrace(note.trace as Trace, trace),
    )
    .slice(0, mostVariants - 1);
  return fitting(kept, table.limits.maxBytes - weight);
}

function mayBeServed(policy: KindPolicy, agedAt: number, now: number): boolean {
  return now < agedAt + Math.max(policy.staleWhileRevalidate, policy.staleIfError);
}

function fitting(variants: readonly Variant[], room: number): readonly Variant[] {
  let left = room;
  const end = variants.findIndex(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return end < 0 ? variants : variants.slice(0, end);
}

/** Puts one of the other values in the slot, and the value that was there beside it. */
export function bringForward(partition: Partition, slot: number, chosen: Variant): void {
  const { table } = partition.engine;
  const rest = variantsOf(table, slot).filter(({ note }) => note !== chosen.note);
  place(partition, slot, chosen, rest);
}

/**
 * Takes out the values that are meant, of an entry that was made from something.
 * @returns false where none is left: the entry itself is to leave
 */
export function dropVariants(
  partition: Partition,
  slot: number,
  meant: (note: EntryNote) => boolean,
): boolean {
  const { table } = partition.engine;
  const all = variantsOf(table, slot);
  const [front, ...rest] = all.filter(({ note }) => !meant(note));
  if (front === undefined) return false;
  if (rest.length + 1 < all.length) place(partition, slot, front, rest);
  return true;
}

/** Puts values in an entry's slot and beside it. */
export function place(partition: Partition, slot: number, front: Variant, others: readonly Variant[]): void {
  const { table } = partition.engine;
  for (const { note } of others) note.others = [];
  front.note.others = others;
  table.set(partition, table.key(slot), {
    value: front.value,
    weight: front.weight + weightOfAll(others),
    madeAt: front.madeAt,
    agedAt: front.agedAt,
    freshUntil: Number.NEGATIVE_INFINITY,
    seconds: front.seconds,
    note: front.note,
  });
}

export function weightOfAll(variants: readonly Variant[]): number {
  return variants.reduce((sum, { weight }) => sum + weight, 0);
}

import type { EntryTable } from '../memory/entry-table.ts';
import type { KeyId } from '../model/key.ts';
import type { Partition } from './partition.ts';

/*
 * Whether somebody wants an entry: whoever was handed its value has read it, other than by a hit, which the slot counts,
 * or by its note. Uses by generators and checks are none of that.
 */

/** A value was handed to a reader, and counts as no hit. */
export function noteRead(partition: Partition, id: KeyId, value: unknown): void {
  const { table } = partition.engine;
  const slot = partition.slot(id);
  const note = slot === undefined ? undefined : table.note(slot);
  if (slot !== undefined && note !== undefined && Object.is(table.value(slot), value)) note.read = true;
}

/** Forgets who has read it. What the hits saved goes into the account. */
export function takeReads(table: EntryTable, slot: number): void {
  table.fold(slot);
  const note = table.note(slot);
  if (note !== undefined) note.read = false;
}

/** Whether somebody has read it since it was made, or since `takeReads`. */
export function isRead(table: EntryTable, slot: number): boolean {
  return table.note(slot)?.read === true || table.hits(slot) > 0;
}

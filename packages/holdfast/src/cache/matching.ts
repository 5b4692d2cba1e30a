import { type KeyId, keyIdOf } from '../model/key.ts';
import type { Selector } from '../model/selector.ts';
import type { Trace } from '../model/trace.ts';
import type { Engine } from './engine.ts';
import type { Flight } from './flight.ts';
import type { Partition } from './partition.ts';

/** Whether a selector, said in a scope, covers a partition. */
export function coversPartition(partition: Partition, selector: Selector, scope: string): boolean {
  const kind = selector.kind ?? (selector.key === undefined ? undefined : 'default');
  if (kind !== undefined && kind !== partition.kind) return false;
  return selector.allScopes === true || partition.scope === (selector.scope ?? scope);
}

/** The slots of all entries that a selector means, when it is said in a scope. */
export function matchEntries(engine: Engine, selector: Selector, scope: string): number[] {
  const slots: number[] = [];
  for (const partition of engine.partitions()) {
    if (!coversPartition(partition, selector, scope)) continue;
    if (selector.key !== undefined) {
      const slot = partition.slot(idIn(partition, selector));
      if (slot !== undefined && matchesNote(engine, slot, selector)) slots.push(slot);
      continue;
    }
    for (const map of [partition.strings, partition.compounds]) {
      for (const slot of map.values()) if (matchesNote(engine, slot, selector)) slots.push(slot);
    }
  }
  return slots;
}

function matchesNote(engine: Engine, slot: number, { tag, file }: Selector): boolean {
  if (tag === undefined && file === undefined) return true;
  const note = engine.table.notes[slot];
  if (note === undefined) return false;
  if (tag !== undefined && !note.tags.includes(tag)) return false;
  return file === undefined || readsFile(note.trace, file);
}

export function readsFile(trace: Trace | undefined, file: string): boolean {
  return trace?.leaves.some((leaf) => leaf.type === 'file' && leaf.path === file) ?? false;
}

/** `maybe`: the generator can still name the tag or read the file. */
export function matchFlight(flight: Flight, selector: Selector, scope: string): 'yes' | 'no' | 'maybe' {
  const { partition } = flight;
  if (!coversPartition(partition, selector, scope)) return 'no';
  if (selector.key !== undefined && idIn(partition, selector) !== flight.id) return 'no';
  const { tag, file } = selector;
  const open =
    (tag !== undefined && !flight.tags.has(tag)) ||
    (file !== undefined && !flight.generation.recorder.reads(file));
  return open ? 'maybe' : 'yes';
}

function idIn(partition: Partition, selector: Selector): KeyId {
  return keyIdOf(selector.key ?? '', partition.scope, partition.kind);
}

import { Key, type KeyId, keyIdOf } from '../model/key.ts';
import type { Selector } from '../model/selector.ts';
import type { Trace } from '../model/trace.ts';
import type { Engine } from './engine.ts';
import type { Flight, Previous } from './flight.ts';
import type { Partition } from './partition.ts';

/** A selector, checked, with the scope that it was said in made explicit. */
export interface Target {
  /** Undefined: all scopes. */
  readonly scope: string | undefined;
  /** Undefined: all kinds. */
  readonly kind: string | undefined;
  readonly key: Selector['key'];
  readonly tag: string | undefined;
  readonly file: string | undefined;
}

/** The partitions in which a target may have entries. */
export function* partitionsOf(engine: Engine, { scope, kind }: Target): Iterable<Partition> {
  for (const partition of engine.partitions(scope)) {
    if (kind === undefined || kind === partition.kind) yield partition;
  }
}

/** The slots of all entries that a target means. */
export function matchEntries(engine: Engine, target: Target): number[] {
  const slots: number[] = [];
  for (const partition of partitionsOf(engine, target)) {
    for (const slot of candidates(partition, target)) {
      if (matchesNote(engine, slot, target)) slots.push(slot);
    }
  }
  return slots;
}

function* candidates(partition: Partition, { key }: Target): Iterable<number> {
  if (key === undefined) {
    yield* partition.strings.values();
    yield* partition.compounds.values();
    return;
  }
  const id = idIn(partition, key);
  const slot = id === undefined ? undefined : partition.slot(id);
  if (slot !== undefined) yield slot;
}

function matchesNote(engine: Engine, slot: number, { tag, file }: Target): boolean {
  if (tag === undefined && file === undefined) return true;
  const note = engine.table.note(slot);
  if (note === undefined) return false;
  if (tag !== undefined && !note.tags.includes(tag)) return false;
  return file === undefined || readsFile(note.trace, file);
}

export function readsFile(trace: Trace | undefined, file: string): boolean {
  return trace?.leaves.some((leaf) => leaf.type === 'file' && leaf.path === file) ?? false;
}

/**
 * `maybe`: the generator can still name the tag or read the file. With `renewed`, the tags and files of the value that
 * the flight renews are its own.
 */
export function matchFlight(flight: Flight, target: Target, renewed?: Previous): 'yes' | 'no' | 'maybe' {
  const { partition } = flight;
  const { scope, kind, key, tag, file } = target;
  if (scope !== undefined && scope !== partition.scope) return 'no';
  if (kind !== undefined && kind !== partition.kind) return 'no';
  if (key !== undefined && idIn(partition, key) !== flight.id) return 'no';
  const open =
    (tag !== undefined && !flight.tags.has(tag) && !renewed?.tags.includes(tag)) ||
    (file !== undefined && !flight.generation.recorder.reads(file) && !readsFile(renewed?.trace, file));
  return open ? 'maybe' : 'yes';
}

/** The id that a selector's key has in a partition; a definition's key has one in its own partition only. */
export function idIn(partition: Partition, key: NonNullable<Selector['key']>): KeyId | undefined {
  if (key instanceof Key && (key.scope !== partition.scope || key.kind !== partition.kind)) return undefined;
  return keyIdOf(key, partition.scope, partition.kind);
}

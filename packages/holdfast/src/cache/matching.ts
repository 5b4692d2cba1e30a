import type { EntryNote } from '../memory/entry-note.ts';
import type { SourceDependency } from '../model/dependency.ts';
import { Key, type KeyId, keyIdOf } from '../model/key.ts';
import type { Selector } from '../model/selector.ts';
import { pathsOf } from '../trace/recorder.ts';
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
      if (isMeant(engine, slot, target)) slots.push(slot);
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

/** Whether any of an entry's values is meant. */
function isMeant(engine: Engine, slot: number, target: Target): boolean {
  const note = engine.table.note(slot);
  return (
    matchesNote(note, target) || (note?.others.some((other) => matchesNote(other.note, target)) ?? false)
  );
}

/** Whether a value is meant, in an entry whose scope, kind and key are. */
export function matchesNote(note: EntryNote | undefined, { tag, file }: Target): boolean {
  if (tag !== undefined && !note?.tags.includes(tag)) return false;
  return file === undefined || readsFile(note?.trace?.sources ?? [], file);
}

/** Whether something was made from a file: its content, its existence, or its rules of what is ignored. */
export function readsFile(sources: readonly SourceDependency[], file: string): boolean {
  return sources.some((source) => pathsOf(source).includes(file));
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
    (file !== undefined &&
      !flight.generation.run.recorder.reads(file) &&
      !readsFile(renewed?.trace?.sources ?? [], file));
  return open ? 'maybe' : 'yes';
}

/** The id that a selector's key has in a partition; a definition's key has one in its own partition only. */
export function idIn(partition: Partition, key: NonNullable<Selector['key']>): KeyId | undefined {
  if (key instanceof Key && (key.scope !== partition.scope || key.kind !== partition.kind)) return undefined;
  return keyIdOf(key, partition.scope, partition.kind);
}

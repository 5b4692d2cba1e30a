import type { EntryNote } from '../memory/entry-note.ts';
import type { Key } from '../model/key.ts';
import type { StaleMark } from '../model/outcome.ts';
import { nameOf } from '../trace/place.ts';
import { dependenciesOf } from '../trace/recorder.ts';
import type { Engine } from './engine.ts';
import { lastStanding } from './fallback.ts';
import { readsFile } from './matching.ts';
import type { Partition } from './partition.ts';

/** Which entries are listed; all the given fields must match. */
export interface EntryFilter {
  readonly kind?: string;
  readonly tag?: string;
}

/** An entry in memory, without its value. What its owner wrote as its key is `key.content()`. */
export interface EntryListing {
  readonly key: Key;
  readonly scope: string;
  readonly kind: string;
  /** Bytes. */
  readonly weight: number;
  /** Milliseconds since the value was made. */
  readonly age: number;
  /** By age, and by the last check of the dependencies. */
  readonly stale: StaleMark;
  readonly tags: readonly string[];
  readonly dependencies: readonly (string | Key)[];
  /** Values that are kept for other states of the dependencies. */
  readonly others: number;
}

/** The entries of one scope, or of all. What changes while it is walked may or may not be seen. */
export async function* listEntries(
  engine: Engine,
  scope: string | undefined,
  filter: EntryFilter,
): AsyncIterable<EntryListing> {
  engine.assertOpen();
  for (const slot of engine.table) {
    const partition = engine.table.owner(slot) as Partition;
    if (scope !== undefined && partition.scope !== scope) continue;
    if (filter.kind !== undefined && partition.kind !== filter.kind) continue;
    const { tag } = filter;
    if (tag !== undefined && !notesOf(engine, slot).some(({ tags }) => tags.includes(tag))) continue;
    yield listing(partition, slot);
  }
}

/** The keys of the entries that were made from a file, or from another entry: in memory, and in the store. */
export async function dependentsOf(
  engine: Engine,
  scope: string | undefined,
  on: string | Key,
): Promise<Key[]> {
  engine.assertOpen();
  const keys: Key[] = [];
  for (const slot of engine.table) {
    const partition = engine.table.owner(slot) as Partition;
    if (scope !== undefined && partition.scope !== scope) continue;
    const depends = notesOf(engine, slot).some(
      ({ trace }) =>
        trace !== undefined &&
        (typeof on === 'string'
          ? readsFile(trace.sources, on)
          : trace.groups.flat().some(({ key }) => key.equals(on))),
    );
    if (depends) keys.push(partition.key(engine.table.key(slot)));
  }
  for (const key of (await engine.tier?.reader.dependents(on)) ?? []) {
    if (scope !== undefined && key.scope !== scope) continue;
    if (!keys.some((known) => known.equals(key))) keys.push(key);
  }
  return keys;
}

/** What is known of each of an entry's values. */
function notesOf(engine: Engine, slot: number): readonly EntryNote[] {
  const note = engine.table.note(slot);
  return note === undefined ? [] : [note, ...note.others.map((other) => other.note)];
}

function listing(partition: Partition, slot: number): EntryListing {
  const { table, horizon } = partition.engine;
  const now = horizon.read();
  const id = table.key(slot);
  const note = table.note(slot);
  return {
    key: partition.key(id),
    scope: partition.scope,
    kind: partition.kind,
    weight: table.weight(slot),
    age: Math.max(0, now - table.madeAt(slot)),
    stale: lastStanding(partition, slot, now).mark,
    tags: note?.tags ?? [],
    dependencies: dependenciesOf(note?.trace).map(nameOf),
    others: note?.others.length ?? 0,
  };
}

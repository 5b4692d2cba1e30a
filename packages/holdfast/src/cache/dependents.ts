import type { SourceChange } from '../events/event.ts';
import type { EntryNote } from '../memory/entry-note.ts';
import { absent } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import { nameOf } from '../trace/place.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';

/** An entry in memory that was made from something that changed, or from such an entry. */
export interface Dependent {
  readonly partition: Partition;
  readonly id: KeyId;
  /** Of its value as it was then, and of the others that it kept. */
  readonly note: EntryNote;
  readonly others: readonly EntryNote[];
  /** Of the same changes, the dependents that it was made from. */
  readonly below: Set<Dependent>;
  /** A file or directory that it had read itself is gone. */
  readonly lost: boolean;
}

/** The dependents of some changes in all scopes: what others are made from before them. */
export function dependentsInMemory(engine: Engine, changes: readonly SourceChange[]): readonly Dependent[] {
  const { table } = engine;
  const changed = new Map(changes.map((change) => [`${change.type}:${change.name}`, change]));
  const dependents = new Map<number, Dependent>();
  const parents = new Map<number, Set<number>>();
  const add = (slot: number, lost: boolean): Dependent | undefined => {
    const note = table.note(slot);
    if (note === undefined) return undefined;
    const partition = table.owner(slot) as Partition;
    const others = note.others.map((other) => other.note);
    const dependent = { partition, id: table.key(slot), note, others, below: new Set<Dependent>(), lost };
    dependents.set(slot, dependent);
    return dependent;
  };
  for (const slot of table) {
    const trace = table.note(slot)?.trace;
    if (trace === undefined) continue;
    const found = trace.sources.flatMap((source) => changed.get(`${source.type}:${nameOf(source)}`) ?? []);
    if (found.length > 0) {
      add(
        slot,
        found.some(({ type, now }) => now === absent && type !== 'exists'),
      );
    }
    for (const { key } of trace.groups.flat()) {
      const child = engine.known(key.scope, key.kind)?.slot(key.id);
      if (child !== undefined) parents.set(child, (parents.get(child) ?? new Set()).add(slot));
    }
  }
  // A Map is walked to what is added on the way.
  for (const [slot, dependent] of dependents) {
    for (const parent of parents.get(slot) ?? []) {
      (dependents.get(parent) ?? add(parent, false))?.below.add(dependent);
    }
  }
  return inOrder([...dependents.values()]);
}

/** Kahn's order. Entries that came to be made from each other, by turns, come last, in any. */
function inOrder(dependents: readonly Dependent[]): readonly Dependent[] {
  const above = new Map<Dependent, Dependent[]>(dependents.map((dependent) => [dependent, []]));
  const missing = new Map<Dependent, number>();
  for (const dependent of dependents) {
    missing.set(dependent, dependent.below.size);
    for (const one of dependent.below) above.get(one)?.push(dependent);
  }
  const ordered = new Set(dependents.filter(({ below }) => below.size === 0));
  for (const one of ordered) {
    for (const dependent of above.get(one) ?? []) {
      const left = (missing.get(dependent) ?? 0) - 1;
      missing.set(dependent, left);
      if (left === 0) ordered.add(dependent);
    }
  }
  return [...ordered, ...dependents.filter((dependent) => !ordered.has(dependent))];
}

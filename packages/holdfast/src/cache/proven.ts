import type { EntryNote, Variant } from '../memory/entry-note.ts';
import { same } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import type { Engine } from './engine.ts';
import { dueAt } from './ground.ts';
import type { Partition } from './partition.ts';
import { bringForward, variantsOf } from './variants.ts';
import type { WatchedEntries } from './watched-entries.ts';

/**
 * Whether an entry is fresh by what is in memory alone: inside its ttl, its variables of the environment the same, its files
 * too as far as its kind trusts the watch, and every entry that it was made from is here, holds the value that was used,
 * and is proven fresh itself. The value that holds is in the slot afterwards.
 */
export function isProvenFresh(partition: Partition, slot: number, now: number): boolean {
  const { engine } = partition;
  const { table } = engine;
  const note = table.note(slot);
  if (note?.trace === undefined) return now < table.agedAt(slot);
  const watched = partition.policy.freshness === 'watched' ? engine.watched : undefined;
  if (watched?.isHot(slot, note, now)) return true;
  const ground = now < table.agedAt(slot) ? groundInMemory(engine, note, now, watched) : undefined;
  if (ground !== undefined) {
    heat(partition, slot, note, ground, now);
    return true;
  }
  return isRestored(partition, slot, now);
}

/**
 * The same of the value in the slot alone, for a call in `watched` freshness: what is due to be refreshed ahead has to be
 * asked for itself, and what only a check can find is left to one.
 */
export function isWatched(partition: Partition, slot: number, note: EntryNote, now: number): boolean {
  const { engine } = partition;
  const { table, watched } = engine;
  if (watched === undefined || watched.revision < 0 || now >= table.agedAt(slot)) return false;
  if (watched.isHot(slot, note, now)) return true;
  const ground = groundInMemory(engine, note, now, watched);
  if (ground === undefined || now >= ground.dueAt) return false;
  heat(partition, slot, note, ground, now);
  return true;
}

/** What proves a value without a look at anything but memory. */
interface GroundInMemory {
  /** The entries that it rests on, with their slots. */
  readonly below: ReadonlyMap<EntryNote, number>;
  /** When the first of these has to be asked for itself. */
  readonly dueAt: number;
  /** A variable of the environment is among it, of which nobody tells when it is set. */
  readonly variables: boolean;
}

/** Undefined: memory does not prove it. @param watched undefined: nothing is believed of files */
function groundInMemory(
  engine: Engine,
  note: EntryNote,
  now: number,
  watched: WatchedEntries | undefined,
): GroundInMemory | undefined {
  const { table } = engine;
  // Entries share what they were made from: each is looked at once.
  const visited = new Set([note]);
  const below = new Map<EntryNote, number>();
  let due = Number.POSITIVE_INFINITY;
  let variables = false;
  for (const at of visited) {
    if (at.trace === undefined) continue;
    const { environment, sources, groups } = at.trace;
    if (sources.length > 0 && !watched?.holds(at)) return undefined;
    if (checkVariables(environment) !== undefined) return undefined;
    variables ||= environment.length > 0;
    for (const group of groups) {
      for (const { key, digest } of group) {
        const partition = engine.known(key.scope, key.kind);
        const slot = partition?.slot(key.id);
        if (partition === undefined || slot === undefined) return undefined;
        const own = table.note(slot);
        // A digest that nobody asked for yet is not computed here.
        if (own === undefined || own.digest !== digest) return undefined;
        if (now >= table.agedAt(slot)) return undefined;
        const readsFiles = own.trace !== undefined && own.trace.sources.length > 0;
        if (readsFiles && partition.policy.freshness !== 'watched') return undefined;
        due = Math.min(due, dueAt(partition, slot));
        visited.add(own);
        below.set(own, slot);
      }
    }
  }
  return { below, dueAt: due, variables };
}

/** Lets the hit path serve it, if its kind is one to be believed in by every reader. */
function heat(
  partition: Partition,
  slot: number,
  note: EntryNote,
  ground: GroundInMemory,
  now: number,
): void {
  const { watched } = partition.engine;
  if (partition.policy.freshness !== 'watched' || watched === undefined || watched.revision < 0) return;
  const until = Math.min(ground.dueAt, dueAt(partition, slot));
  if (now < until && !ground.variables) watched.heat(slot, note, until, ground.below);
}

/** Whether another of the entry's values holds, by variables alone: only a look tells of files that were different. */
function isRestored(partition: Partition, slot: number, now: number): boolean {
  const { engine } = partition;
  const other = othersOf(partition, slot).find(
    ({ agedAt, note }) => now < agedAt && groundInMemory(engine, note, now, undefined) !== undefined,
  );
  if (other === undefined) return false;
  bringForward(partition, slot, other);
  other.note.verdict = same;
  if (engine.emitter.wants('entry.restored')) {
    const { scope, kind } = partition;
    engine.emitter.emit({
      type: 'entry.restored',
      scope,
      kind,
      key: partition.key(engine.table.key(slot)),
    });
  }
  return true;
}

function othersOf({ engine }: Partition, slot: number): readonly Variant[] {
  return variantsOf(engine.table, slot).slice(1);
}

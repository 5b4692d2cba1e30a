import type { EntryNote, Variant } from '../memory/entry-note.ts';
import { same } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';
import { bringForward, variantsOf } from './variants.ts';

/** Chains of entries longer than this are not followed by a synchronous read. */
const deepest = 50;

/**
 * Whether an entry is fresh by what is in memory alone: inside its ttl, made from no file, its variables of the environment
 * the same, and every entry that it was made from is here, holds the value that was used, and is proven fresh itself.
 * The value that holds is in the slot afterwards.
 */
export function isProvenFresh(partition: Partition, slot: number, now: number): boolean {
  const { engine } = partition;
  const { table } = engine;
  if (table.note(slot)?.trace === undefined) return now < table.agedAt(slot);
  const proven = new Set<EntryNote>();
  const [front, ...others] = variantsOf(table, slot);
  if (front !== undefined && holds(engine, front, now, proven, 0)) return true;
  const other = others.find((variant) => holds(engine, variant, now, proven, 0));
  if (other === undefined) return false;
  bringForward(partition, slot, other);
  other.note.verdict = same;
  if (engine.emitter.wants('entry.restored')) {
    const { scope, kind } = partition;
    engine.emitter.emit({ type: 'entry.restored', scope, kind, key: partition.key(table.key(slot)) });
  }
  return true;
}

function holds(
  engine: Engine,
  { agedAt, note }: Pick<Variant, 'agedAt' | 'note'>,
  now: number,
  proven: Set<EntryNote>,
  depth: number,
): boolean {
  // Entries share what they were made from: each is looked at once.
  if (proven.has(note)) return true;
  if (now >= agedAt) return false;
  const { trace } = note;
  if (trace !== undefined) {
    if (trace.sources.length > 0 || depth === deepest) return false;
    if (checkVariables(trace.environment) !== undefined) return false;
    for (const { key, digest } of trace.groups.flat()) {
      const child = engine.partition(key.scope, key.kind).slot(key.id);
      if (child === undefined) return false;
      // A digest that nobody asked for yet is not computed here.
      const own = engine.table.note(child);
      if (own === undefined || own.digest !== digest) return false;
      if (!holds(engine, { agedAt: engine.table.agedAt(child), note: own }, now, proven, depth + 1))
        return false;
    }
  }
  proven.add(note);
  return true;
}

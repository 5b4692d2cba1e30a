import type { EntryNote } from '../memory/entry-note.ts';
import type { Engine } from './engine.ts';

/** Chains of entries longer than this are not followed by a synchronous read. */
const deepest = 50;

/**
 * Whether an entry is fresh by what is in memory alone: inside its ttl, made from no file, and every entry that it was
 * made from is here, holds the value that was used, and is proven fresh itself.
 */
export function isProvenFresh(
  engine: Engine,
  slot: number,
  now: number,
  proven = new Set<number>(),
  depth = 0,
): boolean {
  const { table } = engine;
  // Entries share what they were made from: each is looked at once.
  if (proven.has(slot)) return true;
  if (now >= table.agedAt(slot)) return false;
  const trace = table.note(slot)?.trace;
  if (trace === undefined) return true;
  if (trace.leaves.length > 0 || depth === deepest) return false;
  const fresh = trace.groups.every((group) =>
    group.every(({ key, digest }) => {
      const child = engine.partition(key.scope, key.kind).slot(key.id);
      return (
        child !== undefined &&
        hasDigest(table.note(child), digest) &&
        isProvenFresh(engine, child, now, proven, depth + 1)
      );
    }),
  );
  if (fresh) proven.add(slot);
  return fresh;
}

/** A digest that nobody asked for yet is not computed here. */
function hasDigest(note: EntryNote | undefined, digest: string): boolean {
  return note?.digest === digest;
}

import { HoldfastError } from '../lib/errors.ts';
import type { EntryNote } from '../memory/entry-note.ts';
import type { EnvironmentDependency, KeyDependency, SourceDependency } from '../model/dependency.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import { placeOf } from '../trace/place.ts';
import type { Engine } from './engine.ts';
import type { Partition } from './partition.ts';
import { refreshTime } from './standing.ts';

/**
 * Everything that a trace rests on in the end: the files and variables of the entries in it, and of those in theirs. It is
 * gathered from memory, and one check of it stands for a check of each entry.
 */
export interface Ground {
  readonly environment: readonly EnvironmentDependency[];
  readonly sources: readonly SourceDependency[];
  /** Of the entries on the way. */
  readonly notes: readonly EntryNote[];
}

/** What becomes of an entry on the way that memory does not hold: what it was made from, or that it cannot be told. */
export type Missing = (dependency: KeyDependency) => { readonly trace: Trace | undefined } | undefined;

/**
 * What values were made from that were used and never kept (a ttl of 0, too heavy, skipped): nothing else can tell it to
 * those who look at what was made of them.
 */
const neverKept = new WeakMap<KeyDependency, { readonly trace: Trace | undefined }>();

/** Writes down what a value was made from that is not in memory although it was used. */
export function noteNeverKept(dependency: KeyDependency, trace: Trace | undefined): void {
  neverKept.set(dependency, { trace });
}

/**
 * Undefined where it cannot be told from memory: an entry on the way holds another value than the one that was used, or is
 * not there. With `now`, also where one has aged, or is due to be refreshed: it has to be asked for itself.
 */
export function groundOf(
  engine: Engine,
  trace: Trace,
  now: number | undefined,
  missing: Missing = () => undefined,
): Ground | undefined {
  const { table } = engine;
  const environment = new Map<string, EnvironmentDependency>();
  const sources = new Map<string, SourceDependency>();
  const notes = new Set<EntryNote>();
  const visited = new Set<Trace>([trace]);
  for (const at of visited) {
    for (const leaf of at.environment) environment.set(`${placeOf(leaf)} ${leaf.digest}`, leaf);
    for (const leaf of at.sources) sources.set(`${placeOf(leaf)} ${leaf.digest}`, leaf);
    for (const group of at.groups) {
      for (const dependency of group) {
        const { key, digest } = dependency;
        const unkept = now === undefined ? neverKept.get(dependency) : undefined;
        if (unkept !== undefined) {
          if (unkept.trace !== undefined) visited.add(unkept.trace);
          continue;
        }
        const partition = engine.known(key.scope, key.kind);
        const slot = partition?.slot(key.id);
        if (partition === undefined || slot === undefined) {
          const below = missing(dependency);
          if (below === undefined) return undefined;
          if (below.trace !== undefined) visited.add(below.trace);
          continue;
        }
        const note = table.note(slot);
        // A digest that nobody asked for yet is that of another value.
        if (note === undefined || note.digest !== digest) return undefined;
        if (now !== undefined && now >= dueAt(partition, slot)) return undefined;
        table.touch(slot);
        notes.add(note);
        if (note.trace !== undefined) visited.add(note.trace);
      }
    }
  }
  return { environment: [...environment.values()], sources: [...sources.values()], notes: [...notes] };
}

/** From when on an entry has to be asked for itself. */
export function dueAt({ engine: { table }, policy }: Partition, slot: number): number {
  const agedAt = table.agedAt(slot);
  return Math.min(agedAt, refreshTime(table.madeAt(slot), agedAt, policy));
}

/** Whether all of it is as it was. Looks begin after the call. */
export async function checkGround(
  { workspace }: Engine,
  { environment, sources }: Pick<Ground, 'environment' | 'sources'>,
): Promise<Verdict> {
  const changed = checkVariables(environment);
  if (changed !== undefined) return changed;
  const [first] = sources;
  if (first === undefined) return same;
  if (workspace !== undefined) {
    return workspace
      .check(sources)
      .catch((cause: unknown) => ({ state: 'unknown', dependency: first, cause }));
  }
  const cause = new HoldfastError(
    'E_NO_WORKSPACE',
    'the cache has no workspace, so its files cannot be checked',
  );
  return { state: 'unknown', dependency: first, cause };
}

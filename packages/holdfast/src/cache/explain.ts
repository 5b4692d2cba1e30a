import type { Cost } from '../model/cost.ts';
import type { Dependency } from '../model/dependency.ts';
import type { Key, KeyId } from '../model/key.ts';
import type { Origin } from '../model/origin.ts';
import { nameOf } from '../trace/place.ts';
import { dependenciesOf } from '../trace/recorder.ts';
import type { Partition } from './partition.ts';
import { standing } from './standing.ts';
import { verifyEntry } from './verification.ts';

/** Why an entry is as it is. Plain JSON but for keys. */
export interface Explanation {
  /** `negative`: nothing is kept, and the last attempt failed. */
  readonly state: 'fresh' | 'aged' | 'changed' | 'unknown' | 'absent' | 'negative';
  /** One sentence for people. */
  readonly because: string;
  readonly key: Key;
  /** Milliseconds since the value was made. */
  readonly age?: number;
  /** Milliseconds until it is aged; negative if it is; absent without a ttl. */
  readonly freshFor?: number;
  readonly tags: readonly string[];
  readonly cost?: Cost;
  /** Everything that the value was made from: paths, patterns, variables and keys, with the digests seen. */
  readonly dependencies: readonly {
    readonly type: Dependency['type'];
    readonly on: string | Key;
    readonly digest: string;
  }[];
  /** Values that are kept for other states of what the entry is made from. */
  readonly others: number;
  /** Why the value was made although one was kept; absent for the first one, and for one that was set. */
  readonly regenerated?: Origin;
  /** The first dependency that differs or cannot be looked at. */
  readonly difference?: { readonly on: string | Key; readonly was: string; readonly is: string };
  /** The last failure, if none has succeeded since. `retryIn` milliseconds regeneration is held back. */
  readonly failure?: { readonly error: string; readonly count: number; readonly retryIn: number };
  /** A generation is under way. */
  readonly underWay: boolean;
}

const nothing = { tags: [], dependencies: [], others: 0 } as const;

/** Looks at an entry and its dependencies, and generates nothing. */
export async function explain(partition: Partition, id: KeyId): Promise<Explanation> {
  const { engine } = partition;
  const { table } = engine;
  engine.assertOpen();
  const failure = partition.failures.get(id);
  const common = {
    key: partition.key(id),
    underWay: partition.flights.has(id),
    ...(failure !== undefined && {
      failure: {
        error: failure.error instanceof Error ? failure.error.name : typeof failure.error,
        count: failure.count,
        retryIn: Math.max(0, failure.retryAt - engine.clock.now()),
      },
    }),
  };
  if (partition.slot(id) === undefined) await engine.tier?.reader.load(partition, [id]);
  const slot = partition.slot(id);
  if (slot === undefined) {
    return failure === undefined
      ? { ...common, ...nothing, state: 'absent', because: 'nothing is kept under this key' }
      : { ...common, ...nothing, state: 'negative', because: 'nothing is kept, and the last attempt failed' };
  }
  const checked = table.note(slot);
  const proof = checked?.trace && (await verifyEntry(partition, id, checked, false).verdict);
  const note = table.note(slot);
  // The entry may have left, or been replaced, while it was checked.
  if (partition.slot(id) !== slot || note !== (proof?.note ?? checked)) return explain(partition, id);
  const now = engine.clock.now();
  const state = standing(table, slot, now, proof);
  const verdict = proof?.verdict;
  const agedAt = table.agedAt(slot);
  const facts = {
    ...common,
    age: Math.max(0, now - table.madeAt(slot)),
    ...(agedAt !== Number.POSITIVE_INFINITY && { freshFor: agedAt - now }),
    tags: note?.tags ?? [],
    cost: engine.costOf(slot),
    dependencies: dependenciesOf(note?.trace).map((dependency) => ({
      type: dependency.type,
      on: nameOf(dependency),
      digest: dependency.digest,
    })),
    others: note?.others.length ?? 0,
    ...(note?.origin !== undefined && { regenerated: note.origin }),
  };
  if (verdict?.state === 'changed') {
    const { dependency, seen } = verdict;
    const difference = { on: nameOf(dependency), was: dependency.digest, is: seen };
    return { ...facts, state: 'changed', because: `${String(difference.on)} has changed since`, difference };
  }
  if (verdict?.state === 'unknown') {
    const on = nameOf(verdict.dependency);
    const difference = { on, was: verdict.dependency.digest, is: 'unknown' };
    return { ...facts, state: 'unknown', because: `${String(on)} cannot be looked at now`, difference };
  }
  if (state.mark === 'aged')
    return { ...facts, state: 'aged', because: 'its ttl has passed, or it was expired' };
  if (state.byDependency) {
    return { ...facts, state: state.mark || 'aged', because: 'something that it was made from is stale' };
  }
  return {
    ...facts,
    state: 'fresh',
    because: 'it is inside its ttl, and nothing that it was made from has changed',
  };
}

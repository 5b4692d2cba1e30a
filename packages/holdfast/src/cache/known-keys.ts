import { Key, type KeyId, keyIdOf } from '../model/key.ts';
import type { StoreSelector } from '../stores/store.ts';
import type { Engine } from './engine.ts';
import type { Target } from './matching.ts';
import type { Partition } from './partition.ts';

/**
 * The keys of this process's entries and flights, by the hashes that a store knows them by: what is said here is told to
 * the store in its words, and what it tells is understood.
 */
export class KnownKeys {
  readonly #engine: Engine;
  readonly #keys = new Map<string, Key>();
  #sweepAt = 1_024;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The name of a key in the store; what other processes do to it is heeded from now on. */
  locate(partition: Partition, id: KeyId): string {
    if (this.#keys.size >= this.#sweepAt) this.#sweep();
    return this.add(partition.key(id));
  }

  add(key: Key): string {
    this.#keys.set(key.digest, key);
    return key.digest;
  }

  /** Undefined: nothing of that key is in this process, unless it is being read. */
  targetOf({ scope, kind, hash, tag, path }: StoreSelector): Target | undefined {
    if (hash === undefined) return { scope, kind, key: undefined, tag, file: path };
    const key = this.#keys.get(hash);
    return key && { scope: key.scope, kind: key.kind, key, tag, file: path };
  }

  /** What the store is told of a target. */
  selectorOf({ scope, kind, key, tag, file }: Target): StoreSelector {
    const rest = { ...(tag !== undefined && { tag }), ...(file !== undefined && { path: file }) };
    if (key instanceof Key) return { ...rest, hash: key.digest };
    // A key of all scopes has a hash in each, and other processes may know scopes that this one does not.
    if (key === undefined || scope === undefined || kind === undefined) {
      return { ...rest, ...(scope !== undefined && { scope }), ...(kind !== undefined && { kind }) };
    }
    const partition = this.#engine.partition(scope, kind);
    return { ...rest, hash: partition.key(keyIdOf(key, scope, kind)).digest };
  }

  /** Forgets the keys of which nothing is in memory any more. */
  #sweep(): void {
    for (const [hash, key] of this.#keys) {
      const partition = this.#engine.partition(key.scope, key.kind);
      if (partition.slot(key.id) === undefined && !partition.flights.has(key.id)) this.#keys.delete(hash);
    }
    this.#sweepAt = Math.max(1_024, 2 * this.#keys.size);
  }
}

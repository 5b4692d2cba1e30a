import { HoldfastError } from '../lib/errors.ts';
import type { Horizon } from '../lib/horizon.ts';
import type { EntryTable } from '../memory/entry-table.ts';
import { type KeyId, type KeyInput, keyIdOf } from '../model/key.ts';
import type { Resolution, StaleMark } from '../model/outcome.ts';
import { currentGeneration } from './ambient.ts';
import { type Answer, toResolution } from './answer.ts';
import { announceUntracked, ask, bareValue, wishesUnder } from './ask.ts';
import { type BulkGenerator, callMany } from './bulk.ts';
import { notCached } from './call-errors.ts';
import { type CallOptions, noWishes, parseCallOptions } from './call-options.ts';
import { type Explanation, explain } from './explain.ts';
import { lastStanding } from './fallback.ts';
import type { Generator } from './generator.ts';
import { expire, invalidate } from './invalidation.ts';
import type { Partition } from './partition.ts';
import { isProvenFresh } from './proven.ts';
import { Solo } from './solo.ts';
import { checkValue } from './value-check.ts';
import {
  type Acknowledgement,
  noSetWishes,
  parseSetOptions,
  put,
  putLater,
  type SetOptions,
} from './write.ts';

/** What is in memory, unverified. */
export interface Peek<V> {
  readonly value: V;
  /** Milliseconds since it was made. */
  readonly age: number;
  /** By its age, and by what the last check of its dependencies came to. */
  readonly stale: StaleMark;
}

/**
 * One kind of entries in one scope: made once, used for every call.
 *
 * `get` and `getOrGenerate` begin with the hit path: one look-up, one comparison, one count
 * (docs/decisions/0002-hit-path-layout.md). A key that is not a string is found by the long way; a Map of strings
 * has nothing under it.
 */
export class Handle<T> {
  readonly #partition: Partition;
  readonly #strings: Map<string, number>;
  readonly #table: EntryTable;
  readonly #horizon: Horizon;

  constructor(partition: Partition) {
    this.#partition = partition;
    this.#strings = partition.strings;
    this.#table = partition.engine.table;
    this.#horizon = partition.engine.horizon;
  }

  /** The value, from memory or from a flight; `generate` runs once however many callers there are. */
  getOrGenerate(key: KeyInput, generate: Generator<T>, options?: CallOptions): Promise<T> {
    if (options === undefined) {
      const slot = this.#strings.get(key as string);
      if (slot !== undefined) {
        const table = this.#table;
        if (table.freshUntil(slot) > this.#horizon.time) {
          table.hit(slot);
          return table.promise(slot) as Promise<T>;
        }
      } else {
        const herd = this.#joinHerd(key);
        if (herd !== undefined) return herd as Promise<T>;
      }
    }
    return bareValue<T>(this.#partition, this.#ask(key, generate, options));
  }

  /** The value with how it was come by. Rejects like `getOrGenerate`. */
  async resolve(key: KeyInput, generate: Generator<T>, options?: CallOptions): Promise<Resolution<T>> {
    const answer = await this.#ask(key, generate, options);
    if (answer.outcome === 'missed') throw notCached(this.#partition);
    return toResolution<T>(answer);
  }

  /** A value that is proven fresh without any I/O, or undefined. */
  get(key: KeyInput): T | undefined {
    const slot = this.#strings.get(key as string);
    if (slot !== undefined) {
      const table = this.#table;
      if (table.freshUntil(slot) > this.#horizon.time) {
        table.hit(slot);
        return table.value(slot) as T;
      }
    }
    return this.#getByClock(key);
  }

  /** Whatever is in memory, unverified. Not a call: counted nowhere. */
  peek(key: KeyInput): Peek<T> | undefined {
    const { table, engine, partition } = this.#parts();
    const slot = partition.slot(this.#id(key));
    if (slot === undefined) return undefined;
    const now = engine.horizon.read();
    return {
      value: table.value(slot) as T,
      age: Math.max(0, now - table.madeAt(slot)),
      stale: lastStanding(partition, slot, now).mark,
    };
  }

  /** A fresh value from any tier, its dependencies checked; never generates. */
  async lookup(key: KeyInput, options?: CallOptions): Promise<Resolution<T> | undefined> {
    const answer = await this.#ask(key, neverGenerates, { ...options, mode: 'cached' });
    return answer.outcome === 'missed' ? undefined : toResolution<T>(answer);
  }

  /**
   * The values of several keys, in a Map by the keys as given. `generate` is called once for all that is missing and
   * not under way. Rejects with a HoldfastBulkError if any key failed; its `results` hold the others.
   */
  async getOrGenerateMany<K extends KeyInput>(
    keys: Iterable<K>,
    generate: BulkGenerator<K, T>,
    options?: CallOptions,
  ): Promise<Map<K, T>> {
    const { engine, partition } = this.#parts();
    return callMany<K, T>(partition, keys, generate, wishesUnder(engine, parseCallOptions(options)));
  }

  /**
   * Puts a value in place of what is kept, and of what is being made. Acts at once unless the schema is asynchronous, or
   * there are `files` to hash.
   */
  set(key: KeyInput, value: T, options?: SetOptions): Promise<Acknowledgement> {
    const partition = this.#partition;
    try {
      partition.engine.assertOpen();
      const id = keyIdOf(key, partition.scope, partition.kind);
      const wishes = options === undefined ? noSetWishes : parseSetOptions(options);
      const checking = checkValue(partition, value);
      if (checking === undefined && wishes.files === undefined) return put(partition, id, value, wishes);
      return putLater(partition, id, value, wishes, checking);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `set` for several keys, each as `set` is: without `files` all are in memory when it returns. */
  async setMany(entries: Iterable<readonly [KeyInput, T]>, options?: SetOptions): Promise<Acknowledgement> {
    // Each inside a promise of its own: one that is no pair must not leave the others' rejections to nobody.
    const all = await Promise.all([...entries].map(async ([key, value]) => this.set(key, value, options)));
    return { persisted: all.length > 0 && all.every(({ persisted }) => persisted) };
  }

  /** Makes the entry aged: it may be served inside its windows, marked. */
  async expire(key: KeyInput): Promise<Acknowledgement> {
    const { engine, partition } = this.#parts();
    return expire(engine, { kind: partition.kind, key }, partition.scope);
  }

  /** Forbids the entry's value, and the one that is being made. */
  async invalidate(key: KeyInput): Promise<{ readonly count: number }> {
    const { engine, partition } = this.#parts();
    return invalidate(engine, { kind: partition.kind, key }, partition.scope);
  }

  /** Why the entry is fresh, stale or absent. Generates nothing. */
  async explain(key: KeyInput): Promise<Explanation> {
    return explain(this.#partition, this.#id(key));
  }

  /** Joins a flight under way as one more of its herd: no object, no timer, only a count. */
  #joinHerd(key: KeyInput): Promise<unknown> | undefined {
    if (typeof key !== 'string' || key.charCodeAt(0) === 0) return undefined;
    const { engine, partition } = this.#parts();
    const flight = partition.flights.get(key);
    if (flight === undefined || !flight.sharable || engine.state !== 'open') return undefined;
    if (currentGeneration() !== undefined || engine.emitter.wants('call.settled')) return undefined;
    if (engine.tier?.strict) return undefined;
    return flight.share();
  }

  #ask(key: KeyInput, generate: Generator<T>, options: CallOptions | undefined): Promise<Answer> {
    try {
      const wishes = options === undefined ? noWishes : parseCallOptions(options);
      if (typeof generate !== 'function') {
        throw new HoldfastError('E_OPTION', `the generator must be a function, not ${typeof generate}`);
      }
      return ask(
        this.#partition,
        () => this.#id(key),
        () => new Solo(generate),
        wishes,
      );
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `get` where the hit path is not enough: near the end of a ttl, other keys than strings, misses, listeners. */
  #getByClock(key: KeyInput): T | undefined {
    const { engine, partition, table } = this.#parts();
    const id = this.#id(key);
    if (engine.state !== 'open') return undefined;
    const slot = partition.slot(id);
    const now = engine.horizon.read();
    const parent = currentGeneration();
    if (parent !== undefined) announceUntracked(partition, id, parent);
    // Past the start of refreshing ahead it is fresh all the same; there is no generator here to refresh it with.
    const unprovable = slot === undefined || engine.bypassed || engine.tier?.strict === true;
    if (unprovable || !isProvenFresh(partition, slot, now)) {
      engine.count(partition, engine.bypassed ? 'bypassed' : 'missed', 1, undefined);
      engine.announce(partition, id, engine.bypassed ? 'bypassed' : 'missed', false, now);
      return undefined;
    }
    table.hit(slot);
    engine.announce(partition, id, 'hit', false, now);
    return table.value(slot) as T;
  }

  #id(key: KeyInput): KeyId {
    return keyIdOf(key, this.#partition.scope, this.#partition.kind);
  }

  #parts() {
    const partition = this.#partition;
    return { partition, engine: partition.engine, table: this.#table };
  }
}

function neverGenerates(): never {
  throw new HoldfastError('E_NOT_CACHED', 'lookup does not generate');
}

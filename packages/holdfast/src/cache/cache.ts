import type { Subscription } from '../events/emitter.ts';
import type { EventName, Listener } from '../events/event.ts';
import type { Stats } from '../ledger/stats.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { Key, type KeyInput } from '../model/key.ts';
import type { Resolution } from '../model/outcome.ts';
import type { Selector } from '../model/selector.ts';
import type { BulkGenerator } from './bulk.ts';
import type { CallOptions } from './call-options.ts';
import { closeEngine } from './close.ts';
import {
  checkScope,
  type Definition,
  type DefinitionOptions,
  define,
  type SerializableArguments,
} from './definition.ts';
import { Engine } from './engine.ts';
import { registerEngine } from './engines.ts';
import { dependentsOf, type EntryFilter, type EntryListing, listEntries } from './entries.ts';
import type { Explanation } from './explain.ts';
import type { Generator } from './generator.ts';
import { Handle, type Peek } from './handle.ts';
import { expire, invalidate } from './invalidation.ts';
import type { KindDefinition } from './kind.ts';
import { type CacheOptions, type Kinds, parseCacheOptions } from './options.ts';
import { workspaceOf } from './source-reading.ts';
import { collectStats } from './stats.ts';
import type { Acknowledgement, SetOptions } from './write.ts';

/** The type of the values of a kind; of the undeclared kind `default`, whatever the caller says. */
export type ValueOf<K extends Kinds, N extends string> = N extends keyof K
  ? K[N] extends KindDefinition<infer T>
    ? T
    : never
  : unknown;

/** The name of a kind: a declared one, or `default`. */
export type KindName<K extends Kinds> = (keyof K & string) | 'default';

/** A view of a cache: its keys, herds, selectors and stats are its own. */
export class ScopedCache<K extends Kinds = Record<never, never>> {
  protected readonly engine: Engine;
  protected readonly scopeName: string;
  #default: Handle<unknown> | undefined;

  constructor(engine: Engine, scope: string) {
    this.engine = engine;
    this.scopeName = scope;
  }

  /** A handle of a kind: make it once and keep it. @throws E_UNKNOWN_KIND */
  kind<N extends KindName<K>>(name: N): Handle<ValueOf<K, N>> {
    return new Handle(this.engine.partition(this.scopeName, name));
  }

  /** Says once how a value is made, and gives a function that is cached. @throws E_DUPLICATE_DEFINITION */
  define<A extends unknown[], R extends ValueOf<K, N>, N extends KindName<K> = 'default'>(
    options: DefinitionOptions<N, A, R> & SerializableArguments<A>,
  ): Definition<A, R> {
    return define<A, R>(this.engine, this.scopeName, options);
  }

  getOrGenerate<T = ValueOf<K, 'default'>>(
    key: KeyInput,
    generate: Generator<T>,
    options?: CallOptions,
  ): Promise<T> {
    return this.#defaultOf<T>().getOrGenerate(key, generate, options);
  }

  resolve<T = ValueOf<K, 'default'>>(
    key: KeyInput,
    generate: Generator<T>,
    options?: CallOptions,
  ): Promise<Resolution<T>> {
    return this.#defaultOf<T>().resolve(key, generate, options);
  }

  get<T = ValueOf<K, 'default'>>(key: KeyInput): T | undefined {
    return this.#defaultOf<T>().get(key);
  }

  peek<T = ValueOf<K, 'default'>>(key: KeyInput): Peek<T> | undefined {
    return this.#defaultOf<T>().peek(key);
  }

  lookup<T = ValueOf<K, 'default'>>(
    key: KeyInput,
    options?: CallOptions,
  ): Promise<Resolution<T> | undefined> {
    return this.#defaultOf<T>().lookup(key, options);
  }

  getOrGenerateMany<Q extends KeyInput, T = ValueOf<K, 'default'>>(
    keys: Iterable<Q>,
    generate: BulkGenerator<Q, T>,
    options?: CallOptions,
  ): Promise<Map<Q, T>> {
    return this.#defaultOf<T>().getOrGenerateMany(keys, generate, options);
  }

  set<T = ValueOf<K, 'default'>>(key: KeyInput, value: T, options?: SetOptions): Promise<Acknowledgement> {
    return this.#defaultOf<T>().set(key, value, options);
  }

  setMany<T = ValueOf<K, 'default'>>(
    entries: Iterable<readonly [KeyInput, T]>,
    options?: SetOptions,
  ): Promise<Acknowledgement> {
    return this.#defaultOf<T>().setMany(entries, options);
  }

  explain(key: KeyInput): Promise<Explanation> {
    return this.#defaultOf<unknown>().explain(key);
  }

  /** Makes aged what the selector means. @throws E_SELECTOR, E_SCOPE */
  async expire(selector: Selector): Promise<Acknowledgement> {
    return expire(this.engine, this.permitted(selector), this.scopeName);
  }

  /** Forbids what the selector means, and what is being made of it. @throws E_SELECTOR, E_SCOPE */
  async invalidate(selector: Selector): Promise<{ readonly count: number }> {
    return invalidate(this.engine, this.permitted(selector), this.scopeName);
  }

  /** The ledger of this scope. */
  stats(): Stats {
    return collectStats(this.engine, this.scopeName);
  }

  /** The entries of this scope. */
  entries(filter: EntryFilter = {}): AsyncIterable<EntryListing> {
    return listEntries(this.engine, this.scopeName, filter);
  }

  /** The entries of this scope that were made from a file of the workspace, or from another entry. */
  async dependents(on: string | Key): Promise<Key[]> {
    return dependentsOf(this.engine, this.scopeName, this.normalized(on));
  }

  /** Listens to this scope until the returned function is called, or `using` ends it. */
  on<N extends EventName>(event: N, listener: Listener<N>): Subscription {
    return this.engine.listen(event, (happened) => {
      if ('scope' in happened && happened.scope === this.scopeName) return listener(happened);
    });
  }

  /** Resolves when every write that was accepted has reached the store, or has failed. Without one there is nothing to wait for. */
  async flush(): Promise<void> {
    this.engine.assertOpen();
    await this.engine.tier?.flush();
  }

  protected normalized(on: string | Key): string | Key {
    return typeof on === 'string' ? workspaceOf(this.engine, 'dependents of a file').normalize(on) : on;
  }

  /** A view speaks of its own scope only. */
  protected permitted(selector: Selector): Selector {
    const named = selector?.scope ?? (selector?.key instanceof Key ? selector.key.scope : this.scopeName);
    if (selector?.allScopes === true || named !== this.scopeName) {
      throw new HoldfastError('E_SCOPE', "a scope's own view cannot name other scopes: ask the cache itself");
    }
    return selector?.file === undefined ? selector : { ...selector, scope: this.scopeName };
  }

  #defaultOf<T>(): Handle<T> {
    // Made when it is first used: a view for every user must cost nothing by itself.
    this.#default ??= new Handle(this.engine.partition(this.scopeName, 'default'));
    return this.#default as Handle<unknown> as Handle<T>;
  }
}

/**
 * A context cache. Itself the handle of the kind `default`, in the default scope.
 *
 * Methods that return a promise never throw synchronously.
 */
export class Cache<K extends Kinds = Record<never, never>> extends ScopedCache<K> implements AsyncDisposable {
  /** A view in which keys, herds, selectors and stats are its own. @throws E_SCOPE */
  scope(name: string): ScopedCache<K> {
    return new ScopedCache<K>(this.engine, checkScope(name));
  }

  /** The ledger of all scopes. */
  override stats(): Stats {
    return collectStats(this.engine, undefined);
  }

  /** The entries of all scopes. */
  override entries(filter: EntryFilter = {}): AsyncIterable<EntryListing> {
    return listEntries(this.engine, undefined, filter);
  }

  override async dependents(on: string | Key): Promise<Key[]> {
    return dependentsOf(this.engine, undefined, this.normalized(on));
  }

  /** Listens to all scopes until the returned function is called, or `using` ends it. */
  override on<N extends EventName>(event: N, listener: Listener<N>): Subscription {
    return this.engine.listen(event, listener);
  }

  /**
   * Closes: later calls reject with E_CLOSED, those under way have `timeout` (5 seconds by default) to end, and are
   * rejected then. Idempotent.
   */
  async close(options: { timeout?: Duration } = {}): Promise<void> {
    await closeEngine(this.engine, parseDuration(options.timeout ?? 5_000, "'timeout' of close"));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  protected override permitted(selector: Selector): Selector {
    return selector;
  }
}

/** Makes a cache. Every option has a default. @throws E_OPTION, E_SIZE, E_DURATION */
export function createCache<K extends Kinds = Record<never, never>>(options: CacheOptions<K> = {}): Cache<K> {
  const engine = new Engine(parseCacheOptions(options, process.env));
  // Its line is in every report from the start.
  engine.partition(defaultScope, 'default');
  const cache = new Cache<K>(engine, defaultScope);
  registerEngine(cache, engine);
  return cache;
}

/** The scope of a cache itself: no name that `scope` accepts. */
const defaultScope = '';

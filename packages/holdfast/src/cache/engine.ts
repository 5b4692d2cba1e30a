import { Emitter, type Subscription } from '../events/emitter.ts';
import type { EventName, Listener } from '../events/event.ts';
import type { SavedBy } from '../ledger/worth.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { Horizon } from '../lib/horizon.ts';
import type { EntryNote } from '../memory/entry-note.ts';
import { EntryTable } from '../memory/entry-table.ts';
import { Lru } from '../memory/lru.ts';
import { Records } from '../memory/records.ts';
import { S3Fifo } from '../memory/s3-fifo.ts';
import type { Cost } from '../model/cost.ts';
import type { KeyId } from '../model/key.ts';
import type { Outcome, StaleMark } from '../model/outcome.ts';
import { same } from '../model/trace.ts';
import type { DependencySource } from '../trace/source.ts';
import type { Call } from './call.ts';
import { Definitions } from './definitions.ts';
import type { Flight } from './flight.ts';
import type { KindPolicy } from './kind.ts';
import type { Settings } from './options.ts';
import { Partition } from './partition.ts';
import type { PendingSet } from './pending-set.ts';
import { Refresher } from './refresher.ts';
import { Tier } from './tier.ts';
import { WatchedEntries } from './watched-entries.ts';

/** What a cache consists of, for the steps of a call to work on. One per cache, shared by all its scopes. */
export class Engine {
  readonly clock: Clock;
  readonly horizon: Horizon;
  readonly emitter = new Emitter();
  readonly table: EntryTable;
  readonly maxEntryBytes: number;
  readonly workspace: DependencySource | undefined;
  /** Undefined where the workspace does not watch. */
  readonly watched: WatchedEntries | undefined;
  readonly refresher: Refresher | undefined;
  /** Some kind is refreshed on change. */
  readonly refreshes: boolean;
  /** Tier two; undefined without a store. */
  readonly tier: Tier | undefined;
  readonly definitions = new Definitions();
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** `HOLDFAST_BYPASS=1`: nothing is read or kept. */
  readonly bypassed: boolean;
  /** Every flight that has not landed, attached or not. */
  readonly flights = new Set<Flight>();
  /** Every `set` whose files are being hashed, or whose schema is asked. */
  readonly pendingSets = new Set<PendingSet>();
  /** Every call that has not ended. */
  readonly calls = new Set<Call>();
  /** Invalidations so far. What began before one is told from what came after it by this number. */
  sequence = 0;
  /** Entries set or invalidated so far: while nothing was, an entry that is not here was never kept, or evicted. */
  writes = 0;
  /** Checks of dependencies so far. A check serves what came before it, which is told by this number. */
  checks = 0;
  state: 'open' | 'closing' | 'closed' = 'open';

  readonly #kinds: ReadonlyMap<string, KindPolicy>;
  readonly #scopes = new Map<string, Map<string, Partition>>();
  #partitions = 0;
  #onQuiet: (() => void) | undefined;

  constructor(settings: Settings) {
    this.clock = settings.clock ?? new SystemClock();
    this.horizon = new Horizon(this.clock);
    this.workspace = settings.workspace;
    this.random = settings.random;
    this.bypassed = settings.bypassed;
    this.maxEntryBytes = settings.maxEntryBytes;
    this.#kinds = settings.kinds;
    const { maxEntries, maxBytes } = settings;
    const records = new Records();
    const policy = settings.eviction === 'lru' ? new Lru(records) : new S3Fifo(records, maxEntries, maxBytes);
    this.table = new EntryTable({ maxEntries, maxBytes }, records, policy, (owner, key, weight) =>
      this.#announceEviction(owner as Partition, key, weight),
    );
    const { store } = settings;
    const strict = settings.coherence === 'strict';
    this.tier = store === undefined || this.bypassed ? undefined : new Tier(this, store, strict);
    // After whatever may throw: a workspace outlives a cache that did not come to be.
    const watch = this.workspace?.watch;
    this.watched = watch && new WatchedEntries(this.table, watch);
    this.refreshes = [...settings.kinds.values()].some(({ refresh }) => refresh === 'on-change');
    this.refresher = watch && new Refresher(this, watch, settings.refreshing);
    // Nothing in memory is trusted without a question to the store.
    if (this.bypassed || this.tier?.strict) this.horizon.hold();
  }

  /** @throws E_UNKNOWN_KIND */
  partition(scope: string, kind: string): Partition {
    const kinds = this.#scopes.get(scope) ?? new Map<string, Partition>();
    const known = kinds.get(kind);
    if (known !== undefined) return known;
    const partition = new Partition(this, scope, kind, this.policyOf(kind), this.#partitions);
    this.#partitions += 1;
    kinds.set(kind, partition);
    this.#scopes.set(scope, kinds);
    return partition;
  }

  /** Undefined: there is nothing of it. A trace may name a kind that is not declared any more. */
  known(scope: string, kind: string): Partition | undefined {
    return this.#scopes.get(scope)?.get(kind);
  }

  *partitions(scope?: string): Iterable<Partition> {
    if (scope !== undefined) {
      yield* this.#scopes.get(scope)?.values() ?? [];
      return;
    }
    for (const kinds of this.#scopes.values()) yield* kinds.values();
  }

  /** @throws E_UNKNOWN_KIND */
  policyOf(kind: string): KindPolicy {
    const policy = this.#kinds.get(kind);
    if (policy !== undefined) return policy;
    const declared = [...this.#kinds.keys()].map((name) => `'${name}'`).join(', ');
    throw new HoldfastError(
      'E_UNKNOWN_KIND',
      `kind '${String(kind)}' is not declared: createCache({ kinds: { … } }) declared ${declared}`,
    );
  }

  /** @throws E_CLOSED; while the cache drains, what its own generators need still goes through. */
  assertOpen(nested = false): void {
    if (this.state === 'open' || (this.state === 'closing' && nested)) return;
    throw closedError();
  }

  /** Who listens to calls has to be told of the hits, too, which the hit path does not do. */
  listen<N extends EventName>(name: N, listener: Listener<N>): Subscription {
    const off = this.emitter.on(name, listener);
    if (name !== 'call.settled' && name !== 'dependency.untracked') return off;
    const release = this.horizon.hold();
    const end = (): void => {
      off();
      release();
    };
    return Object.assign(end, { [Symbol.dispose]: end });
  }

  /** Counts ended calls, and what they saved. */
  count(
    partition: Partition,
    outcome: Outcome,
    times: number,
    cost: Cost | undefined,
    internal = false,
  ): void {
    if (times === 0) return;
    const { account } = partition;
    if (internal) {
      account.internal[outcome] += times;
      return;
    }
    account.outcomes[outcome] += times;
    const by = savers[outcome];
    if (by !== undefined && cost !== undefined) account.save(by, cost, cost.seconds, times);
  }

  announce(partition: Partition, id: KeyId, outcome: Outcome, stale: StaleMark, began: number): void {
    if (!this.emitter.wants('call.settled')) return;
    const { scope, kind } = partition;
    const waited = Math.max(0, this.horizon.read() - began);
    this.emitter.emit({ type: 'call.settled', scope, kind, key: partition.key(id), outcome, stale, waited });
  }

  /** What it had cost to make the entry. */
  costOf(slot: number): Cost {
    const seconds = this.table.seconds(slot);
    return { ...this.table.note(slot)?.cost, seconds };
  }

  /** The slot's note, made if it had none. */
  noteOf(slot: number): EntryNote {
    const { table } = this;
    const known = table.note(slot);
    if (known !== undefined) return known;
    const note: EntryNote = {
      tags: [],
      cost: undefined,
      trace: undefined,
      origin: undefined,
      verifiedAt: table.madeAt(slot),
      verdict: same,
      checkedBy: 0,
      provenAt: -1,
      bears: false,
      read: false,
      digest: undefined,
      others: [],
    };
    table.setNote(slot, note);
    return note;
  }

  /** A flight has landed, or a call ended. */
  noteEnd(): void {
    if (this.#onQuiet !== undefined && this.#isQuiet()) this.#onQuiet();
  }

  /** Resolves when no flight is in the air, and no call waits for anything. */
  quiet(): Promise<void> {
    if (this.#isQuiet()) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#onQuiet;
    this.#onQuiet = () => {
      this.#onQuiet = undefined;
      before?.();
      resolve();
    };
    return promise;
  }

  #isQuiet(): boolean {
    return this.flights.size === 0 && this.calls.size === 0;
  }

  #announceEviction(partition: Partition, key: string, weight: number): void {
    if (!this.emitter.wants('entry.evicted')) return;
    const { scope, kind } = partition;
    this.emitter.emit({ type: 'entry.evicted', scope, kind, key: partition.key(key), weight });
  }
}

/** The outcomes of calls that got a value without a generation of their own. */
const savers: { readonly [O in Outcome]?: SavedBy } = {
  hit: 'hit',
  stored: 'hit',
  stale: 'hit',
  coalesced: 'coalesced',
};

export function closedError(): HoldfastError {
  return new HoldfastError('E_CLOSED', 'the cache is closed');
}

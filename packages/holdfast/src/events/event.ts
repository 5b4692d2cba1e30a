import type { Cost } from '../model/cost.ts';
import type { Digest, SourceDependency } from '../model/dependency.ts';
import type { Key } from '../model/key.ts';
import type { Outcome, StaleMark } from '../model/outcome.ts';
import type { Selector } from '../model/selector.ts';

/**
 * Everything that happens in a cache, one union. Stats and metrics count without it; logs, the dashboard and tests
 * listen. Events carry keys as opaque `Key`s and never values; times are milliseconds.
 */
export type HoldfastEvent =
  /** A call ended. `waited` is what its caller waited. */
  | (Entry & {
      readonly type: 'call.settled';
      readonly outcome: Outcome;
      readonly stale: StaleMark;
      readonly waited: number;
    })
  | (Entry & { readonly type: 'generation.started'; readonly background: boolean })
  | (Entry & {
      readonly type: 'generation.succeeded';
      readonly background: boolean;
      readonly cost: Cost;
      /** `made`: a new value. `renewed`: `ctx.notModified()`. `skipped`: `ctx.skip()`. */
      readonly how: 'made' | 'renewed' | 'skipped';
    })
  /** Something that the generator had read changed, or could not be looked at, before it ended: it runs anew. */
  | (Entry & {
      readonly type: 'generation.restarted';
      /** A path, a pattern, a variable, or a key. */
      readonly dependency: string | Key;
      /** Which run of the generator came to nothing, from 1. */
      readonly run: number;
    })
  | (Entry & {
      readonly type: 'generation.failed';
      readonly background: boolean;
      readonly error: unknown;
      /** Regeneration is held back until then (monotonic milliseconds of the cache's clock). */
      readonly retryAt?: number;
    })
  /** Nobody waits any more, or the time is up: the flight is gone, the generator may still be running. */
  | (Entry & { readonly type: 'generation.abandoned'; readonly why: 'unwanted' | 'timeout' | 'closed' })
  | (Entry & { readonly type: 'entry.committed'; readonly weight: number; readonly by: 'generation' | 'set' })
  /** A generated value was refused: something overtook its flight. The waiters got it all the same. */
  | (Entry & {
      readonly type: 'entry.fenced';
      readonly by: 'invalidation' | 'set' | 'unwanted' | 'timeout' | 'lease';
    })
  | (Entry & { readonly type: 'entry.evicted'; readonly weight: number })
  /** A value over `maxEntryBytes` was handed over and not kept. */
  | (Entry & { readonly type: 'entry.oversized'; readonly weight: number; readonly limit: number })
  | { readonly type: 'entries.invalidated'; readonly selector: Selector; readonly count: number }
  | { readonly type: 'entries.expired'; readonly selector: Selector; readonly count: number }
  /** A dependency of a kept value was found changed, or could not be checked. */
  | (Entry & {
      readonly type: 'dependency.changed';
      readonly state: 'changed' | 'unknown';
      /** A path, a pattern, a variable, or a key. */
      readonly dependency: string | Key;
    })
  /** A value holds again, as the state that it was made from is back: nothing was generated. */
  | (Entry & { readonly type: 'entry.restored' })
  /** A plain call inside a generator: its value is not recorded as a dependency. `ctx.use` is. */
  | (Entry & { readonly type: 'dependency.untracked'; readonly parent: Key })
  /** A value that the store does not hold: it stays in memory. */
  | (Entry & {
      readonly type: 'entry.unstorable';
      /** `value`: it is not plain JSON. `room`: the store has none for it; its `status()` says why. */
      readonly why: 'value' | 'room';
    })
  /** A record of the store that cannot be used: `damaged`, `newer format`, `too large`, `other key`. */
  | (Entry & { readonly type: 'record.refused'; readonly reason: string })
  /** The store failed, or took too long. `resting`: it is left alone for a while. */
  | {
      readonly type: 'store.failed';
      readonly operation: string;
      readonly error: unknown;
      readonly resting: boolean;
    }
  | { readonly type: 'store.recovered' }
  /** What other processes did may have been missed (the store's file is another one, or was let go): all of memory is aged. */
  | { readonly type: 'store.missed' }
  /** A change was followed up in the background, for the kinds that are refreshed on change. */
  | {
      readonly type: 'refresh.settled';
      readonly changes: readonly SourceChange[];
      /** What in memory was made from them, of all kinds; what others are made from before them. */
      readonly entries: readonly RefreshedEntry[];
    }
  | { readonly type: 'cache.closed'; readonly cutOff: number }
  | WorkspaceEvent;

/** What a workspace tells that watches. */
export type WorkspaceEvent =
  | { readonly type: 'workspace.state'; readonly status: WatchState }
  /** What was made known of, by watching, once it had settled: each has another digest than before. */
  | { readonly type: 'workspace.changed'; readonly changes: readonly SourceChange[] }
  /** A path that could not be understood or looked at: it counts as unknown. */
  | { readonly type: 'workspace.warning'; readonly path: string | undefined; readonly error: unknown }
  /** Something else failed, and the watching goes on. `count`: how many have so far. */
  | { readonly type: 'workspace.error'; readonly error: unknown; readonly count: number };

/**
 * How much a workspace knows by watching. Only while it is LIVE is a `watched` read not a checked one.
 *
 * `epoch` grows each time that it has to begin anew.
 */
export type WatchState =
  /** Nothing is known of what happens. */
  | { readonly state: 'UNKNOWN'; readonly epoch: number; readonly reason: string }
  /** Everything is watched again, and is being looked at. */
  | { readonly state: 'SCANNING'; readonly epoch: number }
  | { readonly state: 'LIVE'; readonly epoch: number }
  /** The machine tells of nothing, or not reliably: everything is looked at again and again. */
  | { readonly state: 'DEGRADED'; readonly epoch: number; readonly reason: string }
  /** It was told not to watch, or it is closed. */
  | { readonly state: 'OFF'; readonly epoch: number };

/** A dependency that has changed. The digests are those of `model/dependency`, its words included. */
export interface SourceChange {
  readonly type: SourceDependency['type'];
  /** The path, or the pattern. */
  readonly name: string;
  readonly before: Digest;
  readonly now: Digest;
}

/**
 * What a change came to for an entry. `made`: it has a new value. `restored`: one that it kept for this state. `unchanged`:
 * it was checked, and holds, as what it was made from came out equal. `left`: to its next reader.
 */
export interface RefreshedEntry extends Entry {
  readonly came: 'made' | 'restored' | 'unchanged' | 'failed' | 'left';
  /** What it took, of those that were made. */
  readonly cost?: Cost;
}

interface Entry {
  readonly scope: string;
  readonly kind: string;
  readonly key: Key;
}

export type EventName = HoldfastEvent['type'];
export type EventOf<N extends EventName> = Extract<HoldfastEvent, { type: N }>;
export type Listener<N extends EventName> = (event: EventOf<N>) => void;

import type { Outcome, StaleReason } from '../../src/index.ts';
import { type Windows, type WindowsName, windows } from './policy.ts';

/* What the oracle holds in mind, and what it is told. */

export type Mode = 'default' | 'refresh' | 'bypass' | 'cached';

export interface Address {
  readonly scope: string;
  readonly kind: WindowsName;
  readonly key: string;
}

export interface Wishes {
  readonly mode: Mode;
  /** Why the caller had left before it called. */
  readonly left?: string | undefined;
  readonly timeout?: number | undefined;
  readonly staleAfter?: number | undefined;
  readonly ttl?: number | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** How a call ended. `error` is a text that tells errors apart. */
export interface Ending {
  readonly outcome: Outcome;
  readonly value?: unknown;
  readonly error?: string;
  readonly stale: false | 'aged' | 'changed';
  readonly age?: number;
  readonly reason?: StaleReason | undefined;
}

/** What a generator does at last. */
export type Yield =
  | { readonly how: 'value'; readonly value: (cell: Cell) => unknown }
  | { readonly how: 'skip'; readonly value: (cell: Cell) => unknown }
  | { readonly how: 'notModified' }
  | { readonly how: 'error'; readonly error: string };

export interface Entry {
  readonly value: unknown;
  readonly madeAt: number;
  agedAt: number;
  readonly tags: ReadonlySet<string>;
}

export class Cell implements Address {
  readonly scope: string;
  readonly kind: WindowsName;
  readonly key: string;
  readonly windows: Windows;
  entry: Entry | undefined;
  flight: Flight | undefined;
  failure: { error: string; count: number; retryAt: number; negativeUntil: number } | undefined;
  constructor({ scope, kind, key }: Address) {
    this.scope = scope;
    this.kind = kind;
    this.key = key;
    this.windows = windows[kind];
  }
}

export interface Run {
  /** Whose generator runs. */
  readonly caller: number;
  readonly kind: WindowsName;
  readonly scope: string;
  readonly flights: Flight[];
  /** How many times the generator ran: again where it renewed what had been forbidden meanwhile. */
  times: number;
  state: 'running' | 'ended' | 'abandoned';
}

export interface Demand {
  readonly sequence: number;
  readonly action: 'invalidate' | 'expire';
  readonly tag: string;
}

export interface Flight {
  readonly cell: Cell;
  readonly run: Run;
  readonly waiters: Set<Call>;
  readonly tags: Set<string>;
  readonly ttl: number;
  readonly previous: (Entry & { mark: 'aged' }) | undefined;
  attached: boolean;
  /** An invalidation has detached it. */
  forbidden: boolean;
  background: boolean;
  expired: boolean;
  landed: boolean;
  undecided: Demand[];
}

export interface Call {
  /** Equal for the calls that hand over one generator. */
  readonly caller: number;
  readonly cell: Cell;
  readonly wishes: Wishes;
  readonly bulk: Bulk | undefined;
  joined: number;
  flight: Flight | undefined;
  leads: boolean;
  ending: Ending | undefined;
}

/** The calls of one bulk call share the run of all that is found missing at one moment. */
export interface Bulk {
  readonly caller: number;
  run: Run | undefined;
}

export interface Selector {
  readonly scope?: string | undefined;
  readonly kind?: WindowsName | undefined;
  readonly key?: string | undefined;
  readonly tag?: string | undefined;
}

import type { SharedFailure } from '../lib/errors.ts';

/**
 * Tier two: where entries outlive the process, and are shared by others. A port; every implementation passes the
 * conformance suite of `holdfast/testing`.
 *
 * A store knows records as bytes in an envelope (`envelope.ts`), with what they are found by beside it. It never looks
 * into them. All times are milliseconds since 1970, of the machine's clock; all hashes are `Key.digest`.
 *
 * Methods reject with a HoldfastError of code E_STORE (with the engine's own error as its cause) when the store cannot
 * answer, and with E_CLOSED after `close`. What is not there is an answer, never an error.
 */
export interface Store {
  /** The record of a key; undefined where there is none. */
  read(hash: string): Promise<StoredRecord | undefined>;
  /** Several at once; keys without a record are not in the result. */
  readMany(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>>;
  /**
   * Puts a record in place of the key's former one, all or nothing. With a fence it is refused, as `fenced`, if the
   * lease's token does not hold any more, or if a selector that means the record was put in force after
   * `fence.sequence`; the lease goes on until it is released. What was expired after `fence.sequence` is aged from the
   * start. Without a fence it is a write of its own (`set`): it ends the key's lease and is told to subscribers.
   * `full`: there is no room for it, and nothing has changed.
   */
  commit(record: NewRecord, fence?: Fence): Promise<'committed' | 'fenced' | 'full'>;
  /** Takes a record out, without a word to anybody: it is useless, or damaged. */
  delete(hash: string): Promise<void>;
  /**
   * Forbids what a selector means: its records leave, their leases end, and commits begun before are refused.
   * @returns the sequence number of the invalidation
   */
  invalidate(selector: StoreSelector): Promise<number>;
  /** Makes aged what a selector means, from `at` on. @returns the sequence number */
  expire(selector: StoreSelector, at: number): Promise<number>;
  /**
   * Claims a key for one generation. A lease that was not renewed for its `term` holds no more, and is free for the next.
   * Tokens of one key grow.
   */
  acquire(hash: string, term: number): Promise<Claim>;
  /** @returns false if the token does not hold any more */
  renew(hash: string, token: number, term: number): Promise<boolean>;
  /**
   * Ends a lease, if the token still holds. `failure` is told, as `failed`, once to each store that was told `held` of this
   * very lease and claims again; whoever comes later has not waited for it, and acquires.
   */
  release(hash: string, token: number, failure?: SharedFailure): Promise<void>;
  /**
   * Resolves when the record or the lease of a key may have changed since `seen` (a claim's `change`), or after
   * `timeout` milliseconds.
   */
  waitForChange(hash: string, seen: number, timeout: number): Promise<void>;
  /** Every record that matches, in no order. What changes meanwhile may or may not be seen. */
  scan(filter: StoreFilter): AsyncIterable<StoredRecord & { readonly hash: string }>;
  /** The hashes of the records that were made from a file, by its path, or from another entry, by its hash. */
  dependents(on: { readonly path: string } | { readonly key: string }): Promise<readonly string[]>;
  /** A table of small values by names: ledger totals, signatures, sessions. */
  table(name: string): StoreTable;
  /**
   * Tells of every invalidation, expiry and `set` of other processes (of other stores: two of one process are two), once
   * and in the order of their sequence numbers, within 100 ms of its acknowledgement. `missed`: some may have been lost,
   * so that nothing in memory can be trusted.
   */
  subscribe(listener: (change: StoreChange) => void): () => void;
  /** Resolves when subscribers have been told of everything that was acknowledged before this call. */
  catchUp(): Promise<void>;
  status(): StoreStatus;
  /** Resolves when what was accepted is committed, and every file, thread and timer is released. */
  close(): Promise<void>;
}

/** A record as a store gives it back. */
export interface StoredRecord {
  readonly envelope: Uint8Array;
  /** Aged since then, whatever the envelope says; undefined if it was not expired. */
  readonly expiredAt: number | undefined;
}

/** A record about to be kept, with what it is found by. */
export interface NewRecord {
  readonly hash: string;
  readonly scope: string;
  readonly kind: string;
  readonly tags: readonly string[];
  /** The files that it was made from, by their paths relative to the workspace's root. */
  readonly paths: readonly string[];
  /** The entries that it was made from, by their hashes. */
  readonly keys: readonly string[];
  /** From when on nobody will want it: past every window; Infinity without a ttl. */
  readonly uselessAt: number;
  readonly envelope: Uint8Array;
}

export interface Fence {
  readonly token: number;
  /** `Claim.sequence` of the claim that the token is of. */
  readonly sequence: number;
}

/** What asking for a lease came to. */
export type Claim =
  | { readonly state: 'acquired'; readonly token: number; readonly sequence: number }
  /** Somebody else generates. `change` is for `waitForChange`. */
  | { readonly state: 'held'; readonly until: number; readonly change: number }
  /** Whoever held it has failed since this store was told `held`. */
  | { readonly state: 'failed'; readonly failure: SharedFailure; readonly change: number };

/** Which records are meant; all the given fields must match. None given: every record there is. */
export interface StoreSelector {
  readonly scope?: string;
  readonly kind?: string;
  readonly hash?: string;
  readonly tag?: string;
  readonly path?: string;
}

export type StoreFilter = Omit<StoreSelector, 'hash'>;

export type StoreChange =
  | { readonly type: 'invalidated'; readonly sequence: number; readonly selector: StoreSelector }
  | {
      readonly type: 'expired';
      readonly sequence: number;
      readonly selector: StoreSelector;
      readonly at: number;
    }
  | {
      readonly type: 'set';
      readonly sequence: number;
      readonly hash: string;
      readonly kind: string;
      readonly scope: string;
    }
  | { readonly type: 'missed' };

export interface StoreTable {
  get(name: string): Promise<Uint8Array | undefined>;
  set(name: string, value: Uint8Array): Promise<void>;
  delete(name: string): Promise<void>;
  entries(): AsyncIterable<readonly [name: string, value: Uint8Array]>;
}

export interface StoreStatus {
  /** `readonly`: it gives and takes nothing any more (a full disk, a file that may not be written). */
  readonly state: 'open' | 'readonly' | 'closed';
  readonly records: number;
  /** Of all records, as they are stored. */
  readonly bytes: number;
  /** What is amiss, in words; empty when all is well. */
  readonly warnings: readonly string[];
}

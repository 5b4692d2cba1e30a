import type { SqliteStoreOptions } from '../../src/adapters/sqlite/index.ts';
import type { Outcome } from '../../src/index.ts';
import type { Claim, Fence, StoreStatus } from '../../src/stores/store.ts';
import { ObeyingChild } from '../child.ts';

export type Command =
  | { readonly type: 'open'; readonly path: string; readonly options?: SqliteStoreOptions }
  | { readonly type: 'commit'; readonly name: string; readonly fence?: Fence }
  | { readonly type: 'read'; readonly name: string }
  | { readonly type: 'acquire'; readonly name: string; readonly term: number }
  /** Commits on and on: records, or the values of a cache. */
  | { readonly type: 'flood'; readonly name: string; readonly what: 'records' | 'values' }
  /** Asks a cache over the store for a value. */
  | { readonly type: 'make'; readonly name: string }
  | { readonly type: 'failures' }
  /** Resolves when the store has acknowledged a value of it to the cache. */
  | { readonly type: 'stored'; readonly name: string }
  | { readonly type: 'invalidate'; readonly name: string }
  | { readonly type: 'transact'; readonly path: string; readonly sql: string }
  | { readonly type: 'close' };

interface Answers {
  open: StoreStatus;
  commit: 'committed' | 'fenced' | 'full';
  read: boolean;
  acquire: Claim;
  flood: undefined;
  make: { readonly value: string; readonly outcome: Outcome };
  /** Why the store has failed, in words. */
  failures: string;
  stored: undefined;
  /** Its sequence number. */
  invalidate: number;
  transact: number;
  close: undefined;
}

/** It has written something, and was told that it is kept. */
export interface Acknowledgement {
  readonly acknowledged: string;
}

const program = new URL('./program.ts', import.meta.url);

/** Another process with a store. */
export class Child extends ObeyingChild<Command, Answers> {
  readonly acknowledged: string[] = [];
  #watch: { readonly count: number; readonly met: () => void } | undefined;

  constructor(user?: number) {
    super(program, { user });
  }

  /** Resolves when so many commits are acknowledged. */
  async acknowledges(count: number): Promise<void> {
    if (this.acknowledged.length >= count) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watch = { count, met: resolve };
    await promise;
  }

  async close(): Promise<void> {
    this.do({ type: 'close' }).catch(() => {});
    await this.ended();
  }

  protected override hear({ acknowledged }: Acknowledgement): void {
    this.acknowledged.push(acknowledged);
    if (this.acknowledged.length >= (this.#watch?.count ?? Number.POSITIVE_INFINITY)) this.#watch?.met();
  }
}

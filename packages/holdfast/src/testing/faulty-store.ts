import { type Clock, SystemClock } from '../lib/clock.ts';
import { HoldfastError, type SharedFailure } from '../lib/errors.ts';
import type {
  Claim,
  Fence,
  NewRecord,
  Store,
  StoreChange,
  StoredRecord,
  StoreFilter,
  StoreSelector,
  StoreStatus,
  StoreTable,
} from '../stores/store.ts';
import { damagedBytes, type Fault, type Faults, randomNumbers } from './faults.ts';

export interface FaultyStoreOptions {
  readonly faults: Faults;
  /** Where delays take their time from. Default: the clock of the process. */
  readonly clock?: Clock;
  /** Of the bytes that are damaged at random. Default 1. */
  readonly seed?: number;
}

/**
 * A store that fails as stores do: it answers with errors or late, does what it said that it had not done, does things
 * twice, and gives back damaged bytes. `close`, `status`, `subscribe` and `table` themselves never fail; what a table is
 * asked for goes by the names `table.get`, `table.set`, `table.delete` and `table.entries`.
 */
export class FaultyStore implements Store {
  readonly #store: Store;
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #random: () => number;
  #calls = 0;

  constructor(store: Store, { faults, clock = new SystemClock(), seed = 1 }: FaultyStoreOptions) {
    this.#store = store;
    this.#faults = faults;
    this.#clock = clock;
    this.#random = randomNumbers(seed);
  }

  /** Calls that were made so far. */
  get calls(): number {
    return this.#calls;
  }

  async read(hash: string): Promise<StoredRecord | undefined> {
    const fault = this.#next('read');
    const record = await this.#perform(fault, () => this.#store.read(hash));
    return record === undefined ? undefined : this.#damaged(fault, record);
  }

  async readMany(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const fault = this.#next('readMany');
    const found = await this.#perform(fault, () => this.#store.readMany(hashes));
    return new Map([...found].map(([hash, record]) => [hash, this.#damaged(fault, record)]));
  }

  async *scan(filter: StoreFilter): AsyncGenerator<StoredRecord & { readonly hash: string }> {
    const fault = this.#next('scan');
    await this.#perform(fault, async () => {});
    for await (const record of this.#store.scan(filter)) yield this.#damaged(fault, record);
  }

  commit(record: NewRecord, fence?: Fence): Promise<'committed' | 'fenced' | 'full'> {
    return this.#call('commit', () => this.#store.commit(record, fence));
  }

  delete(hash: string): Promise<void> {
    return this.#call('delete', () => this.#store.delete(hash));
  }

  invalidate(selector: StoreSelector): Promise<number> {
    return this.#call('invalidate', () => this.#store.invalidate(selector));
  }

  expire(selector: StoreSelector, at: number): Promise<number> {
    return this.#call('expire', () => this.#store.expire(selector, at));
  }

  acquire(hash: string, term: number): Promise<Claim> {
    return this.#call('acquire', () => this.#store.acquire(hash, term));
  }

  renew(hash: string, token: number, term: number): Promise<boolean> {
    return this.#call('renew', () => this.#store.renew(hash, token, term));
  }

  release(hash: string, token: number, failure?: SharedFailure): Promise<void> {
    return this.#call('release', () => this.#store.release(hash, token, failure));
  }

  waitForChange(hash: string, seen: number, timeout: number): Promise<void> {
    return this.#call('waitForChange', () => this.#store.waitForChange(hash, seen, timeout));
  }

  dependents(on: { readonly path: string } | { readonly key: string }): Promise<readonly string[]> {
    return this.#call('dependents', () => this.#store.dependents(on));
  }

  catchUp(): Promise<void> {
    return this.#call('catchUp', () => this.#store.catchUp());
  }

  table(name: string): StoreTable {
    const table = this.#store.table(name);
    const call = this.#call.bind(this);
    return {
      get: (row) => call('table.get', () => table.get(row)),
      set: (row, value) => call('table.set', () => table.set(row, value)),
      delete: (row) => call('table.delete', () => table.delete(row)),
      entries: async function* () {
        await call('table.entries', async () => {});
        yield* table.entries();
      },
    };
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    return this.#store.subscribe(listener);
  }

  status(): StoreStatus {
    return this.#store.status();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #call<T>(method: string, run: () => Promise<T>): Promise<T> {
    return this.#perform(this.#next(method), run);
  }

  #next(method: string): Fault | undefined {
    const index = this.#calls;
    this.#calls += 1;
    return this.#faults({ method, index });
  }

  async #perform<T>(fault: Fault | undefined, run: () => Promise<T>): Promise<T> {
    switch (fault?.type) {
      case 'error':
        throw failed();
      case 'lost':
        await run();
        throw failed();
      case 'late':
        // Nobody is told what becomes of it: it fails like any call that nobody waits for.
        void this.#wait(fault.milliseconds)
          .then(run)
          .catch(() => {});
        throw failed();
      case 'delay':
        await this.#wait(fault.milliseconds);
        return run();
      case 'repeated':
        await run();
        return run();
      default:
        return run();
    }
  }

  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.setTimeout(resolve, milliseconds);
    });
  }

  #damaged<R extends StoredRecord>(fault: Fault | undefined, record: R): R {
    if (fault?.type !== 'damage') return record;
    const { envelope } = record;
    const damaged = fault.change?.(new Uint8Array(envelope)) ?? damagedBytes(envelope, this.#random);
    return { ...record, envelope: damaged };
  }
}

function failed(): HoldfastError {
  return new HoldfastError('E_STORE', 'the store was made to fail');
}

import { HoldfastError, type SharedFailure } from '../lib/errors.ts';
import { MemoryBackend, type MemoryRow } from './memory-backend.ts';
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
} from './store.ts';

/** Leases that this store was told are held; of more, the oldest are forgotten, and their failures not told. */
const mostJoined = 10_000;

interface Subscriber {
  readonly listener: (change: StoreChange) => void;
  /** The last change before it came. */
  readonly since: number;
}

/**
 * A store in memory. Several over one backend act as several processes do over one file: each has its own leases, and is
 * told what the others have changed.
 */
export class MemoryStore implements Store {
  readonly #backend: MemoryBackend;
  readonly #subscribers = new Set<Subscriber>();
  readonly #waits = new Set<() => void>();
  /** By key, the token of the lease that this store was told somebody else holds. */
  readonly #joined = new Map<string, number>();
  /** The last change that subscribers were told of. */
  #told: number;
  #telling = false;
  #emitting = false;
  #closed = false;

  /** @param backend what is shared with other stores; one of its own by default */
  constructor(backend: MemoryBackend = new MemoryBackend()) {
    this.#backend = backend;
    this.#told = backend.log.sequence;
    backend.stores.add(this);
  }

  async read(hash: string): Promise<StoredRecord | undefined> {
    const row = this.#open().use(hash);
    return row === undefined ? undefined : handedOut(row);
  }

  async readMany(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> {
    const backend = this.#open();
    const found = new Map<string, StoredRecord>();
    for (const hash of hashes) {
      const row = backend.use(hash);
      if (row !== undefined) found.set(hash, handedOut(row));
    }
    return found;
  }

  async commit(record: NewRecord, fence?: Fence): Promise<'committed' | 'fenced' | 'full'> {
    return this.#open().commit(owned(record), fence, this);
  }

  async delete(hash: string): Promise<void> {
    this.#open().delete(hash);
  }

  async invalidate(selector: StoreSelector): Promise<number> {
    return this.#open().invalidate(selector, this);
  }

  async expire(selector: StoreSelector, at: number): Promise<number> {
    return this.#open().expire(selector, at, this);
  }

  async acquire(hash: string, term: number): Promise<Claim> {
    const { leases, log } = this.#open();
    const claim = leases.acquire(hash, term, log.sequence, this.#joined.get(hash));
    this.#joined.delete(hash);
    if (claim.state === 'held') {
      const [oldest] = this.#joined.size < mostJoined ? [] : this.#joined.keys();
      if (oldest !== undefined) this.#joined.delete(oldest);
      this.#joined.set(hash, leases.holder(hash) as number);
    }
    return claim;
  }

  async renew(hash: string, token: number, term: number): Promise<boolean> {
    return this.#open().leases.renew(hash, token, term);
  }

  async release(hash: string, token: number, failure?: SharedFailure): Promise<void> {
    this.#open().leases.release(hash, token, failure);
  }

  async waitForChange(hash: string, seen: number, timeout: number): Promise<void> {
    const { leases } = this.#open();
    await new Promise<void>((resolve) => {
      const end = leases.wait(hash, seen, timeout, () => {
        this.#waits.delete(end);
        resolve();
      });
      this.#waits.add(end);
    });
  }

  async *scan(filter: StoreFilter): AsyncGenerator<StoredRecord & { readonly hash: string }> {
    for (const row of this.#open().rows(filter)) {
      this.#open();
      yield { ...handedOut(row), hash: row.record.hash };
    }
  }

  async dependents(on: { readonly path: string } | { readonly key: string }): Promise<readonly string[]> {
    return this.#open()
      .rows()
      .filter(({ record }) => ('path' in on ? record.paths.includes(on.path) : record.keys.includes(on.key)))
      .map(({ record }) => record.hash);
  }

  table(name: string): StoreTable {
    const rows = (): Map<string, Uint8Array> => {
      const { tables } = this.#open();
      const table = tables.get(name) ?? new Map();
      tables.set(name, table);
      return table;
    };
    return {
      get: async (row) => copyOf(rows().get(row)),
      set: async (row, value) => void rows().set(row, new Uint8Array(value)),
      delete: async (row) => void rows().delete(row),
      entries: async function* () {
        for (const [row, value] of [...rows()]) yield [row, new Uint8Array(value)];
      },
    };
  }

  subscribe(listener: (change: StoreChange) => void): () => void {
    const subscriber = { listener, since: this.#open().log.sequence };
    this.#subscribers.add(subscriber);
    return () => void this.#subscribers.delete(subscriber);
  }

  async catchUp(): Promise<void> {
    this.#open();
    this.#tell();
  }

  /** The backend has changed by another's hand. */
  changed(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => this.#tell());
  }

  status(): StoreStatus {
    const { count, bytes } = this.#backend;
    return { state: this.#closed ? 'closed' : 'open', records: count, bytes, warnings: [] };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#backend.stores.delete(this);
    this.#subscribers.clear();
    for (const end of [...this.#waits]) end();
    this.#waits.clear();
  }

  #open(): MemoryBackend {
    if (this.#closed) throw new HoldfastError('E_CLOSED', 'the store is closed');
    return this.#backend;
  }

  #tell(): void {
    this.#telling = false;
    // A listener that asks for more while it is told is told after the others have been.
    if (this.#emitting) return;
    this.#emitting = true;
    const { log } = this.#backend;
    while (this.#told < log.sequence) {
      const entries = log.since(this.#told);
      this.#told = log.sequence;
      // What is forgotten cannot be told in part: whoever hears `missed` trusts nothing anyway.
      if (entries === undefined) this.#emit({ type: 'missed' }, log.sequence);
      else for (const { change, author } of entries) if (author !== this) this.#emit(change, change.sequence);
    }
    this.#emitting = false;
  }

  #emit(change: StoreChange, sequence: number): void {
    for (const subscriber of [...this.#subscribers]) {
      if (sequence <= subscriber.since || !this.#subscribers.has(subscriber)) continue;
      try {
        subscriber.listener(change);
      } catch {
        // A listener that throws must not keep the change from the others, and there is nobody here to tell.
      }
    }
  }
}

/** The record in memory of its own: its owner may go on to write into his. */
function owned(record: NewRecord): NewRecord {
  const { tags, paths, keys, envelope } = record;
  return {
    ...record,
    tags: [...tags],
    paths: [...paths],
    keys: [...keys],
    envelope: new Uint8Array(envelope),
  };
}

function handedOut({ record, expiredAt }: MemoryRow): StoredRecord {
  return { envelope: new Uint8Array(record.envelope), expiredAt };
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined ? undefined : new Uint8Array(bytes);
}

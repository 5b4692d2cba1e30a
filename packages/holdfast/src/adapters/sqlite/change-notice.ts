import type { StoreChange } from '../../stores/store.ts';
import type { CallerConnection } from './caller-connection.ts';
import { mostChanges, type ReadConnection } from './read-connection.ts';

const subscribedEvery = 50;
const waitingEvery = 20;

type Listener = (change: StoreChange) => void;

interface Waiter {
  readonly hash: string;
  readonly seen: number;
  /** When the lease ends, as far as is known. */
  until: number;
  readonly end: () => void;
}

/**
 * Learns what other stores have done to the file: whoever looks reads the file's data version, and only if that has moved
 * what was put down for others. A timer looks; nobody listens, no timer.
 */
export class ChangeNotice {
  readonly #connection: CallerConnection;
  readonly #origin: string;
  readonly #listeners = new Set<Listener>();
  readonly #waiters = new Set<Waiter>();
  #timer: { readonly handle: NodeJS.Timeout; readonly every: number } | undefined;
  /** What the last look saw. Data versions are a connection's own: two connections count from the same number. */
  #looked: { readonly connection: ReadConnection; readonly version: number } | undefined;
  /** The last sequence number that was told; undefined if nobody knows any more. */
  #seen: number | undefined;
  #closed = false;

  constructor(connection: CallerConnection, origin: string) {
    this.#connection = connection;
    this.#origin = origin;
  }

  subscribe(listener: Listener): () => void {
    if (this.#closed) return () => {};
    // The same function twice is two subscriptions.
    const own: Listener = (change) => listener(change);
    if (this.#listeners.size === 0) this.#begin();
    else this.#lookQuietly();
    this.#listeners.add(own);
    this.#arm();
    return () => {
      this.#listeners.delete(own);
      this.#arm();
    };
  }

  wait(hash: string, seen: number, timeout: number): Promise<void> {
    if (this.#closed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => waiter.end(), timeout);
    const waiter: Waiter = {
      hash,
      seen,
      until: 0,
      end: () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        this.#arm();
        resolve();
      },
    };
    this.#waiters.add(waiter);
    this.#wake([waiter]);
    this.#arm();
    return promise;
  }

  /** @throws E_STORE */
  catchUp(): void {
    if (this.#listeners.size > 0 && this.#look(true)) this.#wake(this.#waiters);
  }

  /** This store has committed something. */
  committed(): void {
    if (this.#waiters.size > 0) this.#wake(this.#waiters);
  }

  /** The file is another one. */
  replaced(): void {
    this.#seen = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
    for (const waiter of [...this.#waiters]) waiter.end();
    this.#arm();
  }

  #begin(): void {
    this.#seen = undefined;
    try {
      this.#seen = this.#connection.use((connection) => connection.lastSequence(), true);
    } catch {
      // The first look that succeeds says that something may have been missed.
    }
  }

  #arm(): void {
    const every = this.#waiters.size > 0 ? waitingEvery : this.#listeners.size > 0 ? subscribedEvery : 0;
    if (every === (this.#timer?.every ?? 0)) return;
    clearInterval(this.#timer?.handle);
    this.#timer = undefined;
    if (every === 0) return;
    const handle = setInterval(() => this.#lookQuietly(), every);
    // Somebody who waits is kept alive by his own time-out.
    handle.unref();
    this.#timer = { handle, every };
  }

  /** @returns whether anything was committed since the last look */
  #look(inItsPlace: boolean): boolean {
    return this.#connection.use((connection) => {
      // Before the log is read: what is committed in between moves the version for the next look.
      const version = connection.dataVersion();
      const looked = this.#looked;
      if (looked?.connection === connection && looked.version === version && this.#seen !== undefined)
        return false;
      if (this.#listeners.size > 0) this.#tell(connection);
      this.#looked = { connection, version };
      return true;
    }, inItsPlace);
  }

  #lookQuietly(): void {
    try {
      const moved = this.#look(false);
      const now = Date.now();
      this.#wake([...this.#waiters].filter(({ until }) => moved || (until > 0 && until <= now)));
    } catch {
      // The connection has told whom it concerns; the next look tries again.
    }
  }

  #tell(connection: ReadConnection): void {
    for (;;) {
      const changes = this.#seen === undefined ? [] : connection.changesAfter(this.#seen);
      // Afterwards: what was forgotten before that is not among them.
      if (this.#seen === undefined || connection.trimmed() > this.#seen) {
        this.#seen = connection.lastSequence();
        this.#emit({ type: 'missed' });
        return;
      }
      for (const { origin, change, sequence } of changes) {
        // A listener may have looked, too.
        if (this.#seen === undefined || sequence <= this.#seen) continue;
        this.#seen = sequence;
        if (origin !== this.#origin) this.#emit(change);
      }
      if (changes.length < mostChanges) return;
    }
  }

  #emit(change: StoreChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch {
        // A listener's error is the listener's: the others are told all the same.
      }
    }
  }

  #wake(waiters: Iterable<Waiter>): void {
    const candidates = [...waiters];
    if (candidates.length === 0) return;
    try {
      this.#connection.use((connection) => {
        const now = Date.now();
        for (const waiter of candidates) {
          const lease = connection.lease(waiter.hash);
          waiter.until = lease?.until ?? 0;
          const over = waiter.until > 0 && waiter.until <= now;
          if (lease === undefined || lease.change !== waiter.seen || over) waiter.end();
        }
      });
    } catch {
      // Whoever waits is woken by the next look, or by his time-out.
    }
  }
}

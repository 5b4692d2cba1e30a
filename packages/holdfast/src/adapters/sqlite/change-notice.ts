import type { StoreChange } from '../../stores/store.ts';
import type { CallerConnection } from './caller-connection.ts';
import type { ReadConnection } from './read-connection.ts';

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
 * Learns what other stores have done to the file: a timer looks whether the file's data version has moved, and only then
 * reads what was put down for others. Nobody listens, no timer.
 */
export class ChangeNotice {
  readonly #connection: CallerConnection;
  readonly #origin: string;
  readonly #listeners = new Set<Listener>();
  readonly #waiters = new Set<Waiter>();
  #timer: { readonly handle: NodeJS.Timeout; readonly every: number } | undefined;
  #version: number | undefined;
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
    else this.#lookQuietly(true);
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
    if (this.#listeners.size > 0) this.#connection.use((connection) => this.#tell(connection), true);
  }

  /** This store has committed something. */
  committed(): void {
    if (this.#waiters.size > 0) this.#wake(this.#waiters);
  }

  /** The file is another one. */
  replaced(): void {
    this.#version = undefined;
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
      this.#connection.use((connection) => {
        this.#version = connection.dataVersion();
        this.#seen = connection.lastSequence();
      }, true);
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
    const handle = setInterval(() => this.#lookQuietly(false), every);
    // Somebody who waits is kept alive by his own time-out.
    handle.unref();
    this.#timer = { handle, every };
  }

  #lookQuietly(always: boolean): void {
    try {
      const moved = this.#connection.use((connection) => {
        const version = connection.dataVersion();
        const changed = always || version !== this.#version || this.#seen === undefined;
        if (changed && this.#listeners.size > 0) this.#tell(connection);
        this.#version = version;
        return changed;
      });
      const now = Date.now();
      this.#wake([...this.#waiters].filter(({ until }) => moved || (until > 0 && until <= now)));
    } catch {
      // The connection has told whom it concerns; the next look tries again.
    }
  }

  #tell(connection: ReadConnection): void {
    if (this.#seen === undefined || connection.trimmed() > this.#seen) {
      this.#seen = connection.lastSequence();
      this.#emit({ type: 'missed' });
      return;
    }
    for (;;) {
      const changes = connection.changesAfter(this.#seen);
      for (const { origin, change, sequence } of changes) {
        this.#seen = sequence;
        if (origin !== this.#origin) this.#emit(change);
      }
      if (changes.length === 0) return;
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

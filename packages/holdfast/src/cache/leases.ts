import type { Clock } from '../lib/clock.ts';
import type { Milliseconds } from '../lib/duration.ts';
import {
  HoldfastError,
  type HoldfastProviderError,
  type HoldfastRefusedError,
  type SharedFailure,
} from '../lib/errors.ts';
import type { Claim } from '../stores/store.ts';
import type { PendingWrites } from './pending-writes.ts';
import { patience, type StoreLine } from './store-line.ts';

/** A lease that nobody renews for so long is free. */
export const leaseTerm: Milliseconds = 10_000;
/** Leases that are asked for at once. */
const mostAcquiring = 100;
/** Milliseconds after which a key is looked at again that the store does not tell of. */
const unnotified = 250;

/** A flight's claim on its key across processes. */
export interface Lease {
  readonly hash: string;
  readonly token: number;
  readonly sequence: number;
}

/** What this process has, wants and gives back of the store's leases. */
export class Leases {
  readonly #clock: Clock;
  readonly #line: StoreLine;
  readonly #writes: PendingWrites;
  /** Leases that are being given back, by key: until then they are nobody else's either. */
  readonly #releasing = new Map<string, Promise<unknown>>();
  #acquiring = 0;
  /** Who waits to ask for a lease. */
  readonly #queue: (() => void)[] = [];

  constructor(clock: Clock, line: StoreLine, writes: PendingWrites) {
    this.#clock = clock;
    this.#line = line;
    this.#writes = writes;
  }

  /** Undefined: the store cannot say, so that there is no lease to be had. */
  async acquire(hash: string): Promise<Claim | undefined> {
    await this.#releasing.get(hash);
    // A store gives a lease soon or not at all: what waits for thousands of others would be given none.
    if (this.#acquiring >= mostAcquiring) await new Promise<void>((resolve) => this.#queue.push(resolve));
    this.#acquiring += 1;
    try {
      return await this.#line.ask('acquire', patience.acquire, (store) => store.acquire(hash, leaseTerm));
    } finally {
      this.#acquiring -= 1;
      this.#queue.shift()?.();
    }
  }

  /** Never rejects. */
  async renew({ hash, token }: Lease): Promise<void> {
    await this.#line.ask('renew', patience.acquire, (store) => store.renew(hash, token, leaseTerm));
  }

  /** Never rejects. @param error why the generation came to nothing, for those who wait in other processes */
  async release({ hash, token }: Lease, error?: unknown): Promise<void> {
    const failure = error === undefined ? undefined : failureOf(error);
    const releasing = this.#writes.add(
      this.#line.ask('release', patience.acquire, (store) => store.release(hash, token, failure)),
    );
    this.#releasing.set(hash, releasing);
    await releasing;
    if (this.#releasing.get(hash) === releasing) this.#releasing.delete(hash);
  }

  /** Resolves when a key that somebody else has may be had, or its value is there. Never rejects. */
  async waitForChange(hash: string, change: number, until: number): Promise<void> {
    const wait = Math.min(leaseTerm, Math.max(1, until - this.#clock.wall()));
    const waited = await this.#line.ask('wait', wait + patience.read, async (store) => {
      await store.waitForChange(hash, change, wait);
      return true;
    });
    if (waited) return;
    // Whoever cannot be told looks again, and again: not without end in one turn.
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.setTimeout(resolve, Math.min(wait, unnotified)).unref();
    await promise;
  }
}

function failureOf(error: unknown): SharedFailure {
  const name = error instanceof Error ? error.name : typeof error;
  if (!HoldfastError.isInstance(error)) return { name };
  const { status, retryAt } = error as Partial<
    Pick<HoldfastProviderError, 'status'> & Pick<HoldfastRefusedError, 'retryAt'>
  >;
  return {
    name,
    code: error.code,
    ...(status !== undefined && { status }),
    ...(Number.isFinite(retryAt) && { retryAt }),
  };
}

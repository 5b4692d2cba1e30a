import type { Clock } from '../lib/clock.ts';
import type { SharedFailure } from '../lib/errors.ts';
import type { Claim } from './store.ts';

interface Slot {
  token: number;
  /** Monotonic; in the past where the lease has ended. */
  until: number;
  change: number;
  /** Of the last lease that failed, whoever has claimed the key since. */
  failed: { readonly token: number; readonly failure: SharedFailure } | undefined;
}

const ended = Number.NEGATIVE_INFINITY;
/** Keys whose lease has ended are forgotten when there are so many. */
const mostSlots = 10_000;

/** The leases of a `MemoryBackend`, and who waits for them. */
export class MemoryLeases {
  readonly #clock: Clock;
  readonly #slots = new Map<string, Slot>();
  readonly #waiting = new Map<string, Set<() => void>>();
  /** One row of numbers for all keys, so that a key that was forgotten goes on where it was. */
  #number = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param joined the token of the lease that the asker has waited for */
  acquire(hash: string, term: number, sequence: number, joined: number | undefined): Claim {
    const now = this.#clock.now();
    const slot = this.#slots.get(hash);
    if (slot?.failed !== undefined && slot.failed.token === joined) {
      return { state: 'failed', failure: slot.failed.failure, change: slot.change };
    }
    if (slot !== undefined && slot.until > now) {
      return { state: 'held', until: this.#clock.wall() + slot.until - now, change: slot.change };
    }
    if (this.#slots.size >= mostSlots) this.#forget(now);
    this.#number += 1;
    const token = this.#number;
    this.#slots.set(hash, { token, until: now + term, change: token, failed: slot?.failed });
    this.#wake(hash);
    return { state: 'acquired', token, sequence };
  }

  /** The token of the lease that is in force. */
  holder(hash: string): number | undefined {
    const slot = this.#slots.get(hash);
    return slot !== undefined && slot.until > this.#clock.now() ? slot.token : undefined;
  }

  renew(hash: string, token: number, term: number): boolean {
    const slot = this.#slots.get(hash);
    if (slot === undefined || this.holder(hash) !== token) return false;
    slot.until = this.#clock.now() + term;
    return true;
  }

  release(hash: string, token: number, failure: SharedFailure | undefined): void {
    const slot = this.#slots.get(hash);
    if (slot === undefined || this.holder(hash) !== token) return;
    if (failure !== undefined) slot.failed = { token, failure };
    this.end(hash);
  }

  end(hash: string): void {
    const slot = this.#slots.get(hash);
    if (slot !== undefined) slot.until = ended;
    this.touch(hash);
  }

  endAll(): void {
    for (const hash of this.#slots.keys()) this.end(hash);
  }

  /** The record of the key has changed. */
  touch(hash: string): void {
    this.#number += 1;
    const slot = this.#slots.get(hash);
    if (slot !== undefined) slot.change = this.#number;
    this.#wake(hash);
  }

  /** Calls back once: when something has changed since `seen`, or the time is up. @returns calls it back at once */
  wait(hash: string, seen: number, timeout: number, callback: () => void): () => void {
    const slot = this.#slots.get(hash);
    if (slot === undefined || slot.change !== seen || timeout <= 0) {
      queueMicrotask(callback);
      return () => {};
    }
    const left = slot.until - this.#clock.now();
    const done = (): void => {
      const waiting = this.#waiting.get(hash);
      if (!waiting?.delete(done)) return;
      if (waiting.size === 0) this.#waiting.delete(hash);
      timer.cancel();
      callback();
    };
    // A lease that runs out is a change, too.
    const timer = this.#clock.setTimeout(done, left > 0 ? Math.min(timeout, left) : timeout);
    const waiting = this.#waiting.get(hash) ?? new Set();
    this.#waiting.set(hash, waiting.add(done));
    return done;
  }

  #wake(hash: string): void {
    for (const done of [...(this.#waiting.get(hash) ?? [])]) done();
  }

  #forget(now: number): void {
    for (const [hash, slot] of this.#slots) if (slot.until <= now) this.#slots.delete(hash);
  }
}

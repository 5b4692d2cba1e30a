import type { Clock, Timer } from '../lib/clock.ts';
import { FairQueue, type Place } from './fair-queue.ts';

/** A caller's request for a turn. */
export interface Ticket extends Place {
  readonly signal?: AbortSignal | undefined;
}

interface Guest {
  readonly timer: Timer;
  readonly leave: () => void;
  readonly resolve: (turn: never) => void;
  readonly reject: (error: unknown) => void;
}

export interface WaitingRoomOptions<K extends Ticket> {
  readonly clock: Clock;
  readonly capacity: number;
  /** The error for one whose deadline has come. */
  readonly expired: (ticket: K) => Error;
  /** The error for one whose place another took. */
  readonly displaced: (ticket: K) => Error;
  /** Somebody left without a turn: another may be first now. */
  readonly left: () => void;
}

/**
 * Callers who wait for a turn `T`, in a fair queue. Each leaves by exactly one way: a turn, a refusal, its deadline or
 * its signal; then its timer and its listener are gone.
 */
export class WaitingRoom<T, K extends Ticket> {
  readonly #options: WaitingRoomOptions<K>;
  readonly #queue: FairQueue<K>;
  readonly #guests = new Map<K, Guest>();

  constructor(options: WaitingRoomOptions<K>) {
    this.#options = options;
    this.#queue = new FairQueue(options.capacity);
  }

  get size(): number {
    return this.#queue.size;
  }

  /** `full` if there is no place; else what it waits for. Rejects with `signal.reason`, or as the options say. */
  enter(ticket: K): 'full' | Promise<T> {
    if (ticket.signal?.aborted === true) return Promise.reject(ticket.signal.reason);
    const { clock } = this.#options;
    if (ticket.deadline <= clock.now()) return Promise.reject(this.#options.expired(ticket));
    const added = this.#queue.add(ticket);
    if (!added.ok) return 'full';
    if (added.displaced !== undefined)
      this.#reject(added.displaced, this.#options.displaced(added.displaced));
    return new Promise<T>((resolve, reject) => {
      const leave = () => this.refuse(ticket, ticket.signal?.reason);
      const timer = clock.setTimeout(() => {
        this.refuse(ticket, this.#options.expired(ticket));
      }, ticket.deadline - clock.now());
      ticket.signal?.addEventListener('abort', leave, { once: true });
      this.#guests.set(ticket, { timer, leave, resolve, reject });
    });
  }

  first(): K | undefined {
    return this.#queue.first();
  }

  ahead(ticket: K): Iterable<K> {
    return this.#queue.ahead(ticket);
  }

  [Symbol.iterator](): Iterator<K> {
    return this.#queue[Symbol.iterator]();
  }

  /** False if it is not here any more: the turn is still to be given. */
  serve(ticket: K, turn: T): boolean {
    const guest = this.#guests.get(ticket);
    if (guest === undefined) return false;
    this.#queue.serve(ticket);
    this.#release(ticket, guest);
    guest.resolve(turn as never);
    return true;
  }

  refuse(ticket: K, error: unknown): void {
    if (!this.#guests.has(ticket)) return;
    this.#queue.remove(ticket);
    this.#reject(ticket, error);
    this.#options.left();
  }

  /** All who wait are refused. */
  clear(error: unknown): void {
    for (const ticket of [...this.#guests.keys()]) this.refuse(ticket, error);
  }

  #reject(ticket: K, error: unknown): void {
    const guest = this.#guests.get(ticket);
    if (guest === undefined) return;
    this.#release(ticket, guest);
    guest.reject(error);
  }

  #release(ticket: K, { timer, leave }: Guest): void {
    timer.cancel();
    ticket.signal?.removeEventListener('abort', leave);
    this.#guests.delete(ticket);
  }
}

import type { Clock } from '../lib/clock.ts';
import { HoldfastError, HoldfastRefusedError } from '../lib/errors.ts';
import { Average } from './average.ts';
import { type Ticket, WaitingRoom } from './waiting-room.ts';

export interface AdmissionOptions {
  /** Requests under way at the same time; 64 unless said. */
  readonly concurrency?: number;
  /** Callers that may wait for one to end; 1,000 unless said. */
  readonly queue?: number;
}

export interface AdmissionRequest {
  readonly scope: string;
  readonly priority: number;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** A place among the requests under way; given back once, more often does nothing. */
export interface Slot {
  /** Its request has ended. */
  release(): void;
  /** It was not used: that it was had for a moment says nothing of how long a request takes. */
  cancel(): void;
}

export interface AdmissionStatus {
  readonly running: number;
  readonly waiting: number;
  readonly concurrency: number;
}

/** Milliseconds to come back in while no request has ended yet. */
const untilKnown = 1_000;

/** Bounds what is under way. Who would not be answered by its deadline, as requests have lately taken, is refused at once. */
export class Admission {
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #room: WaitingRoom<Slot, Ticket>;
  #running = 0;
  /** Milliseconds that a request takes; 0 until one has ended. */
  readonly #time = new Average();

  /** @throws E_OPTION */
  constructor(clock: Clock, { concurrency = 64, queue = 1_000 }: AdmissionOptions = {}) {
    if (
      !(concurrency === Number.POSITIVE_INFINITY || (Number.isSafeInteger(concurrency) && concurrency >= 1))
    ) {
      throw bad('concurrency', 1, concurrency);
    }
    if (!(Number.isSafeInteger(queue) && queue >= 0)) throw bad('queue', 0, queue);
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#room = new WaitingRoom<Slot, Ticket>({
      clock,
      capacity: queue,
      expired: (ticket) => this.#refusal(ticket, 'its time was up in the queue'),
      displaced: (ticket) => this.#refusal(ticket, 'another scope has fewer in the full queue'),
      left: () => {},
    });
  }

  /** @throws E_OVERLOADED; `signal.reason` */
  enter({ scope, priority, deadline, signal }: AdmissionRequest): Promise<Slot> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const ticket: Ticket = { scope, priority, deadline, signal, cost: 1 };
    if (this.#running < this.#concurrency && deadline > this.#clock.now())
      return Promise.resolve(this.#slot());
    // Half of the requests take longer than the average, and a queue that is full to the brim would be late for them.
    const wait = this.#waitOf(ticket);
    if (this.#clock.now() + wait + 2 * this.#time.value >= deadline) {
      return Promise.reject(this.#refusal(ticket, 'its answer would come past its deadline', wait));
    }
    const turn = this.#room.enter(ticket);
    return turn === 'full' ? Promise.reject(this.#refusal(ticket, 'the queue is full', wait)) : turn;
  }

  status(): AdmissionStatus {
    return { running: this.#running, waiting: this.#room.size, concurrency: this.#concurrency };
  }

  /** Whoever waits is refused. */
  close(error: unknown): void {
    this.#room.clear(error);
  }

  #slot(): Slot {
    this.#running += 1;
    const began = this.#clock.now();
    let released = false;
    const giveBack = (took?: number) => {
      if (released) return;
      released = true;
      this.#running -= 1;
      if (took !== undefined) this.#time.add(took);
      this.#serveNext();
    };
    return { release: () => giveBack(this.#clock.now() - began), cancel: () => giveBack() };
  }

  /** Whoever waited for so long that no time is left for an answer gets no slot: it would be taken from one that has. */
  #serveNext(): void {
    for (let next = this.#room.first(); next !== undefined; next = this.#room.first()) {
      if (next.deadline - this.#clock.now() >= this.#time.value) {
        this.#room.serve(next, this.#slot());
        return;
      }
      this.#room.refuse(next, this.#refusal(next, 'its turn came too late'));
    }
  }

  /** Until its turn, as far as is known. */
  #waitOf(ticket: Ticket): number {
    if (this.#time.value === 0) return 0;
    let ahead = 0;
    for (const _ of this.#room.ahead(ticket)) ahead += 1;
    return ((ahead + 1) / this.#concurrency) * this.#time.value;
  }

  #refusal(ticket: Ticket, why: string, wait = this.#waitOf(ticket)): HoldfastRefusedError {
    const milliseconds = this.#time.value === 0 ? untilKnown : wait;
    return new HoldfastRefusedError(
      'E_OVERLOADED',
      `no more calls are let in (${this.#running} under way, ${this.#room.size} waiting; ${why}): a turn is likely in ${Math.ceil(milliseconds)} ms`,
      { retryAt: this.#clock.wall() + milliseconds },
    );
  }
}

function bad(name: string, least: number, value: unknown): HoldfastError {
  return new HoldfastError(
    'E_OPTION',
    `admission.${name} must be a whole number (${least} or more), not ${String(value)}`,
  );
}

import type { Clock, Timer } from '../lib/clock.ts';
import type { HoldfastRefusedError } from '../lib/errors.ts';
import { Average } from './average.ts';
import { limiterRefusal } from './limiter-refusal.ts';
import { shareOf } from './memory-quota.ts';
import type { Permit, PermitRequest } from './permit.ts';
import type { Grant, LimitedBy, Quota, QuotaLine, RateLimits, Taken, Wait } from './quota.ts';
import { type Ticket, WaitingRoom } from './waiting-room.ts';

/** A caller in the queue of a line. */
interface Waiting extends Ticket {
  readonly inputTokens: number;
  /** Monotonic milliseconds at which its turn can come at the earliest. */
  turnAt: number;
  by: LimitedBy;
}

export interface LineOptions extends QuotaLine {
  readonly clock: Clock;
  readonly quota: Quota;
  /** Callers that may wait. */
  readonly capacity: number;
}

const minute = 60_000;

/** One project and model, with those who wait for it. */
export class Line implements QuotaLine {
  readonly project: string;
  readonly model: string;
  readonly limits: RateLimits;
  readonly #clock: Clock;
  readonly #quota: Quota;
  readonly #tokens = new Average();
  readonly #room: WaitingRoom<Permit, Waiting>;
  /** Neither settled nor called off. */
  readonly #permits = new Set<Permit>();
  /** Wakes the first one. */
  #alarm: { readonly ticket: Waiting; readonly timer: Timer } | undefined;
  /** `again`: something changed while the quota was asked. */
  #state: 'resting' | 'asking' | 'again' = 'resting';
  /** Monotonic milliseconds. */
  #parkedUntil = Number.NEGATIVE_INFINITY;

  constructor({ project, model, limits, clock, quota, capacity }: LineOptions) {
    this.project = project;
    this.model = model;
    this.limits = limits;
    this.#clock = clock;
    this.#quota = quota;
    this.#room = new WaitingRoom<Permit, Waiting>({
      clock,
      capacity,
      expired: (ticket) => this.#later(ticket, 'its time was up in the queue'),
      displaced: (ticket) => this.#later(ticket, 'another scope has fewer in the full queue'),
      left: () => this.#next(),
    });
  }

  get waiting(): number {
    return this.#room.size;
  }

  /** A new one would only have to learn the average of tokens again. */
  get isAtRest(): boolean {
    return this.#room.size === 0 && this.#permits.size === 0 && this.#state === 'resting' && !this.isParked;
  }

  get isParked(): boolean {
    return this.#parkedUntil > this.#clock.now();
  }

  /** @throws E_RATE_LIMITED; `signal.reason` */
  acquire(request: PermitRequest): Promise<Permit> {
    const { scope, priority, deadline, signal } = request;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const inputTokens = request.inputTokens ?? Math.ceil(this.#tokens.value);
    const cost = shareOf(this.limits, inputTokens);
    const turnAt = this.#clock.now();
    const ticket: Waiting = { scope, priority, deadline, signal, cost, inputTokens, turnAt, by: 'provider' };
    const forecast = this.#ask(ticket);
    // Before it takes a place, from which it would drive somebody out in vain.
    if (!(forecast instanceof Promise) && this.#isTooLate(ticket, forecast)) {
      return Promise.reject(this.#later(ticket));
    }
    const turn = this.#room.enter(ticket);
    if (turn === 'full') {
      const refuse = () => Promise.reject(this.#full(ticket, forecast));
      // Where nobody may wait, whoever can go at once does.
      return this.#room.size > 0 ? refuse() : this.#takeAtOnce(ticket, refuse);
    }
    this.#next();
    if (forecast instanceof Promise) {
      // While it is not known, the caller waits in the queue, and no longer than its deadline.
      forecast.then(
        (wait) => {
          if (this.#isTooLate(ticket, wait)) this.#room.refuse(ticket, this.#later(ticket));
        },
        (error: unknown) => this.#room.refuse(ticket, error),
      );
    }
    return turn;
  }

  async #takeAtOnce({ inputTokens, signal }: Waiting, refuse: () => Promise<never>): Promise<Permit> {
    const taken = await this.#quota.take(this, inputTokens);
    if (!taken.ok) return refuse();
    const permit = this.#permit(taken.grant);
    if (signal?.aborted !== true) return permit;
    permit.cancel();
    throw signal.reason;
  }

  /** Lets nothing through for so long, and tells those who cannot wait. */
  async park(milliseconds: number): Promise<void> {
    const back = this.#clock.now() + milliseconds;
    this.#parkedUntil = Math.max(this.#parkedUntil, back);
    await this.#quota.park(this, milliseconds);
    for (const ticket of [...this.#room]) {
      if (ticket.turnAt >= back) continue;
      ticket.turnAt = back;
      ticket.by = 'provider';
      if (ticket.deadline <= back) this.#room.refuse(ticket, this.#refusal(ticket));
    }
    this.#pump();
  }

  /** Whoever waits is refused. */
  close(error: unknown): void {
    this.#room.clear(error);
  }

  #isTooLate(ticket: Waiting, { milliseconds, by }: Wait): boolean {
    ticket.turnAt = this.#clock.now() + milliseconds;
    ticket.by = by;
    if (milliseconds === Number.POSITIVE_INFINITY) return true;
    return milliseconds > 0 && ticket.turnAt >= ticket.deadline;
  }

  /** A quota far away is not waited for here: then a guess by the length of the queue has to do. */
  #full(ticket: Waiting, forecast: Wait | Promise<Wait>): HoldfastRefusedError {
    if (forecast instanceof Promise) {
      forecast.catch(() => {});
      const { requestsPerMinute = 0 } = this.limits;
      const guess = requestsPerMinute > 0 ? (minute * this.#room.size) / requestsPerMinute : minute;
      ticket.turnAt = this.#clock.now() + guess;
    }
    return this.#later(ticket, 'the queue is full');
  }

  /** How long it waits if all goes well; never throws. */
  #ask(ticket: Waiting, place: Waiting = ticket): Wait | Promise<Wait> {
    let requests = 0;
    let inputTokens = 0;
    for (const other of this.#room.ahead(place)) {
      if (other === ticket) continue;
      requests += 1;
      inputTokens += other.inputTokens;
    }
    try {
      return this.#quota.forecast(this, ticket.inputTokens, { requests, inputTokens });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Somebody came or left: of no account while the first one is the same, whose wait is known. */
  #next(): void {
    if (this.#alarm === undefined || this.#alarm.ticket !== this.#room.first()) this.#pump();
  }

  #disarm(): void {
    this.#alarm?.timer.cancel();
    this.#alarm = undefined;
  }

  /** Gives turns until the next one must wait. */
  #pump(): void {
    this.#disarm();
    if (this.#state !== 'resting') {
      this.#state = 'again';
      return;
    }
    for (let ticket = this.#room.first(); ticket !== undefined; ticket = this.#room.first()) {
      let taken: Taken | Promise<Taken>;
      try {
        taken = this.#quota.take(this, ticket.inputTokens);
      } catch (error) {
        this.#room.refuse(ticket, error);
        continue;
      }
      if (taken instanceof Promise) {
        this.#await(ticket, taken);
        return;
      }
      if (!this.#give(ticket, taken)) return;
    }
  }

  #await(ticket: Waiting, taking: Promise<Taken>): void {
    this.#state = 'asking';
    taking
      .then(
        (taken) => {
          if (this.#give(ticket, taken)) this.#state = 'again';
        },
        (error: unknown) => {
          this.#state = 'again';
          this.#room.refuse(ticket, error);
        },
      )
      .then(() => {
        const again = this.#state === 'again';
        this.#state = 'resting';
        if (again) this.#pump();
      });
  }

  /** Whether another one may have a turn at once. */
  #give(ticket: Waiting, taken: Taken): boolean {
    if (!taken.ok) {
      this.#disarm();
      // Who has left needs no timer; who was first may not be any more.
      if (this.#room.first() !== ticket) return true;
      if (taken.wait.milliseconds === Number.POSITIVE_INFINITY) {
        ticket.turnAt = Number.POSITIVE_INFINITY;
        ticket.by = taken.wait.by;
        this.#room.refuse(ticket, this.#refusal(ticket));
        return true;
      }
      const timer = this.#clock.setTimeout(() => this.#pump(), taken.wait.milliseconds);
      this.#alarm = { ticket, timer };
      return false;
    }
    const permit = this.#permit(taken.grant);
    if (!this.#room.serve(ticket, permit)) permit.cancel();
    return true;
  }

  #permit(grant: Grant): Permit {
    const permit: Permit = {
      sent: () => grant.sent(),
      settle: (inputTokens) => {
        this.#permits.delete(permit);
        if (inputTokens !== undefined) this.#tokens.add(inputTokens);
        grant.settle(inputTokens);
        this.#pump();
      },
      cancel: () => {
        this.#permits.delete(permit);
        grant.cancel();
        this.#pump();
      },
    };
    this.#permits.add(permit);
    return permit;
  }

  /** The refusal of one that must come back: until then, those who wait have their turns, however urgent it is. */
  #later(ticket: Waiting, why?: string): HoldfastRefusedError {
    const wait = this.#ask(ticket, { ...ticket, deadline: Number.POSITIVE_INFINITY });
    // A quota far away is not waited for: its first answer has to do.
    if (wait instanceof Promise) wait.catch(() => {});
    else ticket.turnAt = Math.max(ticket.turnAt, this.#clock.now() + wait.milliseconds);
    return this.#refusal(ticket, why);
  }

  #refusal({ turnAt, by }: Waiting, why?: string): HoldfastRefusedError {
    return limiterRefusal({ clock: this.#clock, model: this.model, turnAt, by, why });
  }
}

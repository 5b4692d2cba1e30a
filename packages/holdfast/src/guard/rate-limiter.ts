import type { Clock } from '../lib/clock.ts';
import type { HoldfastRefusedError } from '../lib/errors.ts';
import { checkLimits, type Line, learnTokens, refusalOf, type Waiting } from './limiter-line.ts';
import { MemoryQuota, shareOf } from './memory-quota.ts';
import type { Grant, Quota, QuotaStatus, RateLimits, Wait } from './quota.ts';
import { WaitingRoom } from './waiting-room.ts';

export interface RateLimiterOptions {
  readonly clock: Clock;
  /** The limits by model, or by project and model; whoever is not in it has none. */
  readonly limits: Readonly<Record<string, RateLimits>> | ((project: string, model: string) => RateLimits);
  /** Callers that may wait for each project and model; 1,000 unless said. */
  readonly queue?: number;
  /** The counts; of this process alone unless said. */
  readonly quota?: Quota;
}

export interface PermitRequest {
  readonly project: string;
  readonly model: string;
  readonly scope: string;
  readonly priority: number;
  /** Monotonic milliseconds. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** The estimate; the average of the model's last calls unless said. */
  readonly inputTokens?: number | undefined;
}

/** Leave to send one request: say when it is sent, and settle it or call it off. */
export type Permit = Grant;

export interface LineStatus extends QuotaStatus {
  readonly project: string;
  readonly model: string;
  readonly waiting: number;
  readonly limits: RateLimits;
}

const minute = 60_000;

/**
 * Lets requests through as the provider's limits allow. Who cannot be let in by its deadline is refused at once, as
 * far as it can be known; who waits is refused when it becomes known.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #options: RateLimiterOptions;
  readonly #quota: Quota;
  readonly #lines = new Map<string, Line>();

  /** @throws E_OPTION */
  constructor(options: RateLimiterOptions) {
    this.#clock = options.clock;
    this.#options = options;
    this.#quota = options.quota ?? new MemoryQuota(options.clock);
    if (typeof options.limits !== 'function') {
      for (const [model, limits] of Object.entries(options.limits)) checkLimits(model, limits);
    }
  }

  /** @throws E_RATE_LIMITED; `signal.reason` */
  acquire(request: PermitRequest): Promise<Permit> {
    const line = this.#line(request.project, request.model);
    const inputTokens = request.inputTokens ?? Math.ceil(line.averageTokens);
    const { scope, priority, deadline, signal } = request;
    const cost = shareOf(line.limits, inputTokens);
    const now = this.#clock.now();
    const ticket: Waiting = {
      scope,
      priority,
      deadline,
      signal,
      cost,
      inputTokens,
      turnAt: now,
      by: 'provider',
    };
    const turn = line.room.enter(ticket);
    const forecast = this.#ask(line, ticket);
    if (turn === 'full') return this.#full(line, ticket, forecast);
    this.#pump(line);
    if (forecast instanceof Promise) {
      // While it is not known, the caller waits in the queue, and no longer than its deadline.
      forecast.then(
        (wait) => this.#foresee(line, ticket, wait),
        (error: unknown) => line.room.refuse(ticket, error),
      );
    } else this.#foresee(line, ticket, forecast);
    return turn;
  }

  /** Takes in what an answer 429 says: nothing is sent to that model for so long, and who cannot wait is told. */
  async learn(project: string, model: string, milliseconds: number): Promise<void> {
    const line = this.#line(project, model);
    const back = this.#clock.now() + milliseconds;
    line.parkedUntil = Math.max(line.parkedUntil, back);
    await this.#quota.park(line, milliseconds);
    for (const ticket of [...line.room]) {
      if (ticket.turnAt >= back) continue;
      ticket.turnAt = back;
      ticket.by = 'provider';
      if (ticket.deadline <= back) line.room.refuse(ticket, refusalOf(this.#clock, line, ticket));
    }
    this.#pump(line);
  }

  /** Whether this process has learnt that the provider must not be asked now: a permit from before is not to be used. */
  isParked(project: string, model: string): boolean {
    return this.#line(project, model).parkedUntil > this.#clock.now();
  }

  async status(): Promise<LineStatus[]> {
    return Promise.all(
      [...this.#lines.values()].map(async (line) => {
        const { project, model, limits } = line;
        return { project, model, limits, waiting: line.room.size, ...(await this.#quota.status(line)) };
      }),
    );
  }

  /** Whoever waits is refused. */
  close(error: unknown): void {
    for (const line of this.#lines.values()) line.room.clear(error);
  }

  #foresee(line: Line, ticket: Waiting, { milliseconds, by }: Wait): void {
    ticket.turnAt = this.#clock.now() + milliseconds;
    ticket.by = by;
    const isLate = milliseconds > 0 && ticket.turnAt >= ticket.deadline;
    if (!isLate && milliseconds < Number.POSITIVE_INFINITY) return;
    line.room.refuse(ticket, this.#later(line, ticket));
  }

  /** A quota far away is not waited for here: then a guess by the length of the queue has to do. */
  #full(line: Line, ticket: Waiting, forecast: Wait | Promise<Wait>): Promise<never> {
    const { requestsPerMinute = 0 } = line.limits;
    const isFar = forecast instanceof Promise;
    if (isFar) forecast.catch(() => {});
    const guess = requestsPerMinute > 0 ? (minute * line.room.size) / requestsPerMinute : minute;
    ticket.turnAt = this.#clock.now() + (isFar ? guess : forecast.milliseconds);
    return Promise.reject(this.#later(line, ticket, 'the queue is full'));
  }

  /** As `#forecast`, and never throws. */
  #ask(line: Line, ticket: Waiting, place: Waiting = ticket): Wait | Promise<Wait> {
    try {
      return this.#forecast(line, ticket, place);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #forecast(line: Line, ticket: Waiting, place: Waiting = ticket): Wait | Promise<Wait> {
    let requests = 0;
    let inputTokens = 0;
    for (const other of line.room.ahead(place)) {
      if (other === ticket) continue;
      requests += 1;
      inputTokens += other.inputTokens;
    }
    return this.#quota.forecast(line, ticket.inputTokens, { requests, inputTokens });
  }

  /** Gives turns until the next one must wait. */
  #pump(line: Line): void {
    line.timer?.cancel();
    line.timer = undefined;
    if (line.state !== 'resting') {
      line.state = 'again';
      return;
    }
    for (let ticket = line.room.first(); ticket !== undefined; ticket = line.room.first()) {
      let taken: ReturnType<Quota['take']>;
      try {
        taken = this.#quota.take(line, ticket.inputTokens);
      } catch (error) {
        line.room.refuse(ticket, error);
        continue;
      }
      if (taken instanceof Promise) {
        this.#await(line, ticket, taken);
        return;
      }
      if (!this.#give(line, ticket, taken)) return;
    }
  }

  #await(line: Line, ticket: Waiting, taking: Promise<Awaited<ReturnType<Quota['take']>>>): void {
    line.state = 'asking';
    taking
      .then(
        (taken) => {
          if (this.#give(line, ticket, taken)) line.state = 'again';
        },
        (error: unknown) => {
          line.state = 'again';
          line.room.refuse(ticket, error);
        },
      )
      .then(() => {
        const again = line.state === 'again';
        line.state = 'resting';
        if (again) this.#pump(line);
      });
  }

  /** Whether another one may have a turn at once. */
  #give(line: Line, ticket: Waiting, taken: Awaited<ReturnType<Quota['take']>>): boolean {
    if (!taken.ok) {
      line.timer?.cancel();
      line.timer = undefined;
      // Who has left needs no timer; who was first may not be any more.
      if (line.room.first() !== ticket) return true;
      if (taken.wait.milliseconds === Number.POSITIVE_INFINITY) {
        ticket.turnAt = Number.POSITIVE_INFINITY;
        ticket.by = taken.wait.by;
        line.room.refuse(ticket, refusalOf(this.#clock, line, ticket));
        return true;
      }
      line.timer = this.#clock.setTimeout(() => this.#pump(line), taken.wait.milliseconds);
      return false;
    }
    const { grant } = taken;
    const permit: Permit = {
      sent: () => grant.sent(),
      settle: (inputTokens) => {
        if (inputTokens !== undefined) learnTokens(line, inputTokens);
        grant.settle(inputTokens);
        this.#pump(line);
      },
      cancel: () => {
        grant.cancel();
        this.#pump(line);
      },
    };
    if (!line.room.serve(ticket, permit)) grant.cancel();
    return true;
  }

  /** The refusal of one that must come back: until then, those who wait have their turns, however urgent it is. */
  #later(line: Line, ticket: Waiting, why?: string): HoldfastRefusedError {
    const wait = this.#ask(line, ticket, { ...ticket, deadline: Number.POSITIVE_INFINITY });
    // A quota far away is not waited for: its first answer has to do.
    if (wait instanceof Promise) wait.catch(() => {});
    else ticket.turnAt = Math.max(ticket.turnAt, this.#clock.now() + wait.milliseconds);
    return refusalOf(this.#clock, line, ticket, why);
  }

  #line(project: string, model: string): Line {
    const name = JSON.stringify([project, model]);
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const { limits, queue = 1_000 } = this.#options;
    const own =
      typeof limits === 'function'
        ? limits(project, model)
        : Object.hasOwn(limits, model)
          ? limits[model]
          : undefined;
    const line: Line = {
      project,
      model,
      limits: checkLimits(model, own ?? {}),
      timer: undefined,
      state: 'resting',
      averageTokens: 0,
      parkedUntil: Number.NEGATIVE_INFINITY,
      room: new WaitingRoom<Permit, Waiting>({
        clock: this.#clock,
        capacity: queue,
        expired: (ticket) => this.#later(line, ticket, 'its time was up in the queue'),
        displaced: (ticket) => this.#later(line, ticket, 'another scope has fewer in the full queue'),
        left: () => this.#pump(line),
      }),
    };
    this.#lines.set(name, line);
    return line;
  }
}

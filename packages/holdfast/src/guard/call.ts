import type { Clock } from '../lib/clock.ts';
import { HoldfastRefusedError } from '../lib/errors.ts';
import type { Admission, Slot } from './admission.ts';
import { type Attempt, attemptOf } from './attempt.ts';
import type { BodyLimits } from './body.ts';
import type { Breaker } from './breaker.ts';
import { Deadline, runWithin } from './deadline.ts';
import type { GuardEvent, GuardEvents } from './event.ts';
import { type Failure, failureOf, healthIn } from './failure.ts';
import type { Permit } from './permit.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { type ParsedBackOff, retry } from './retry.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { SpendingCap } from './spending-cap.ts';

/** What a call really used. */
export interface Usage {
  readonly inputTokens?: number | undefined;
  readonly usd?: number | undefined;
}

/** Asks the provider once; the signal is aborted when nobody waits for the answer any more. */
export type Work<T> = (signal: AbortSignal, attempt: Attempt) => PromiseLike<T> | T;

/** The parts of a guard that a call goes through. */
export interface Parts {
  readonly clock: Clock;
  readonly limiter: RateLimiter;
  readonly admission: Admission;
  readonly spending: SpendingCap;
  readonly backOff: ParsedBackOff;
  readonly body: BodyLimits;
  readonly attemptTimeout: number;
  readonly random: () => number;
  readonly events: GuardEvents;
  breaker(model: string): Breaker | undefined;
  budget(model: string): RetryBudget;
}

export interface ParsedCall<T> {
  readonly project: string;
  readonly model: string;
  readonly scope: string;
  readonly priority: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** The caller's own. */
  readonly callerSignal: AbortSignal | undefined;
  /** Aborted by that, and by the guard when it closes. */
  readonly signal: AbortSignal;
  readonly estimate: Usage;
  readonly usage: ((value: T) => Usage | undefined) | undefined;
  readonly isRepeatable: (() => boolean) | undefined;
}

/**
 * The way of one call: money, and for each attempt the breaker, the rate limit, a slot, and the work within its time.
 * The breaker is asked again at the last moment, as it may have opened meanwhile. What an attempt took it gives back
 * on every way out.
 */
export class Call<T> {
  readonly #parts: Parts;
  readonly #call: ParsedCall<T>;
  readonly #work: Work<T>;
  readonly #deadline: Deadline;
  readonly #breaker: Breaker | undefined;
  /** What the provider said last. */
  #last: { readonly error: unknown } | undefined;
  /** A request was sent and nobody knows what became of it: it may have cost something. */
  #isUnsettled = false;
  #usage: Usage | undefined;
  /** Dollars that attempts have said to have cost, and failed. */
  #lost = 0;

  constructor(parts: Parts, work: Work<T>, call: ParsedCall<T>) {
    this.#parts = parts;
    this.#call = call;
    this.#work = work;
    this.#deadline = new Deadline(parts.clock, call.timeout);
    this.#breaker = parts.breaker(call.model);
  }

  async run(): Promise<T> {
    try {
      return await this.#paid();
    } catch (error) {
      if (this.#call.signal.aborted) throw error;
      const told = this.#toldWhen(error);
      if (told instanceof HoldfastRefusedError) {
        if (this.#last !== undefined && told.cause === undefined) told.cause = this.#last.error;
        this.#emit({ type: 'call.refused', code: told.code, retryAt: told.retryAt });
      }
      throw told;
    }
  }

  async #paid(): Promise<T> {
    const { signal, scope, model, estimate } = this.#call;
    signal.throwIfAborted();
    const { clock, backOff, random, spending } = this.#parts;
    const money = spending.reserve(scope, estimate.usd);
    try {
      const value = await retry((attempt) => this.#attempt(attempt), {
        clock,
        backOff,
        random,
        signal,
        deadline: this.#deadline,
        isRepeatable: this.#call.isRepeatable,
        budget: this.#parts.budget(model),
        decided: (decision) => this.#emit({ type: 'retry.decided', decision }),
      });
      const usd = this.#usage?.usd;
      money.settle(usd === undefined ? undefined : usd + this.#lost);
      return value;
    } finally {
      // Does nothing after a success.
      if (this.#isUnsettled) money.settle();
      else if (this.#lost > 0) money.settle(this.#lost);
      else money.cancel();
    }
  }

  async #attempt(number: number): Promise<T> {
    const { limiter, admission } = this.#parts;
    const { project, model, scope, priority, signal, estimate } = this.#call;
    const place = { scope, priority, signal, deadline: this.#deadline.at };
    this.#breaker?.check();
    for (;;) {
      const permit = await limiter.acquire({ ...place, project, model, inputTokens: estimate.inputTokens });
      try {
        const slot = await admission.enter(place);
        try {
          // A 429 that came while this one waited for its slot holds for it, too.
          if (!limiter.isParked(project, model)) return await this.#send(number, permit, slot);
        } finally {
          slot.cancel();
        }
      } finally {
        // Both do nothing for one that was sent.
        permit.cancel();
      }
    }
  }

  async #send(number: number, permit: Permit, slot: Slot): Promise<T> {
    const { clock, attemptTimeout, body } = this.#parts;
    const { signal, callerSignal: caller, usage } = this.#call;
    signal.throwIfAborted();
    const passage = this.#breaker?.enter();
    permit.sent();
    const began = clock.now();
    const left = this.#deadline.remaining();
    const timeout = Math.min(left, attemptTimeout);
    const within = new Deadline(clock, timeout);
    let spent: Usage | undefined;
    const tell = (usage: Usage) => {
      spent = usage;
    };
    this.#emit({ type: 'attempt.started', attempt: number });
    try {
      const value = await runWithin(
        (own, abort) => {
          const { clock } = this.#parts;
          const parts = {
            clock,
            number,
            within,
            body,
            abort,
            deadline: this.#deadline,
            signal: caller,
            spent: tell,
          };
          return this.#work(own, attemptOf(parts));
        },
        { clock, timeout, limit: left <= attemptTimeout ? 'call' : 'attempt', signal },
      );
      passage?.end('well');
      this.#usage = usage?.(value);
      this.#emit({ type: 'attempt.succeeded', attempt: number, took: clock.now() - began });
      return value;
    } catch (error) {
      const failure: Failure | { readonly kind: 'aborted' } = signal.aborted
        ? { kind: 'aborted' }
        : failureOf(error, clock.wall());
      // Cut short by what the call had waited on our side, it says nothing of the provider.
      const isHasty =
        failure.kind === 'timeout' && timeout < Math.min(attemptTimeout, this.#call.timeout) / 2;
      passage?.end(failure.kind === 'aborted' || isHasty ? 'unknown' : healthIn(failure));
      this.#emit({ type: 'attempt.failed', attempt: number, took: clock.now() - began, failure });
      if (spent?.usd !== undefined) this.#lost += spent.usd;
      else if (failure.kind !== 'status') this.#isUnsettled = true;
      if (failure.kind !== 'aborted') this.#learn(failure);
      if (failure.kind !== 'aborted' && failure.kind !== 'other') this.#last = { error };
      throw error;
    } finally {
      passage?.end('unknown');
      permit.settle((this.#usage ?? spent)?.inputTokens);
      slot.release();
    }
  }

  #learn(failure: Failure): void {
    if (failure.kind !== 'status' || failure.status !== 429 || failure.retryAfter === undefined) return;
    const { project, model } = this.#call;
    const milliseconds = failure.retryAfter;
    this.#emit({ type: 'model.parked', milliseconds, perDay: failure.perDay });
    this.#parts.limiter.learn(project, model, milliseconds).catch((error: unknown) => {
      this.#emit({ type: 'quota.failed', error });
    });
  }

  /** A quota that is used up and says when it is back is a refusal like our own. */
  #toldWhen(error: unknown): unknown {
    const wall = this.#parts.clock.wall();
    const failure = failureOf(error, wall);
    if (failure.kind !== 'status' || failure.status !== 429 || failure.retryAfter === undefined) return error;
    const which = failure.perDay ? "the provider's limit of the day" : "a limit of the provider's";
    return new HoldfastRefusedError(
      'E_RATE_LIMITED',
      `${which} for model '${this.#call.model}' is used up: it can be asked again in ${Math.ceil(failure.retryAfter)} ms`,
      { cause: error, retryAt: wall + failure.retryAfter },
    );
  }

  #emit(event: DistributiveOmit<GuardEvent, 'project' | 'model' | 'scope'>): void {
    const { events } = this.#parts;
    if (!events.isHeard) return;
    const { project, model, scope } = this.#call;
    events.emit({ ...event, project, model, scope } as GuardEvent);
  }
}

type DistributiveOmit<E, Names extends string> = E extends unknown ? Omit<E, Names> : never;

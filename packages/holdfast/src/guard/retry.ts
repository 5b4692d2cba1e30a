import type { Clock } from '../lib/clock.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Deadline } from './deadline.ts';
import { type Failure, failureOf, isWorthRetrying } from './failure.ts';
import type { RetryBudget } from './retry-budget.ts';
import { sleep } from './sleep.ts';

export interface BackOff {
  /** Attempts in all, the first one included; 4 unless said. */
  readonly attempts?: number;
  /** The most that the first back-off can be; it doubles with each; `'500ms'` unless said. */
  readonly base?: Duration;
  /** No back-off of our own is longer; `'30s'` unless said. What the provider asks for may be. */
  readonly longest?: Duration;
}

export interface ParsedBackOff {
  readonly attempts: number;
  readonly base: number;
  readonly longest: number;
}

export type RetryDecision =
  | { readonly retry: true; readonly delay: number; readonly failure: Failure }
  | {
      readonly retry: false;
      readonly why: 'not worth it' | 'not repeatable' | 'attempts' | 'deadline' | 'budget';
      readonly failure: Failure;
    };

export interface RetryOptions {
  readonly clock: Clock;
  readonly backOff: ParsedBackOff;
  readonly deadline: Deadline;
  readonly budget: RetryBudget;
  /** Ends a back-off at once, with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Asked where another attempt may help: false if a part of this one's answer has been handed on. Always, unless said. */
  readonly isRepeatable?: (() => boolean) | undefined;
  /** From 0 to 1, exclusive; for the jitter. */
  readonly random: () => number;
  /** Told of every failure and of what follows from it. */
  readonly decided?: (decision: RetryDecision, error: unknown, attempt: number) => void;
}

/** @throws E_OPTION, E_DURATION */
export function parseBackOff({ attempts = 4, base = '500ms', longest = '30s' }: BackOff): ParsedBackOff {
  if (!(Number.isSafeInteger(attempts) && attempts >= 1)) {
    throw new HoldfastError(
      'E_OPTION',
      `retry.attempts must be a whole number (1 or more), not ${String(attempts)}`,
    );
  }
  return {
    attempts,
    base: parseDuration(base, 'retry.base'),
    longest: parseDuration(longest, 'retry.longest'),
  };
}

/**
 * Runs `work` until it succeeds, or another attempt is not worth it, not allowed, or would come too late: then it
 * rejects with the error of the last one. Exponential back-off with full jitter ("Exponential Backoff And Jitter",
 * AWS Architecture Blog, 2015), after what the provider asks for.
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, signal, budget, decided } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const value = await work(attempt);
      if (attempt === 1) budget.call();
      return value;
    } catch (error) {
      // What a caller who has left causes says nothing of the provider.
      signal?.throwIfAborted();
      const failure = failureOf(error, clock.wall());
      // Refusals would fill the budget in an overload, and every call that is let in could then be repeated.
      if (attempt === 1 && failure.kind !== 'other') budget.call();
      const decision = decide(failure, attempt, options);
      decided?.(decision, error, attempt);
      if (!decision.retry) throw error;
      await sleep(clock, decision.delay, signal);
    }
  }
}

function decide(failure: Failure, attempt: number, options: RetryOptions): RetryDecision {
  if (!isWorthRetrying(failure)) return { retry: false, why: 'not worth it', failure };
  if (options.isRepeatable?.() === false) return { retry: false, why: 'not repeatable', failure };
  if (attempt >= options.backOff.attempts) return { retry: false, why: 'attempts', failure };
  const told = failure.kind === 'status' ? (failure.retryAfter ?? 0) : 0;
  const delay = told + jitter(attempt, options);
  if (delay >= options.deadline.remaining()) return { retry: false, why: 'deadline', failure };
  return options.budget.take() ? { retry: true, delay, failure } : { retry: false, why: 'budget', failure };
}

function jitter(attempt: number, { backOff, random }: RetryOptions): number {
  return random() * Math.min(backOff.longest, backOff.base * 2 ** (attempt - 1));
}

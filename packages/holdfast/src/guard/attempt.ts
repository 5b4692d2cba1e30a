import type { Clock } from '../lib/clock.ts';
import { type BodyLimits, guardBody } from './body.ts';
import type { Usage } from './call.ts';
import { Deadline } from './deadline.ts';

/** What the work is told of the attempt that it makes. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Milliseconds that are left of this attempt; `Infinity` without a time-out. */
  remaining(): number;
  /** What tells the provider the same: `x-server-timeout` in seconds. For the headers of the request. */
  headers(): Record<string, string>;
  /** It may fail, and costs something all the same: what it has used, once for each attempt. */
  spent(usage: Usage): void;
  /**
   * The body of the answer, which now cannot stall; ends the request when it does. Read it inside of the work: then its
   * failures, its time and its usage are those of the attempt. Handed out, it still ends by the call's deadline and signal.
   */
  guardBody(response: Response): Response;
  guardBody<C>(body: ReadableStream<C>): ReadableStream<C>;
  guardBody<C>(body: AsyncIterable<C>): AsyncIterableIterator<C>;
}

export interface AttemptParts {
  readonly clock: Clock;
  readonly number: number;
  /** Of this attempt. */
  readonly within: Deadline;
  /** Of the call. */
  readonly deadline: Deadline;
  readonly body: BodyLimits;
  readonly signal: AbortSignal | undefined;
  readonly abort: (reason: unknown) => void;
  readonly spent: (usage: Usage) => void;
}

export function attemptOf({
  clock,
  number,
  within,
  deadline,
  body,
  signal,
  abort,
  spent,
}: AttemptParts): Attempt {
  const options = { ...body, clock, deadline, signal, abort };
  return {
    number,
    remaining: () => within.remaining(),
    headers: () => Deadline.headers(within.remaining()),
    spent,
    guardBody: (<C>(source: Response & ReadableStream<C> & AsyncIterable<C>) =>
      guardBody(source, options)) as Attempt['guardBody'],
  };
}

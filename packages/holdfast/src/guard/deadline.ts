import type { Clock } from '../lib/clock.ts';
import { HoldfastProviderTimeoutError, type TimeLimit } from '../lib/errors.ts';

/** The moment by which something must have settled; `Infinity` is none. */
export class Deadline {
  readonly #clock: Clock;
  /** Monotonic milliseconds of the clock. */
  readonly at: number;

  constructor(clock: Clock, milliseconds: number) {
    this.#clock = clock;
    this.at = clock.now() + milliseconds;
  }

  /** Milliseconds that are left, never less than 0. */
  remaining(): number {
    return Math.max(0, this.at - this.#clock.now());
  }

  /** What tells a Gemini server when to give up: whole seconds, rounded up, as Google's own client sends them. */
  static headers(remaining: number): Record<string, string> {
    return remaining === Number.POSITIVE_INFINITY
      ? {}
      : { 'x-server-timeout': String(Math.max(1, Math.ceil(remaining / 1_000))) };
  }
}

export interface Within {
  readonly clock: Clock;
  /** Milliseconds; `Infinity` for none. */
  readonly timeout: number;
  /** Which limit the error names. */
  readonly limit: TimeLimit;
  /** The caller's: its abort rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` and settles by the time-out even if the work never does. The signal that the work gets is aborted with
 * the same reason as the promise rejects with; `abort` ends it by hand.
 * @throws E_PROVIDER_TIMEOUT; the caller's `signal.reason`
 */
export function runWithin<T>(
  work: (signal: AbortSignal, abort: (reason: unknown) => void) => PromiseLike<T> | T,
  { clock, timeout, limit, signal }: Within,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal?.throwIfAborted();
    if (timeout <= 0) throw timedOut(limit, timeout);
    const controller = new AbortController();
    const release = () => {
      timer.cancel();
      signal?.removeEventListener('abort', leave);
    };
    const end = (reason: unknown) => {
      release();
      reject(reason);
      controller.abort(reason);
    };
    const leave = () => end(signal?.reason);
    const timer = clock.setTimeout(() => end(timedOut(limit, timeout)), timeout);
    signal?.addEventListener('abort', leave, { once: true });
    const abort = (reason: unknown) => controller.abort(reason);
    const start = async () => work(controller.signal, abort);
    start().then(
      (value) => {
        release();
        resolve(value);
      },
      (error: unknown) => {
        release();
        reject(error);
      },
    );
  });
}

const what: Readonly<Record<TimeLimit, string>> = {
  call: 'the call to the provider was not answered within ',
  attempt: 'an attempt at the provider was not answered within ',
  'first byte': 'the body of the answer did not begin within ',
  'between chunks': 'the body of the answer did not go on within ',
};

function timedOut(limit: TimeLimit, timeout: number): HoldfastProviderTimeoutError {
  return new HoldfastProviderTimeoutError(limit, `${what[limit]}${Math.max(0, Math.round(timeout))} ms`);
}

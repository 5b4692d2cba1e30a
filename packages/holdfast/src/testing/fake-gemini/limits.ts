import type { Clock } from '../../lib/clock.ts';
import { HoldfastError } from '../../lib/errors.ts';
import type { Address } from './address.ts';
import { type GeminiErrorBody, overloaded, quotaExceeded } from './errors.ts';

/** What the provider really refuses; without a limit it never does. */
export interface FakeGeminiLimits {
  /**
   * Calls of `generateContent` and `streamGenerateContent` in any 60 seconds, for each model; one more is a 429 that
   * says when the next is let in. A refused call does not count.
   */
  readonly requestsPerMinute?: number;
  /** Calls at work at the same time, over all methods and models; one more is a 503 at once. */
  readonly concurrent?: number;
}

export type Admission =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly status: '429' | '503'; readonly error: GeminiErrorBody };

const minute = 60_000;

/** Enforces the limits over a sliding minute of the clock that it is given. */
export class Limits {
  readonly #limits: FakeGeminiLimits;
  readonly #clock: Clock;
  /** Times of the admitted calls of the last minute by model, oldest first; never longer than the limit. */
  readonly #admitted = new Map<string, number[]>();
  #atWork = 0;

  constructor(limits: FakeGeminiLimits, clock: Clock) {
    for (const name of ['requestsPerMinute', 'concurrent'] as const) {
      const value = limits[name];
      if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
      throw new HoldfastError(
        'E_OPTION',
        `limits.${name} must be a whole number (0 or more), not ${String(value)}`,
      );
    }
    this.#limits = limits;
    this.#clock = clock;
  }

  admit({ method, model }: Address): Admission {
    const { concurrent, requestsPerMinute } = this.#limits;
    if (concurrent !== undefined && this.#atWork >= concurrent) {
      return { ok: false, status: '503', error: overloaded() };
    }
    if (requestsPerMinute !== undefined && method !== 'countTokens') {
      const wait = this.#take(model, requestsPerMinute);
      if (wait > 0) {
        const retryDelay = `${Math.ceil(wait / 1_000)}s` as const;
        const error = quotaExceeded({ model, retryDelay, perDay: false, quotaValue: requestsPerMinute });
        return { ok: false, status: '429', error };
      }
    }
    this.#atWork += 1;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      this.#atWork -= 1;
    };
    return { ok: true, release };
  }

  /** 0 if the call is in; else the milliseconds until one is. */
  #take(model: string, limit: number): number {
    const now = this.#clock.now();
    const times = (this.#admitted.get(model) ?? []).filter((time) => time > now - minute);
    this.#admitted.set(model, times);
    if (times.length < limit) {
      times.push(now);
      return 0;
    }
    return (times[0] ?? now) + minute - now;
  }
}

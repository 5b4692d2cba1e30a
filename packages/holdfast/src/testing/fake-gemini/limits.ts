import { nextPacificMidnight } from '../../guard/pacific-day.ts';
import type { Clock } from '../../lib/clock.ts';
import { HoldfastError } from '../../lib/errors.ts';
import type { Address } from './address.ts';
import { type GeminiErrorBody, overloaded, type QuotaName, quotaExceeded } from './errors.ts';

/** What the provider really refuses; without a limit it never does. */
export interface FakeGeminiLimits {
  /**
   * Calls of `generateContent` and `streamGenerateContent` in any 60 seconds, for each model; one more is a 429 that
   * says when the next is let in. A refused call does not count.
   */
  readonly requestsPerMinute?: number;
  /** Tokens of their prompts in any 60 seconds, for each model; a call that would go over it is a 429. */
  readonly inputTokensPerMinute?: number;
  /** Calls from midnight to midnight in Los Angeles, for each model; one more is a 429 whose violation is `PerDay`. */
  readonly requestsPerDay?: number;
  /** Calls at work at the same time, over all methods and models; one more is a 503 at once. */
  readonly concurrent?: number;
}

export type Admission =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly status: '429' | '503'; readonly error: GeminiErrorBody };

const minute = 60_000;

interface Admitted {
  readonly at: number;
  readonly tokens: number;
}

interface Model {
  /** The admitted calls of the last minute, oldest first. */
  minute: Admitted[];
  today: number;
  /** When `today` starts again; milliseconds since 1970. */
  resetsAt: number;
}

/** A limit that a call is over. */
interface Over {
  readonly quota: QuotaName;
  readonly limit: number;
  readonly wait: number;
}

/** Enforces the limits over a sliding minute, and the day, of the clock that it is given. */
export class Limits {
  readonly #limits: FakeGeminiLimits;
  readonly #clock: Clock;
  readonly #models = new Map<string, Model>();
  #atWork = 0;

  constructor(limits: FakeGeminiLimits, clock: Clock) {
    for (const name of [
      'requestsPerMinute',
      'inputTokensPerMinute',
      'requestsPerDay',
      'concurrent',
    ] as const) {
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

  /** @param promptTokens of the call, which count where it is let in */
  admit({ method, model }: Address, promptTokens = 0): Admission {
    const { concurrent } = this.#limits;
    if (concurrent !== undefined && this.#atWork >= concurrent) {
      return { ok: false, status: '503', error: overloaded() };
    }
    if (method !== 'countTokens') {
      const over = this.#take(model, promptTokens);
      if (over !== undefined) {
        const retryDelay = `${Math.ceil(over.wait / 1_000)}s` as const;
        const error = quotaExceeded({ model, retryDelay, quota: over.quota, quotaValue: over.limit });
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

  /** Counts the call, unless it is over a limit: then that limit, and the milliseconds until a call may be let in. */
  #take(name: string, tokens: number): Over | undefined {
    const now = this.#clock.now();
    const model = this.#model(name);
    model.minute = model.minute.filter(({ at }) => at > now - minute);
    const { requestsPerMinute, inputTokensPerMinute, requestsPerDay } = this.#limits;
    const wait = (model.minute[0]?.at ?? now) + minute - now;
    if (requestsPerDay !== undefined && model.today >= requestsPerDay) {
      return { quota: 'requestsPerDay', limit: requestsPerDay, wait: model.resetsAt - this.#clock.wall() };
    }
    if (requestsPerMinute !== undefined && model.minute.length >= requestsPerMinute) {
      return { quota: 'requestsPerMinute', limit: requestsPerMinute, wait };
    }
    const used = model.minute.reduce((sum, admitted) => sum + admitted.tokens, 0);
    if (inputTokensPerMinute !== undefined && used + tokens > inputTokensPerMinute) {
      return { quota: 'inputTokensPerMinute', limit: inputTokensPerMinute, wait };
    }
    model.minute.push({ at: now, tokens });
    model.today += 1;
    return undefined;
  }

  #model(name: string): Model {
    const wall = this.#clock.wall();
    let model = this.#models.get(name);
    if (model === undefined) {
      model = { minute: [], today: 0, resetsAt: nextPacificMidnight(wall) };
      this.#models.set(name, model);
    } else if (wall >= model.resetsAt) {
      model.today = 0;
      model.resetsAt = nextPacificMidnight(wall);
    }
    return model;
  }
}

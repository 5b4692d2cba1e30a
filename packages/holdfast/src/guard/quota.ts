/** A provider's limits for one project and model; without one it has none. */
export interface RateLimits {
  readonly requestsPerMinute?: number;
  /** Tokens of prompts, cached ones included. */
  readonly inputTokensPerMinute?: number;
  /** From midnight to midnight in Los Angeles, as Gemini counts. */
  readonly requestsPerDay?: number;
}

/** What is limited together. */
export interface QuotaLine {
  readonly project: string;
  readonly model: string;
  readonly limits: RateLimits;
}

/** Which limit a call waits for; `provider`: it said when to come back. */
export type LimitedBy = keyof RateLimits | 'provider';

export interface Wait {
  /** At least so long, in milliseconds from now; 0 for none, `Infinity` for ever. */
  readonly milliseconds: number;
  readonly by: LimitedBy;
}

/** One request's place in the counts. Until it is sent it counts without end. */
export interface Grant {
  /** It is on its way; the provider counts it when it comes in, which is known once it has answered. */
  sent(): void;
  /** It was answered, or nobody waits for it: it counts for a minute more, with the tokens it really had if known. */
  settle(inputTokens?: number): void;
  /** It was never sent and counts no more. */
  cancel(): void;
}

export type Taken =
  | { readonly ok: true; readonly grant: Grant }
  | { readonly ok: false; readonly wait: Wait };

/** Calls that go first. */
export interface Ahead {
  readonly requests: number;
  readonly inputTokens: number;
}

export interface QuotaStatus {
  /** Counted in the present minute, those under way included. */
  readonly requestsThisMinute: number;
  readonly inputTokensThisMinute: number;
  readonly requestsToday: number;
  /** Milliseconds until the provider may be asked again; 0 unless parked. */
  readonly parked: number;
}

/**
 * The port behind the rate limiter: the counts. One in memory serves a process; one on a shared store lets processes
 * share a provider's limits. All times are lengths, as machines disagree about the hour.
 */
export interface Quota {
  /** Counts one request with so many input tokens, or says how long to wait at least. Never more than the limits. */
  take(line: QuotaLine, inputTokens: number): Taken | Promise<Taken>;
  /** A lower bound of the time until one with so many tokens is let in after those ahead of it. */
  forecast(line: QuotaLine, inputTokens: number, ahead: Ahead): Wait | Promise<Wait>;
  /** Lets nothing through for so long. */
  park(line: QuotaLine, milliseconds: number): void | Promise<void>;
  status(line: QuotaLine): QuotaStatus | Promise<QuotaStatus>;
}

import type { Clock, Timer } from '../lib/clock.ts';
import { HoldfastError, HoldfastRefusedError } from '../lib/errors.ts';
import type { Grant, LimitedBy, QuotaLine, RateLimits } from './quota.ts';
import type { Ticket, WaitingRoom } from './waiting-room.ts';

/** A caller in the queue of a line. */
export interface Waiting extends Ticket {
  readonly inputTokens: number;
  /** Monotonic milliseconds at which its turn can come at the earliest. */
  turnAt: number;
  by: LimitedBy;
}

/** One project and model, with those who wait for it. */
export interface Line extends QuotaLine {
  readonly room: WaitingRoom<Grant, Waiting>;
  timer: Timer | undefined;
  /** `again`: something changed while the quota was asked. */
  state: 'resting' | 'asking' | 'again';
  averageTokens: number;
  /** Monotonic milliseconds. */
  parkedUntil: number;
}

/** Weight of the latest call in the average of input tokens. */
const latest = 0.1;

/** @param why in place of the limit that it waits for */
export function refusalOf(clock: Clock, line: Line, ticket: Waiting, why?: string): HoldfastRefusedError {
  const milliseconds = Math.max(0, ticket.turnAt - clock.now());
  const retryAt = clock.wall() + milliseconds;
  const when = Number.isFinite(milliseconds)
    ? `the next turn can come in ${Math.ceil(milliseconds)} ms`
    : 'it is more than the limit ever allows';
  return new HoldfastRefusedError(
    'E_RATE_LIMITED',
    `the limit of model '${line.model}' lets no call through in time (${why ?? limitNames[ticket.by]}): ${when}`,
    { retryAt },
  );
}

const limitNames: Readonly<Record<LimitedBy, string>> = {
  requestsPerMinute: 'requests per minute',
  inputTokensPerMinute: 'input tokens per minute',
  requestsPerDay: 'requests per day',
  provider: 'the provider said when to come back',
};

/** Takes the tokens of a call into the average of its line. */
export function learnTokens(line: Line, inputTokens: number): void {
  line.averageTokens =
    line.averageTokens === 0 ? inputTokens : line.averageTokens * (1 - latest) + inputTokens * latest;
}

/** @throws E_OPTION */
export function checkLimits(model: string, limits: RateLimits): RateLimits {
  for (const name of ['requestsPerMinute', 'inputTokensPerMinute', 'requestsPerDay'] as const) {
    const value = limits[name];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue;
    throw new HoldfastError(
      'E_OPTION',
      `limits of '${model}': ${name} must be a whole number (0 or more), not ${String(value)}`,
    );
  }
  return limits;
}

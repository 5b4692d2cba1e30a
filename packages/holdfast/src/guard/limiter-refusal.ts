import type { Clock } from '../lib/clock.ts';
import { HoldfastRefusedError } from '../lib/errors.ts';
import type { LimitedBy } from './quota.ts';

export interface LimiterRefusal {
  readonly clock: Clock;
  readonly model: string;
  /** Monotonic milliseconds at which its turn can come; `Infinity` for never. */
  readonly turnAt: number;
  readonly by: LimitedBy;
  /** In place of the limit that it waits for. */
  readonly why?: string | undefined;
}

const limitNames: Readonly<Record<LimitedBy, string>> = {
  requestsPerMinute: 'requests per minute',
  inputTokensPerMinute: 'input tokens per minute',
  requestsPerDay: 'requests per day',
  provider: 'the provider said when to come back',
};

/** What one is told whom the limits do not let in in time. */
export function limiterRefusal({ clock, model, turnAt, by, why }: LimiterRefusal): HoldfastRefusedError {
  const milliseconds = Math.max(0, turnAt - clock.now());
  const when = Number.isFinite(milliseconds)
    ? `the next turn can come in ${Math.ceil(milliseconds)} ms`
    : 'it is more than the limit ever allows';
  return new HoldfastRefusedError(
    'E_RATE_LIMITED',
    `the limit of model '${model}' lets no call through in time (${why ?? limitNames[by]}): ${when}`,
    { retryAt: clock.wall() + milliseconds },
  );
}

import type { Clock } from '../lib/clock.ts';
import { ByName } from './by-name.ts';
import { nextPacificMidnight } from './pacific-day.ts';
import type { Ahead, Quota, QuotaLine, QuotaStatus, RateLimits, Taken, Wait } from './quota.ts';
import { SlidingMinute } from './sliding-minute.ts';

const day = 86_400_000;

interface Counts {
  readonly minute: SlidingMinute;
  today: number;
  /** Whether the line has a limit of the day: then today's count holds until midnight. */
  hasDayLimit: boolean;
  /** When `today` starts again; milliseconds since 1970. */
  resetsAt: number;
  /** Monotonic milliseconds. */
  parkedUntil: number;
}

/** The counts of one process. */
export class MemoryQuota implements Quota {
  readonly #clock: Clock;
  readonly #arrival: number;
  readonly #counts = new ByName<Counts>(
    () => this.#make(),
    (counts) => this.#isAtRest(counts),
  );

  /** @param arrival milliseconds after its send within which a request has come in at the provider */
  constructor(clock: Clock, arrival = 2_000) {
    this.#clock = clock;
    this.#arrival = arrival;
  }

  take(line: QuotaLine, inputTokens: number): Taken {
    const wait = this.forecast(line, inputTokens, { requests: 0, inputTokens: 0 });
    if (wait.milliseconds > 0) return { ok: false, wait };
    const counts = this.#of(line);
    const { minute } = counts;
    const counted = minute.reserve(inputTokens);
    const { resetsAt } = counts;
    counts.today += 1;
    const now = () => this.#clock.now();
    return {
      ok: true,
      grant: {
        sent: () => minute.sent(counted, now()),
        settle: (actual) => minute.settle(counted, now(), actual),
        cancel: () => {
          if (counted.phase.kind === 'reserved' && counts.resetsAt === resetsAt) counts.today -= 1;
          minute.cancel(counted);
        },
      },
    };
  }

  forecast(line: QuotaLine, inputTokens: number, ahead: Ahead): Wait {
    const counts = this.#of(line);
    const now = this.#clock.now();
    const { requestsPerMinute, inputTokensPerMinute, requestsPerDay } = line.limits;
    const requests = ahead.requests + 1;
    const waits: Wait[] = [{ milliseconds: Math.max(0, counts.parkedUntil - now), by: 'provider' }];
    if (requestsPerMinute !== undefined) {
      const milliseconds = counts.minute.waitForRequests(now, requests, requestsPerMinute);
      waits.push({ milliseconds, by: 'requestsPerMinute' });
    }
    if (inputTokensPerMinute !== undefined) {
      const milliseconds =
        inputTokens > inputTokensPerMinute
          ? Number.POSITIVE_INFINITY
          : counts.minute.waitForTokens(now, ahead.inputTokens + inputTokens, inputTokensPerMinute);
      waits.push({ milliseconds, by: 'inputTokensPerMinute' });
    }
    if (requestsPerDay !== undefined) {
      waits.push({ milliseconds: this.#waitForDay(counts, requests, requestsPerDay), by: 'requestsPerDay' });
    }
    return waits.reduce((longest, wait) => (wait.milliseconds > longest.milliseconds ? wait : longest));
  }

  park(line: QuotaLine, milliseconds: number): void {
    const counts = this.#of(line);
    counts.parkedUntil = Math.max(counts.parkedUntil, this.#clock.now() + milliseconds);
  }

  status(line: QuotaLine): QuotaStatus {
    const counts = this.#of(line);
    const now = this.#clock.now();
    return {
      requestsThisMinute: counts.minute.requests(now),
      inputTokensThisMinute: counts.minute.tokens(now),
      requestsToday: counts.today,
      parked: Math.max(0, counts.parkedUntil - now),
    };
  }

  #waitForDay(counts: Counts, requests: number, limit: number): number {
    const over = counts.today + requests - limit;
    if (over <= 0) return 0;
    if (limit <= 0) return Number.POSITIVE_INFINITY;
    // A day more or less than 24 hours long shifts this by an hour: an hour less keeps it a lower bound.
    const days = Math.ceil(over / limit) - 1;
    const untilReset = counts.resetsAt - this.#clock.wall();
    return days === 0 ? untilReset : untilReset + days * day - 3_600_000;
  }

  #of({ project, model, limits }: QuotaLine): Counts {
    const counts = this.#counts.of(JSON.stringify([project, model]));
    counts.hasDayLimit = limits.requestsPerDay !== undefined;
    const wall = this.#clock.wall();
    if (wall >= counts.resetsAt) {
      counts.today = 0;
      counts.resetsAt = nextPacificMidnight(wall);
    }
    return counts;
  }

  #make(): Counts {
    return {
      minute: new SlidingMinute(this.#arrival),
      today: 0,
      hasDayLimit: false,
      resetsAt: nextPacificMidnight(this.#clock.wall()),
      parkedUntil: Number.NEGATIVE_INFINITY,
    };
  }

  #isAtRest({ minute, today, hasDayLimit, resetsAt, parkedUntil }: Counts): boolean {
    const now = this.#clock.now();
    const isNewDay = !hasDayLimit || today === 0 || this.#clock.wall() >= resetsAt;
    return isNewDay && parkedUntil <= now && minute.requests(now) === 0;
  }
}

/** The largest part of a minute's quota that one request takes: what it costs its scope in a fair queue. */
export function shareOf(
  { requestsPerMinute, inputTokensPerMinute }: RateLimits,
  inputTokens: number,
): number {
  const requests = requestsPerMinute === undefined ? 0 : 1 / requestsPerMinute;
  const tokens = inputTokensPerMinute === undefined ? 0 : inputTokens / inputTokensPerMinute;
  return Math.max(requests, tokens) || 1;
}

import type { Clock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { ByName } from './by-name.ts';
import { Line } from './limiter-line.ts';
import { MemoryQuota } from './memory-quota.ts';
import type { Permit, PermitRequest } from './permit.ts';
import type { Quota, QuotaStatus, RateLimits } from './quota.ts';

export interface RateLimiterOptions {
  readonly clock: Clock;
  /** The limits by model, or by project and model; whoever is not in it has none. */
  readonly limits: Readonly<Record<string, RateLimits>> | ((project: string, model: string) => RateLimits);
  /** Callers that may wait for each project and model; 1,000 unless said. */
  readonly queue?: number;
  /** The counts; of this process alone unless said. */
  readonly quota?: Quota;
}

export interface LineStatus extends QuotaStatus {
  readonly project: string;
  readonly model: string;
  readonly waiting: number;
  readonly limits: RateLimits;
}

/**
 * Lets requests through as the provider's limits allow. Who cannot be let in by its deadline is refused at once, as
 * far as it can be known; who waits is refused when it becomes known.
 */
export class RateLimiter {
  readonly #options: RateLimiterOptions;
  readonly #quota: Quota;
  readonly #lines = new ByName<Line>(
    (name) => this.#make(name),
    (line) => line.isAtRest,
  );

  /** @throws E_OPTION */
  constructor(options: RateLimiterOptions) {
    this.#options = options;
    this.#quota = options.quota ?? new MemoryQuota(options.clock);
    if (typeof options.limits !== 'function') {
      for (const [model, limits] of Object.entries(options.limits)) checkLimits(model, limits);
    }
  }

  /** @throws E_RATE_LIMITED; `signal.reason` */
  acquire(request: PermitRequest): Promise<Permit> {
    return this.#line(request.project, request.model).acquire(request);
  }

  /** Takes in what an answer 429 says: nothing is sent to that model for so long, and who cannot wait is told. */
  async learn(project: string, model: string, milliseconds: number): Promise<void> {
    await this.#line(project, model).park(milliseconds);
  }

  /** Whether this process has learnt that the provider must not be asked now: a permit from before is not to be used. */
  isParked(project: string, model: string): boolean {
    return this.#line(project, model).isParked;
  }

  async status(): Promise<LineStatus[]> {
    return Promise.all(
      [...this.#lines].map(async ([, line]) => {
        const { project, model, limits, waiting } = line;
        return { project, model, limits, waiting, ...(await this.#quota.status(line)) };
      }),
    );
  }

  /** Whoever waits is refused. */
  close(error: unknown): void {
    for (const [, line] of this.#lines) line.close(error);
  }

  #line(project: string, model: string): Line {
    return this.#lines.of(JSON.stringify([project, model]));
  }

  #make(name: string): Line {
    const [project, model] = JSON.parse(name) as [string, string];
    const { clock, queue: capacity = 1_000 } = this.#options;
    const limits = checkLimits(model, this.#limits(project, model));
    return new Line({ project, model, limits, clock, quota: this.#quota, capacity });
  }

  #limits(project: string, model: string): RateLimits {
    const { limits } = this.#options;
    if (typeof limits === 'function') return limits(project, model);
    return (Object.hasOwn(limits, model) ? limits[model] : undefined) ?? {};
  }
}

/** @throws E_OPTION */
function checkLimits(model: string, limits: RateLimits): RateLimits {
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

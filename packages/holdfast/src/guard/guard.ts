import type { Subscription } from '../events/emitter.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import { Admission, type AdmissionOptions } from './admission.ts';
import { type BodyLimits, parseBodyLimits } from './body.ts';
import { Breaker, type BreakerOptions, parseBreaker } from './breaker.ts';
import { ByName } from './by-name.ts';
import { Call, type ParsedCall, type Parts, type Usage, type Work } from './call.ts';
import { GuardEvents, type GuardListener } from './event.ts';
import type { Quota, RateLimits } from './quota.ts';
import { RateLimiter, type RateLimiterOptions } from './rate-limiter.ts';
import { type BackOff, parseBackOff } from './retry.ts';
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.ts';
import { SpendingCap } from './spending-cap.ts';
import { collectStatus, type GuardStatus } from './status.ts';

export interface GuardOptions {
  /** Of the whole call: queues, attempts and back-offs together; `'2m'` unless said. */
  readonly timeout?: Duration;
  /** Of each attempt; `'1m'` unless said. */
  readonly attemptTimeout?: Duration;
  /** For bodies read through `attempt.guardBody`. */
  readonly body?: BodyLimits;
  /** `budget` is kept for each model. */
  readonly retry?: BackOff & { readonly budget?: RetryBudgetOptions };
  /** The provider's limits: by model, or a function of project and model. None unless said. */
  readonly limits?: Readonly<Record<string, RateLimits>> | ((project: string, model: string) => RateLimits);
  /** Callers that may wait for the limits of each project and model; 1,000 unless said. */
  readonly queue?: number;
  /** Where the limits are counted; in this process unless said. */
  readonly quota?: Quota;
  /** One for each model; `false` for none. */
  readonly breaker?: BreakerOptions | false;
  readonly admission?: AdmissionOptions;
  /** Dollars that each scope may spend from midnight to midnight in Los Angeles; no cap unless said. */
  readonly dollarsPerDay?: number | ((scope: string) => number);
  readonly clock?: Clock;
  /** From 0 to 1, exclusive; for the jitter. `Math.random` unless said. */
  readonly random?: () => number;
}

export interface GuardedCallOptions<T> {
  readonly model: string;
  /** Whose quota is used; `'default'` unless said. */
  readonly project?: string;
  /** The tenant, among whom turns are shared fairly; `'default'` unless said. */
  readonly scope?: string;
  /** Higher goes first within the scope; 0 unless said. */
  readonly priority?: number;
  /** In place of the guard's. */
  readonly timeout?: Duration;
  /** Rejects with `signal.reason`, wherever the call is. */
  readonly signal?: AbortSignal | undefined;
  /** Before it is known: what is reserved. The average of the last calls unless said. */
  readonly estimate?: Usage;
  /** What the answer says that it used: corrects the estimate. */
  readonly usage?: (value: T) => Usage | undefined;
  /** Asked before another attempt: false if a part of the last one's answer has been handed on. Always, unless said. */
  readonly isRepeatable?: () => boolean;
}

/** Stands between a generator and its provider. */
export interface Guard extends AsyncDisposable {
  /**
   * @throws E_PROVIDER_TIMEOUT; E_RATE_LIMITED, E_OVERLOADED, E_CIRCUIT_OPEN and E_SPENT with `retryAt`; E_CLOSED;
   * `signal.reason`; the provider's own error.
   */
  <T>(work: Work<T>, options: GuardedCallOptions<T>): Promise<T>;
  on(listener: GuardListener): Subscription;
  status(): Promise<GuardStatus>;
  /** Rejects what waits and what is under way with E_CLOSED; resolves when all of it has settled. */
  close(): Promise<void>;
}

/** @throws E_OPTION, E_DURATION */
export function guard(options: GuardOptions = {}): Guard {
  const clock = options.clock ?? new SystemClock();
  const timeout = parseDuration(options.timeout ?? '2m', 'timeout');
  const events = new GuardEvents();
  const { limits = {}, queue = 1_000, quota } = options;
  if (!(Number.isSafeInteger(queue) && queue >= 0)) {
    throw new HoldfastError('E_OPTION', `queue must be a whole number (0 or more), not ${String(queue)}`);
  }
  const limiterOptions: RateLimiterOptions = {
    clock,
    limits,
    queue,
    ...(quota === undefined ? {} : { quota }),
  };
  const breakerOptions = options.breaker === false ? undefined : parseBreaker(options.breaker);
  const breakers =
    breakerOptions &&
    new ByName(
      (model) =>
        new Breaker(clock, model, breakerOptions, (state) => {
          events.emit({ type: 'breaker.changed', model, state });
        }),
      (breaker) => breaker.isAtRest,
    );
  const budgets = new ByName(
    () => new RetryBudget(options.retry?.budget),
    (budget) => budget.isFull,
  );
  // Checks the options now, not at the first call.
  new RetryBudget(options.retry?.budget);
  const parts: Parts = {
    clock,
    limiter: new RateLimiter(limiterOptions),
    admission: new Admission(clock, options.admission),
    spending: new SpendingCap(clock, options.dollarsPerDay ?? Number.POSITIVE_INFINITY),
    backOff: parseBackOff(options.retry ?? {}),
    body: parseBodyLimits(options.body ?? {}),
    attemptTimeout: parseDuration(options.attemptTimeout ?? '1m', 'attemptTimeout'),
    random: options.random ?? Math.random,
    events,
    breaker: (model) => breakers?.of(model),
    budget: (model) => budgets.of(model),
  };
  const running = new Map<AbortController, Promise<unknown>>();
  let closed: Promise<void> | undefined;

  const run = async <T>(work: Work<T>, call: GuardedCallOptions<T>): Promise<T> => {
    if (closed !== undefined) throw new HoldfastError('E_CLOSED', 'the guard is closed');
    const controller = new AbortController();
    const parsed = parseCall(call, timeout, controller.signal);
    const { signal } = call;
    signal?.throwIfAborted();
    const leave = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    const settling = new Call(parts, work, parsed).run();
    running.set(controller, settling);
    try {
      return await settling;
    } finally {
      running.delete(controller);
      signal?.removeEventListener('abort', leave);
    }
  };

  const end = async (): Promise<void> => {
    const settling = [...running.values()];
    for (const controller of [...running.keys()]) {
      controller.abort(new HoldfastError('E_CLOSED', 'the guard was closed while the call was under way'));
    }
    await Promise.allSettled(settling);
    events.emit({ type: 'guard.closed' });
    events.clear();
  };
  // It counts as closed before the first call hears of it: who asks again then is refused.
  const close = (): Promise<void> => (closed ??= Promise.resolve().then(end));

  return Object.assign(run, {
    on: (listener: GuardListener) => events.on(listener),
    status: () => collectStatus({ parts, breakers: breakers ?? [], budgets, isClosed: closed !== undefined }),
    close,
    [Symbol.asyncDispose]: close,
  });
}

function parseCall<T>(call: GuardedCallOptions<T>, timeout: number, signal: AbortSignal): ParsedCall<T> {
  const {
    model,
    project = 'default',
    scope = 'default',
    priority = 0,
    estimate = {},
    usage,
    isRepeatable,
  } = call;
  for (const [name, value] of Object.entries({ model, project, scope })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new HoldfastError('E_OPTION', `${name} of a guarded call must be a string that is not empty`);
  }
  if (!Number.isFinite(priority)) {
    throw new HoldfastError('E_OPTION', `priority must be a number, not ${String(priority)}`);
  }
  for (const name of ['inputTokens', 'usd'] as const) {
    const value = estimate[name];
    if (value === undefined || (Number.isFinite(value) && value >= 0)) continue;
    throw new HoldfastError(
      'E_OPTION',
      `estimate.${name} must be a number (0 or more), not ${String(value)}`,
    );
  }
  return {
    project,
    model,
    scope,
    priority,
    estimate,
    usage,
    isRepeatable,
    signal,
    callerSignal: call.signal,
    timeout: call.timeout === undefined ? timeout : parseDuration(call.timeout, 'timeout'),
  };
}

import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import { StatusError, type Terms, type Way } from './way.ts';

/** One deadline around all, retries around the breaker, which sees time-outs too, and the bulkhead innermost. */
export function withCockatiel(terms: Terms): Way {
  const isSick = (error: unknown) =>
    error instanceof StatusError
      ? error.status >= 500
      : error instanceof Error && error.name === 'AbortError';
  const policy = wrap(
    timeout(terms.deadline, TimeoutStrategy.Aggressive),
    retry(
      handleWhen((error) => error instanceof StatusError),
      { maxAttempts: terms.retries, backoff: new ExponentialBackoff({ initialDelay: terms.backOff }) },
    ),
    circuitBreaker(handleWhen(isSick), {
      halfOpenAfter: new ExponentialBackoff({ initialDelay: terms.rest, maxDelay: terms.longestRest }),
      breaker: new ConsecutiveBreaker(5),
    }),
    bulkhead(terms.concurrency, terms.queue),
  );
  return { call: (work) => policy.execute(({ signal }) => work(signal)) };
}

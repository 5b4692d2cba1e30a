import pRetry from 'p-retry';
import type { Terms, Way } from './way.ts';

/** What people write first: a time-out for each attempt, and three more of them, with a back-off that has jitter. */
export function retrying({ deadline, retries, backOff }: Terms): Way {
  const options = { retries, minTimeout: backOff, randomize: true };
  return { call: (work) => pRetry(() => work(AbortSignal.timeout(deadline)), options) };
}

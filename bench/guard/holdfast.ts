import { guard } from 'holdfast/llm';
import type { Terms, Way } from './way.ts';

export function withHoldfast(terms: Terms): Way {
  const guarded = guard({
    timeout: terms.deadline,
    admission: { concurrency: terms.concurrency, queue: terms.queue },
    retry: { attempts: terms.retries + 1, base: terms.backOff },
    breaker: { rest: terms.rest, longestRest: terms.longestRest },
  });
  return { call: (work, scope) => guarded(work, { model: 'model', scope }) };
}

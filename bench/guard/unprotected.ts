import type { Terms, Way } from './way.ts';

/** `fetch` with a time-out. */
export function unprotected({ deadline }: Terms): Way {
  return { call: (work) => work(AbortSignal.timeout(deadline)) };
}

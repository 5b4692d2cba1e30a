import type { Mode } from '../cache/call-options.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { ExchangeRequest } from './exchange.ts';

/** What the caller of one exchange asks of the cache. */
export interface Steering {
  readonly mode?: Mode | undefined;
  /** Milliseconds. */
  readonly ttl?: number | undefined;
  /** False: whoever waits shares the answer, and nothing is kept. */
  readonly keep?: boolean | undefined;
}

const cacheHeader = 'holdfast-cache';
const ttlHeader = 'holdfast-ttl';

const meanings: Readonly<Record<string, Steering>> = {
  default: {},
  refresh: { mode: 'refresh' },
  bypass: { mode: 'bypass' },
  cached: { mode: 'cached' },
  'no-store': { keep: false },
};

/**
 * What a request's own headers say: `holdfast-cache: refresh | bypass | cached | no-store` and `holdfast-ttl: 1h`, for callers
 * that can set headers and nothing else.
 * @throws E_OPTION, E_DURATION
 */
export function steeringOf({ headers }: ExchangeRequest): Steering {
  const wish = headers[cacheHeader]?.trim().toLowerCase();
  const ttl = headers[ttlHeader]?.trim();
  const meaning = wish === undefined ? {} : Object.hasOwn(meanings, wish) ? meanings[wish] : undefined;
  if (meaning === undefined) {
    throw new HoldfastError(
      'E_OPTION',
      `the header ${cacheHeader} must be ${Object.keys(meanings).join(', ')}; it is something else`,
    );
  }
  return ttl === undefined
    ? meaning
    : { ...meaning, ttl: parseDuration(ttl as Duration, `the header ${ttlHeader}`) };
}

import { type KindDefinition, type KindOptions, kind } from '../cache/kind.ts';
import type { Exchange } from './exchange.ts';

/**
 * A kind for exchanges: `createCache({ kinds: { exchange: exchange({ ttl: '7d' }) } })`. Unless said, an answer is fresh for a
 * day, and served for a week more, marked, when the provider fails; making one may take ten minutes.
 */
export function exchange(options: KindOptions<Exchange> = {}): KindDefinition<Exchange> {
  return kind<Exchange>({ ttl: '1d', staleIfError: '7d', generationTimeout: '10m', ...options });
}

import { createCache } from 'cache-manager';
import { type Contender, hour } from './contender.ts';

/** Its own memory store, which has no bound: it takes no part where entries have to leave. */
export function open(): Contender {
  const cache = createCache({ ttl: hour });
  return {
    read: (key, generate) => cache.wrap(key, generate),
    set: (key, value) => cache.set(key, value),
    close: () => cache.disconnect(),
  };
}

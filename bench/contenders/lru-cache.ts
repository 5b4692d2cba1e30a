import { LRUCache } from 'lru-cache';
import { type Contender, hour } from './contender.ts';

export function open(maximum: number): Contender {
  const cache = new LRUCache<string, object, () => Promise<unknown>>({
    max: maximum,
    ttl: hour,
    fetchMethod: async (_key, _stale, { context }) => (await context()) as object,
  });
  return {
    get: (key) => cache.get(key),
    read: (key, generate) => cache.fetch(key, { context: generate }),
    set: (key, value) => {
      cache.set(key, value as object);
    },
  };
}

import { Cacheable, CacheableMemory, createKeyv } from 'cacheable';
import { type Contender, hour } from './contender.ts';

/** `get` and `set` by its synchronous memory class, the read-through by the asynchronous one above it. */
export function open(maximum: number): Contender {
  const memory = new CacheableMemory({ ttl: hour, lruSize: maximum });
  const cache = new Cacheable({ ttl: hour, primary: createKeyv({ ttl: hour, lruSize: maximum }) });
  return {
    get: (key) => memory.get(key),
    read: (key, generate) => cache.getOrSet(key, generate),
    set: (key, value) => memory.set(key, value),
    close: () => cache.disconnect(),
  };
}

import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { type Contender, hour } from './contender.ts';

export function open(maximum: number): Contender {
  const cache = new BentoCache({
    default: 'memory',
    ttl: hour,
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: maximum })) },
  });
  return {
    read: (key, generate) => cache.getOrSet({ key, factory: generate }),
    set: (key, value) => cache.set({ key, value }),
    close: () => cache.disconnectAll(),
  };
}

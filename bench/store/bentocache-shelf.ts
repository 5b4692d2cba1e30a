import { BentoCache, bentostore } from 'bentocache';
import { fileDriver } from 'bentocache/drivers/file';
import { memoryDriver } from 'bentocache/drivers/memory';
import { hour } from '../contenders/contender.ts';
import type { Shelf } from './shelf.ts';

export function openBentocache(folder: string): Shelf {
  const cache = new BentoCache({
    default: 'disk',
    ttl: hour,
    stores: {
      disk: bentostore()
        .useL1Layer(memoryDriver({ maxItems: 10_000 }))
        .useL2Layer(fileDriver({ directory: folder, pruneInterval: false })),
    },
  });
  return {
    read: (key) => cache.get<string>({ key }),
    write: async (key, text) => {
      await cache.set({ key, value: text });
    },
    close: () => cache.disconnectAll(),
  };
}

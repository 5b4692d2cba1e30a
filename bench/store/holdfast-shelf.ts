import { join } from 'node:path';
import { createCache } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import type { Shelf } from './shelf.ts';

export async function openHoldfast(folder: string): Promise<Shelf> {
  const cache = createCache({ store: await sqliteStore(join(folder, 'holdfast.sqlite')) });
  return {
    read: async (key) => {
      const { value, outcome } = await cache.resolve<string>(key, () => 'generated');
      return outcome === 'stored' ? value : undefined;
    },
    write: async (key, text) => {
      const { persisted } = await cache.set(key, text);
      if (!persisted) throw new Error(`${key} was not persisted`);
    },
    close: () => cache.close(),
  };
}

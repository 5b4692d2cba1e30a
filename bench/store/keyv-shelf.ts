import { join } from 'node:path';
import KeyvSqlite from '@keyv/sqlite';
import Keyv from 'keyv';
import { hour } from '../contenders/contender.ts';
import type { Shelf } from './shelf.ts';

/** On `node:sqlite`, in the caller's thread; with a write-ahead log, which it has not by default. */
export function openKeyv(folder: string): Shelf {
  const store = new KeyvSqlite({
    uri: `sqlite://${join(folder, 'keyv.sqlite')}`,
    wal: true,
    driver: 'node:sqlite',
  });
  const cache = new Keyv({ store, ttl: hour, throwOnErrors: true });
  return {
    read: (key) => cache.get<string>(key),
    write: async (key, text) => {
      await cache.set(key, text);
    },
    close: () => cache.disconnect(),
  };
}

import type { StoreTable } from '../../stores/store.ts';
import type { Deeds } from './order.ts';
import type { ReadConnection } from './read-connection.ts';
import { toText } from './text.ts';

/** What a table needs of its store. */
interface Access {
  order<D extends 'put' | 'drop'>(deed: D, order: Deeds[D][0]): Promise<unknown>;
  use<T>(action: (connection: ReadConnection) => T): T;
  entries(): AsyncIterable<readonly [name: string, value: Uint8Array]>;
}

/** Small values by names, under the name of the table. */
export function itemTable(table: string, access: Access): StoreTable {
  return {
    get: async (name) => access.use((connection) => connection.item(table, name)),
    set: async (name, value) => {
      await access.order('put', { table: toText(table), name: toText(name), value });
    },
    delete: async (name) => {
      await access.order('drop', { table: toText(table), name: toText(name) });
    },
    entries: () => access.entries(),
  };
}

import type { Milliseconds } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { StoreTable } from '../stores/store.ts';
import type { Shelf } from '../trace/shelf.ts';
import { patience, type StoreLine } from './store-line.ts';

/** A table of the store as a shelf, so that a store that does not answer costs whoever asks a bounded wait. */
export function lentShelf(line: StoreLine, name: string): Shelf {
  const ask = async <R>(
    what: 'read' | 'write' | 'delete',
    limit: Milliseconds,
    work: (table: StoreTable) => Promise<R>,
  ): Promise<R> => {
    const answer = await line.ask(`${what} ${name}`, limit, async (store) => ({
      result: await work(store.table(name)),
    }));
    if (answer !== undefined) return answer.result;
    throw new HoldfastError('E_STORE', `the store does not answer (${what} ${name})`);
  };
  return {
    get: (row) => ask('read', patience.read, (table) => table.get(row)),
    set: (row, value) => ask('write', patience.commit, (table) => table.set(row, value)),
    delete: (row) => ask('delete', patience.commit, (table) => table.delete(row)),
  };
}

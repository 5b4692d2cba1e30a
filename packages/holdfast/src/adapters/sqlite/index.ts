import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { HoldfastError } from '../../lib/errors.ts';
import type { Store } from '../../stores/store.ts';
import { parseOptions, type SqliteStoreOptions } from './options.ts';
import { SqliteStore } from './sqlite-store.ts';

export type { SqliteStoreOptions } from './options.ts';

/**
 * A store in one file of the machine, which any number of processes share. The file and its folder are made if they are not
 * there (mode 0600); a damaged one is moved aside, and `status().warnings` says so.
 *
 * What was acknowledged survives `kill -9`; a power cut may cost the last commits, never the file. Not for network file
 * systems.
 *
 * @param path of the file; `-wal`, `-shm` and `-lock` stand beside it
 * @throws E_STORE_OPEN where no file can be made or read; E_OPTION, E_SIZE, E_DURATION
 */
export async function sqliteStore(path: string, options: SqliteStoreOptions = {}): Promise<Store> {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new HoldfastError('E_OPTION', 'the path of a store must be the path of a file.');
  }
  const settings = parseOptions(options);
  const store = new SqliteStore({
    path: resolve(path),
    shown: path,
    id: randomBytes(12).toString('hex'),
    settings,
  });
  const first = await store.opened;
  if (first.type === 'opened') return store;
  await store.close();
  const why = first.failure === undefined ? '' : ` (${first.failure.message})`;
  throw new HoldfastError(
    'E_STORE_OPEN',
    `The store cannot be opened: ${first.message}${why}. Give sqliteStore() a path in a folder that may be written.`,
    { cause: new Error(first.failure?.message ?? first.message) },
  );
}

import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { fileSize } from './file-size.ts';
import { registerSeal } from './schema.ts';

/**
 * The writer's connection. A file that is not there is not made: whoever makes one holds the lock for it, and so nobody
 * takes the log of a file that is being moved aside for his own. Throws SQLite's error, with nothing left open.
 */
export function openForWriting(path: string): DatabaseSync {
  const address = pathToFileURL(path);
  address.searchParams.set('mode', 'rw');
  return prepared(new DatabaseSync(address, { enableForeignKeyConstraints: true }), (database) => {
    // Only before anything else is in the file; later it would want the write lock, and change nothing.
    if (fileSize(path) === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = 4194304;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -16384;
    `);
    registerSeal(database);
  });
}

/** A connection that only reads. */
export function openForReading(path: string): DatabaseSync {
  return prepared(new DatabaseSync(addressOf(path), { readOnly: true }), () => {});
}

function prepared(database: DatabaseSync, prepare: (database: DatabaseSync) => void): DatabaseSync {
  try {
    database.exec('PRAGMA mmap_size = 0; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
    // Looks at the file: until here nothing has.
    database.exec('SELECT count(*) FROM sqlite_schema');
    prepare(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Where nothing may be written, SQLite cannot make the shared memory that a log needs. Without a log it can be told that
 * nobody writes; `SqliteStore` looks whether that still holds.
 */
function addressOf(path: string): string | URL {
  if (mayWrite(path) || fileSize(`${path}-wal`) > 0) return path;
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  return address;
}

/** Whether a store can be written at a path, if it is there at all. */
export function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

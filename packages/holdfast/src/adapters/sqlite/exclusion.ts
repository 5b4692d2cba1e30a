import { closeSync, existsSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { patiently } from './patience.ts';

/**
 * Runs an action while no other process runs one for the same file. The lock is that of an empty database beside it, since
 * the system takes it away from whoever dies. A process that was stopped inside holds it all the same: after `limit`
 * milliseconds the error is of reason `busy`.
 */
export function exclusively<T>(path: string, limit: number, action: () => T): T {
  const file = `${path}-lock`;
  makeIfAbsent(file);
  const lock = new DatabaseSync(file);
  try {
    patiently(limit, () => lock.exec('BEGIN EXCLUSIVE'));
    return action();
  } finally {
    lock.close();
  }
}

/**
 * SQLite would make it readable for everybody. One that is there is never opened: closing it would take away the lock that
 * another store of this process has on it.
 */
function makeIfAbsent(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

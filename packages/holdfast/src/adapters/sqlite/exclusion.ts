import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { patiently } from './patience.ts';

/**
 * Runs an action while no other process runs one for the same file. The lock is that of an empty database beside it, since
 * the system takes it away from whoever dies. A process that was stopped inside holds it all the same: after `limit`
 * milliseconds the error is of reason `busy`.
 */
export function exclusively<T>(path: string, limit: number, action: () => T): T {
  // SQLite would make it readable for everybody.
  closeSync(openSync(`${path}-lock`, 'a', 0o600));
  const lock = new DatabaseSync(`${path}-lock`);
  try {
    patiently(limit, () => lock.exec('BEGIN EXCLUSIVE'));
    return action();
  } finally {
    lock.close();
  }
}

import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/**
 * Who has a file open. A row whose process is gone tells of an unclean end. A process is known by its number and by when it
 * was born, as numbers are given out again; in a container that cannot see the other's processes they seem dead, which costs
 * a check of the file and no more.
 */
export function enroll(database: DatabaseSync, id: string): void {
  database
    .prepare('INSERT OR REPLACE INTO openers (id, process, born) VALUES (?, ?, ?)')
    .run(id, process.pid, birthOf(process.pid));
}

export function leave(database: DatabaseSync, id: string): void {
  database.prepare('DELETE FROM openers WHERE id = ?').run(id);
}

/** The ids of those that ended without a word. */
export function deadOpeners(database: DatabaseSync): string[] {
  return database
    .prepare('SELECT id, process, born FROM openers')
    .all()
    .filter(({ process: number, born }) => !lives(Number(number), String(born)))
    .map(({ id }) => String(id));
}

function lives(number: number, born: string): boolean {
  try {
    process.kill(number, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return birthOf(number) === born;
}

/** Where the system does not tell, all are born alike. */
function birthOf(number: number): string {
  try {
    const text = readFileSync(`/proc/${number}/stat`, 'utf8');
    // The name, in parentheses, may hold anything.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

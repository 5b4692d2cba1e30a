import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { longest } from './coding.ts';
import { reasonOf } from './failure.ts';
import { fileSize } from './file-size.ts';
import type { Settings } from './options.ts';
import { numberOf } from './schema.ts';

/** When records have to leave, this share of the cap is emptied, so that not every commit has to look for them. */
const slack = 0.02;
/** Below this share of the cap, records need not be small. */
const ampleShare = 0.5;
const batch = 256;
const looksEvery = 50;
/** Pages that a file gives back at a time, and how many empty ones it may keep. */
const vacuumPages = 512;
const emptyShare = 0.1;

/** Whether there is room for more, and making it. */
export class Room {
  readonly #path: string;
  readonly #settings: Settings;
  #lookedAt = Number.NEGATIVE_INFINITY;
  readonly #tell: (lack: string | undefined) => void;
  #lack: string | undefined;
  #ample = false;

  /** @param tell called when `lack` has changed */
  constructor(path: string, settings: Settings, tell: (lack: string | undefined) => void) {
    this.#path = path;
    this.#settings = settings;
    this.#tell = tell;
  }

  /** Why nothing may be stored; undefined if something may. */
  get lack(): string | undefined {
    return this.#lack;
  }

  /** Whether records need not be small, as of the last look. */
  get ample(): boolean {
    return this.#ample;
  }

  /** Whether a record of so many bytes may be stored. */
  holds(bytes: number): boolean {
    return this.#lack === undefined && bytes <= Math.min(this.#settings.maxBytes, longest);
  }

  /** Looks at the disk, at the log and at what is stored, at most every few milliseconds. Outside of a transaction. */
  look(database: DatabaseSync): void {
    const now = performance.now();
    if (now - this.#lookedAt < looksEvery && this.#lack === undefined) return;
    this.#lookedAt = now;
    const enough = this.#settings.maxBytes * ampleShare;
    this.#ample = database.prepare('SELECT bytes < ? AS ample FROM totals').get(enough)?.ample === 1;
    this.#find(
      this.#freeBytes() < this.#settings.minFreeBytes
        ? 'the disk is nearly full: nothing is stored'
        : this.#logTooLong(database)
          ? 'the log cannot be cut, as another process reads: nothing is stored'
          : undefined,
    );
  }

  /** The disk has refused. Holds until the next look. */
  refused(): void {
    this.#lookedAt = performance.now();
    this.#find('the disk is full: nothing is stored');
  }

  #find(lack: string | undefined): void {
    if (lack === this.#lack) return;
    this.#lack = lack;
    this.#tell(lack);
  }

  /** Moves the log into the file, as far as that goes. Outside of a transaction. */
  cutLog(database: DatabaseSync): boolean {
    try {
      return database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0;
    } catch (error) {
      if (reasonOf(error) !== 'full') throw error;
      return false;
    }
  }

  /** Keeps the byte cap. Inside of a transaction. */
  evict(database: DatabaseSync, now: number): void {
    const { maxBytes } = this.#settings;
    let bytes = numberOf(database, 'SELECT bytes FROM totals');
    if (bytes >= 0 && bytes <= maxBytes) return;
    // A sum that was damaged would empty the file, time and again, or let it grow without end.
    if (bytes < 0 || bytes > pageBytes(database)) bytes = recount(database);
    let over = bytes - maxBytes;
    if (over <= 0) return;
    over += Math.floor(maxBytes * slack);
    const remove = database.prepare('DELETE FROM records WHERE id = ?');
    const useless = database.prepare(`
      SELECT id, stored FROM records WHERE useless IS NOT NULL AND useless <= ? ORDER BY useless LIMIT ${batch}
    `);
    const oldest = database.prepare(`SELECT id, stored FROM records ORDER BY used, id LIMIT ${batch}`);
    over = drain(over, remove, () => useless.all(now) as unknown as Candidate[]);
    drain(over, remove, () => oldest.all() as unknown as Candidate[]);
  }

  /** Gives pages back to the disk, some at a time. Outside of a transaction. @returns whether there are more */
  shrink(database: DatabaseSync): boolean {
    const empty = numberOf(database, 'PRAGMA freelist_count');
    if (empty < vacuumPages || empty < numberOf(database, 'PRAGMA page_count') * emptyShare) return false;
    database.exec(`PRAGMA incremental_vacuum(${vacuumPages})`);
    return true;
  }

  #freeBytes(): number {
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      return bavail * bsize;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #logTooLong(database: DatabaseSync): boolean {
    const log = `${this.#path}-wal`;
    if (fileSize(log) <= this.#settings.maxLogBytes) return false;
    return !this.cutLog(database) && fileSize(log) > this.#settings.maxLogBytes;
  }
}

/** Of the whole file, as this transaction sees it. */
function pageBytes(database: DatabaseSync): number {
  return numberOf(database, 'PRAGMA page_count') * numberOf(database, 'PRAGMA page_size');
}

function recount(database: DatabaseSync): number {
  database.exec(
    'UPDATE totals SET (records, bytes) = (SELECT count(*), coalesce(sum(stored), 0) FROM records)',
  );
  return numberOf(database, 'SELECT bytes FROM totals');
}

interface Candidate {
  readonly id: number;
  readonly stored: number;
}

/** @returns how much is still to leave */
function drain(over: number, remove: StatementSync, find: () => readonly Candidate[]): number {
  let left = over;
  while (left > 0) {
    const found = find();
    if (found.length === 0) break;
    for (const { id, stored } of found) {
      if (left <= 0) break;
      remove.run(id);
      left -= stored;
    }
  }
  return left;
}

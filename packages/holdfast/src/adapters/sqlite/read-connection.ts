import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { StoreChange, StoredRecord } from '../../stores/store.ts';
import { changeOf, lastSequence } from './change-log.ts';
import { decode } from './coding.ts';
import { openForReading } from './connection.ts';
import { isNoNumberOfOurs } from './failure.ts';
import { assertVersion, seal } from './schema.ts';
import { toText } from './text.ts';

/** What looking for a record comes to. `large`: it is there, and longer than was asked for. */
export type Found =
  | { readonly state: 'found'; readonly record: StoredRecord; readonly used: number }
  | { readonly state: 'absent' }
  | { readonly state: 'large' }
  | { readonly state: 'damaged' };

/** Changes that are read at once. */
export const mostChanges = 1_000;

/** Bytes of the longest envelope that is read, as it stands in the file and decompressed. */
export interface Limits {
  readonly plain: number;
  readonly compressed: number;
}

type Row = Record<string, SQLOutputValue>;

/** A connection that reads, with its statements. Every statement ends where it began: none keeps the log from being cut. */
export class ReadConnection {
  readonly #database: DatabaseSync;
  readonly #record: StatementSync;
  readonly #version: StatementSync;
  readonly #changes: StatementSync;
  readonly #trimmed: StatementSync;
  readonly #lease: StatementSync;
  readonly #totals: StatementSync;
  readonly #item: StatementSync;

  constructor(path: string) {
    const database = openForReading(path);
    this.#database = database;
    try {
      assertVersion(database);
      this.#record = database.prepare(`
        SELECT hash, expired, size, coding, seal, used,
          CASE WHEN max(size, stored) <= CASE coding WHEN 0 THEN ? ELSE ? END THEN envelope END AS envelope
        FROM records WHERE hash = ?
      `);
      this.#version = database.prepare('PRAGMA data_version');
      this.#changes = database.prepare(
        `SELECT * FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ${mostChanges}`,
      );
      this.#trimmed = database.prepare('SELECT trimmed FROM totals');
      this.#lease = database.prepare('SELECT until, change FROM leases WHERE hash = ?');
      this.#totals = database.prepare('SELECT records, bytes FROM totals');
      this.#item = database.prepare('SELECT value FROM items WHERE owner = ? AND name = ?');
    } catch (error) {
      database.close();
      throw error;
    }
  }

  read(hash: string, { plain, compressed }: Limits): Found {
    let row: Row | undefined;
    try {
      row = this.#record.get(plain, compressed, hash);
    } catch (error) {
      // It costs this record, not the file.
      if (isNoNumberOfOurs(error)) return { state: 'damaged' };
      throw error;
    }
    return row === undefined ? { state: 'absent' } : foundIn(row, hash);
  }

  /** Moves with every commit to the file, whoever made it. */
  dataVersion(): number {
    return Number(this.#version.get()?.data_version);
  }

  lastSequence(): number {
    return lastSequence(this.#database);
  }

  /** Changes after a sequence number, the first `mostChanges`; with whose they are. */
  changesAfter(
    sequence: number,
  ): { readonly origin: string; readonly change: StoreChange; readonly sequence: number }[] {
    return this.#changes
      .all(sequence)
      .map((row) => ({ origin: String(row.origin), change: changeOf(row), sequence: Number(row.sequence) }));
  }

  /** The last change that was forgotten. */
  trimmed(): number {
    return Number(this.#trimmed.get()?.trimmed ?? 0);
  }

  lease(hash: string): { readonly until: number; readonly change: number } | undefined {
    const row = this.#lease.get(hash);
    return row === undefined ? undefined : { until: Number(row.until), change: Number(row.change) };
  }

  totals(): { readonly records: number; readonly bytes: number } {
    const row = this.#totals.get();
    return { records: Number(row?.records ?? 0), bytes: Number(row?.bytes ?? 0) };
  }

  item(table: string, name: string): Uint8Array | undefined {
    const value = this.#item.get(toText(table), toText(name))?.value;
    return value instanceof Uint8Array ? value : undefined;
  }

  /** Any rows: for what is asked for seldom. */
  all(sql: string, ...values: (string | number)[]): Row[] {
    return this.#database.prepare(sql).all(...values);
  }

  close(): void {
    this.#database.close();
  }
}

/** A damaged index leads to another row, and a damaged page to anything. */
function foundIn(row: Row, hash: string): Found {
  const { expired, size, coding, envelope } = row;
  if (row.hash !== hash || typeof size !== 'number' || typeof coding !== 'number')
    return { state: 'damaged' };
  if (expired !== null && typeof expired !== 'number') return { state: 'damaged' };
  if (row.seal !== seal(hash, expired ?? null, size, coding)) return { state: 'damaged' };
  if (envelope === null) return { state: 'large' };
  const bytes = envelope instanceof Uint8Array ? decode(envelope, coding, size) : undefined;
  if (bytes === undefined) return { state: 'damaged' };
  const record = { envelope: bytes, expiredAt: expired ?? undefined };
  return { state: 'found', record, used: Number(row.used) };
}

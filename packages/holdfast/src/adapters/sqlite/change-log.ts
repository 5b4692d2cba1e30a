import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { NewRecord, StoreChange, StoreSelector } from '../../stores/store.ts';
import { numberOf } from './schema.ts';
import { selectorFields } from './selection.ts';
import { fromText, toText } from './text.ts';

/** What is told to other processes stays for so many changes, and so many milliseconds. */
const keptChanges = 10_000;
const keptTime = 3_600_000;
const trimEvery = 256;

/** What a commit that began at some sequence number has to heed. */
export type Verdict =
  | { readonly state: 'forbidden' }
  | { readonly state: 'allowed'; readonly expired: number | null };

/** The log of what other processes are told, on the writer's connection. */
export class ChangeLog {
  readonly #database: DatabaseSync;
  readonly #origin: string;
  readonly #insert: StatementSync;
  readonly #since: StatementSync;
  #untilTrim = 0;

  constructor(database: DatabaseSync, origin: string) {
    this.#database = database;
    this.#origin = origin;
    this.#insert = database.prepare(
      `INSERT INTO changes (type, scope, kind, hash, tag, path, expired, at, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#since = database.prepare(`SELECT * FROM changes WHERE sequence > ? AND type <> 'set'`);
  }

  /** The number of the last change. */
  get sequence(): number {
    return lastSequence(this.#database);
  }

  add(type: StoreChange['type'], selector: StoreSelector, expired: number | null, now: number): number {
    if (this.#untilTrim <= 0) this.#trim(now);
    this.#untilTrim -= 1;
    const fields = selectorFields.map((field) => {
      const value = selector[field];
      return value === undefined ? null : toText(value);
    });
    return Number(this.#insert.run(type, ...fields, expired, now, this.#origin).lastInsertRowid);
  }

  judge(record: NewRecord, sequence: number): Verdict {
    // What was trimmed may have meant it.
    if (sequence < numberOf(this.#database, 'SELECT trimmed FROM totals')) return { state: 'forbidden' };
    let expired: number | null = null;
    for (const row of this.#since.all(sequence)) {
      if (!means(selectorOf(row), record)) continue;
      if (row.type !== 'expired') return { state: 'forbidden' };
      expired = Math.min(expired ?? Number.POSITIVE_INFINITY, Number(row.expired));
    }
    return { state: 'allowed', expired };
  }

  #trim(now: number): void {
    this.#untilTrim = trimEvery;
    const old = this.#database
      .prepare('SELECT max(sequence) AS last FROM changes WHERE at < ? OR sequence <= ?')
      .get(now - keptTime, this.sequence - keptChanges);
    if (old?.last === null || old === undefined) return;
    this.#database.prepare('DELETE FROM changes WHERE sequence <= ?').run(Number(old.last));
    this.#database.prepare('UPDATE totals SET trimmed = ?').run(Number(old.last));
  }
}

export function lastSequence(database: DatabaseSync): number {
  return numberOf(database, `SELECT seq FROM sqlite_sequence WHERE name = 'changes'`);
}

export function changeOf(row: Record<string, SQLOutputValue>): StoreChange {
  const sequence = Number(row.sequence);
  const selector = selectorOf(row);
  switch (row.type) {
    case 'set':
      return {
        type: 'set',
        sequence,
        hash: selector.hash ?? '',
        kind: selector.kind ?? '',
        scope: selector.scope ?? '',
      };
    case 'expired':
      return { type: 'expired', sequence, selector, at: Number(row.expired) };
    case 'invalidated':
      return { type: 'invalidated', sequence, selector };
    default:
      // Of a damaged file, or of a version to come: whatever it says, it is not known.
      return { type: 'missed' };
  }
}

function selectorOf(row: Record<string, SQLOutputValue>): StoreSelector {
  const given = selectorFields.filter((field) => row[field] !== null && row[field] !== undefined);
  return Object.fromEntries(given.map((field) => [field, fromText(String(row[field]))]));
}

function means(selector: StoreSelector, record: NewRecord): boolean {
  return (
    (selector.scope ?? record.scope) === record.scope &&
    (selector.kind ?? record.kind) === record.kind &&
    (selector.hash ?? record.hash) === record.hash &&
    (selector.tag === undefined || record.tags.includes(selector.tag)) &&
    (selector.path === undefined || record.paths.includes(selector.path))
  );
}

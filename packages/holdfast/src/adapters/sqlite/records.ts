import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NewRecord } from '../../stores/store.ts';
import type { Encoded } from './coding.ts';
import { seal } from './schema.ts';
import type { Selection } from './selection.ts';
import { toText } from './text.ts';

const links = ['tags', 'paths', 'keys'] as const;

/** Records, on the writer's connection. */
export class Records {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #replace: StatementSync;
  readonly #remove: StatementSync;
  readonly #use: StatementSync;
  readonly #links: readonly {
    readonly of: (record: NewRecord) => readonly string[];
    readonly add: StatementSync;
    readonly clear: StatementSync;
  }[];

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#find = database.prepare('SELECT id FROM records WHERE hash = ?');
    this.#insert = database.prepare(`
      INSERT INTO records (hash, scope, kind, expired, useless, used, size, stored, coding, seal, envelope)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    `);
    this.#replace = database.prepare(`
      UPDATE records SET hash = ?, scope = ?, kind = ?, expired = ?, useless = ?, used = ?, size = ?, stored = ?, coding = ?,
        seal = ?, envelope = ? WHERE id = ?
    `);
    this.#remove = database.prepare('DELETE FROM records WHERE hash = ?');
    this.#use = database.prepare('UPDATE records SET used = max(used, ?) WHERE hash = ?');
    this.#links = links.map((name) => ({
      of: (record) => record[name],
      add: database.prepare(`INSERT INTO ${name} (record, name) VALUES (?, ?)`),
      clear: database.prepare(`DELETE FROM ${name} WHERE record = ?`),
    }));
  }

  put(record: NewRecord, { coding, bytes }: Encoded, expired: number | null, now: number): void {
    const { hash, envelope, uselessAt } = record;
    const size = envelope.length;
    const values = [
      hash,
      toText(record.scope),
      toText(record.kind),
      expired,
      Number.isFinite(uselessAt) ? uselessAt : null,
      Math.floor(now),
      size,
      bytes.length,
      coding,
      seal(hash, expired, size, coding),
      bytes,
    ];
    const former = this.#find.get(hash)?.id;
    if (former !== undefined) {
      this.#replace.run(...values, former);
      for (const { clear } of this.#links) clear.run(former);
    }
    const id = former ?? this.#insert.run(...values).lastInsertRowid;
    for (const { of, add } of this.#links) {
      for (const name of new Set(of(record))) add.run(id, toText(name));
    }
  }

  remove(hash: string): void {
    this.#remove.run(hash);
  }

  removeAll({ where, values }: Selection): void {
    this.#database.prepare(`DELETE FROM records WHERE ${where}`).run(...values);
  }

  expireAll({ where, values }: Selection, at: number): void {
    this.#database
      .prepare(
        `UPDATE records SET expired = ?, seal = seal(hash, ?, size, coding)
         WHERE (${where}) AND (expired IS NULL OR expired > ?)`,
      )
      .run(at, at, ...values, at);
  }

  use(hashes: readonly string[], at: number): void {
    for (const hash of hashes) this.#use.run(Math.floor(at), hash);
  }
}

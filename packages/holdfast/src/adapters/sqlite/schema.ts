import { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { OtherVersionError } from './failure.ts';

/** `HFLD`: tells a store from the database of another program, which is never touched. */
export const applicationId = 0x48464c44;

/**
 * What leads from one version of the file to the next; a new file takes all the steps. Never change one that was released.
 *
 * All tables have rowids: values in a WITHOUT ROWID table are read three times slower. `seal` is over the columns that no
 * envelope covers. `totals` is kept by triggers, so that it is right whoever writes.
 */
export const steps: readonly string[] = [
  `
  CREATE TABLE records (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    kind TEXT NOT NULL,
    expired REAL,
    useless REAL,
    used INTEGER NOT NULL,
    size INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    coding INTEGER NOT NULL,
    seal INTEGER NOT NULL,
    envelope BLOB NOT NULL
  );
  CREATE INDEX records_scope ON records (scope, kind);
  CREATE INDEX records_kind ON records (kind);
  CREATE INDEX records_used ON records (used);
  CREATE INDEX records_useless ON records (useless) WHERE useless IS NOT NULL;

  CREATE TABLE tags (record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE, name TEXT NOT NULL);
  CREATE INDEX tags_name ON tags (name, record);
  CREATE INDEX tags_record ON tags (record);
  CREATE TABLE paths (record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE, name TEXT NOT NULL);
  CREATE INDEX paths_name ON paths (name, record);
  CREATE INDEX paths_record ON paths (record);
  CREATE TABLE keys (record INTEGER NOT NULL REFERENCES records ON DELETE CASCADE, name TEXT NOT NULL);
  CREATE INDEX keys_name ON keys (name, record);
  CREATE INDEX keys_record ON keys (record);

  CREATE TABLE leases (
    hash TEXT NOT NULL UNIQUE,
    token INTEGER NOT NULL,
    term REAL NOT NULL,
    until REAL NOT NULL,
    failure TEXT,
    failed INTEGER,
    change INTEGER NOT NULL
  );
  CREATE INDEX leases_until ON leases (until);

  CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    scope TEXT,
    kind TEXT,
    hash TEXT,
    tag TEXT,
    path TEXT,
    expired REAL,
    at REAL NOT NULL,
    origin TEXT NOT NULL
  );
  CREATE INDEX changes_at ON changes (at);

  CREATE TABLE items (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL);
  CREATE UNIQUE INDEX items_name ON items (owner, name);

  CREATE TABLE openers (id TEXT NOT NULL UNIQUE, process INTEGER NOT NULL, born TEXT NOT NULL);

  CREATE TABLE totals (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    trimmed INTEGER NOT NULL,
    floor INTEGER NOT NULL
  );
  INSERT INTO totals VALUES (1, 0, 0, 0, 0);
  CREATE TRIGGER records_added AFTER INSERT ON records BEGIN
    UPDATE totals SET records = records + 1, bytes = bytes + new.stored;
  END;
  CREATE TRIGGER records_changed AFTER UPDATE OF stored ON records BEGIN
    UPDATE totals SET bytes = bytes + new.stored - old.stored;
  END;
  CREATE TRIGGER records_removed AFTER DELETE ON records BEGIN
    UPDATE totals SET records = records - 1, bytes = bytes - old.stored;
  END;
  `,
];

/** Brings a file to the version of the last step, in one transaction: it is of the old version or of the new one. */
export function upgrade(database: DatabaseSync, to: readonly string[] = steps): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (let version = versionOf(database); version < to.length; version += 1) {
      database.exec(to[version] as string);
      database.exec(`PRAGMA user_version = ${version + 1}`);
    }
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

const schemas = new Map<number, readonly string[]>();

/** Whether everything is in a file that the steps up to a version put there, to the letter; more may be. */
export function hasSchema(database: DatabaseSync, version: number): boolean {
  if (version < 1) return false;
  let wanted = schemas.get(version);
  if (wanted === undefined) {
    const model = new DatabaseSync(':memory:');
    upgrade(model, steps.slice(0, version));
    wanted = schemaOf(model);
    model.close();
    schemas.set(version, wanted);
  }
  const present = new Set(schemaOf(database));
  return wanted.every((one) => present.has(one));
}

function schemaOf(database: DatabaseSync): string[] {
  return database
    .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema')
    .all()
    .map((row) => JSON.stringify(Object.values(row)));
}

export function versionOf(database: DatabaseSync): number {
  return numberOf(database, 'PRAGMA user_version');
}

/** @throws OtherVersionError */
export function assertVersion(database: DatabaseSync): void {
  if (versionOf(database) !== steps.length) throw new OtherVersionError();
}

/** The one number that a statement gives. */
export function numberOf(database: DatabaseSync, sql: string): number {
  const row = database.prepare(sql).get();
  return row === undefined ? 0 : Number(Object.values(row)[0]);
}

/** Over what stands beside the envelope and decides whether it is served. */
export function seal(hash: string, expired: number | null, size: number, coding: number): number {
  return crc32(`${hash} ${expired ?? ''} ${size} ${coding}`);
}

/** A seal that was bound as a number may come back as anything from a damaged file. */
export function registerSeal(database: DatabaseSync): void {
  database.function('seal', { deterministic: true }, (hash, expired, size, coding) =>
    seal(String(hash), expired === null ? null : Number(expired), Number(size), Number(coding)),
  );
}

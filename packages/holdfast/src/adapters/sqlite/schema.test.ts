import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { applicationId, numberOf, registerSeal, steps, upgrade, versionOf } from './schema.ts';

function ofVersion(version: number): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  registerSeal(database);
  upgrade(database, steps.slice(0, version));
  return database;
}

const insert = `INSERT INTO records (hash, scope, kind, used, size, stored, coding, seal, envelope)
  VALUES ('h', '', 'k', 0, 1, 1, 0, 0, x'00')`;

test.each(steps.map((_, index) => index + 1))(
  'a file of version %i becomes one of the last, with what is in it',
  (version) => {
    const database = ofVersion(version);
    expect(versionOf(database)).toBe(version);
    database.exec(insert);
    upgrade(database);
    expect(versionOf(database)).toBe(steps.length);
    expect(numberOf(database, 'PRAGMA application_id')).toBe(applicationId);
    expect(numberOf(database, 'SELECT count(*) FROM records')).toBe(1);
  },
);

test('a step to come finds the records of all steps before', () => {
  const database = ofVersion(steps.length);
  database.exec(insert);
  upgrade(database, [...steps, 'ALTER TABLE records ADD COLUMN cost REAL NOT NULL DEFAULT 5']);
  expect(versionOf(database)).toBe(steps.length + 1);
  expect(numberOf(database, 'SELECT cost FROM records')).toBe(5);
});

test('a step that fails leaves the file as it was', () => {
  const database = ofVersion(steps.length);
  database.exec(insert);
  const failing = [...steps, 'DROP TABLE records', 'nonsense'];
  expect(() => upgrade(database, failing)).toThrow();
  expect(versionOf(database)).toBe(steps.length);
  expect(numberOf(database, 'SELECT count(*) FROM records')).toBe(1);
});

test('the totals are right whatever happens to the records', () => {
  const database = ofVersion(steps.length);
  database.exec(insert);
  database.exec('UPDATE records SET stored = 70');
  expect(numberOf(database, 'SELECT bytes FROM totals')).toBe(70);
  database.exec('DELETE FROM records');
  expect(numberOf(database, 'SELECT bytes + records FROM totals')).toBe(0);
});

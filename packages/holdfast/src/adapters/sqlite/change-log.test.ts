import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { ChangeLog, lastSequence } from './change-log.ts';
import { Leases } from './leases.ts';
import { numberOf, upgrade } from './schema.ts';

function fresh(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  upgrade(database);
  return database;
}

const record = {
  hash: 'h',
  scope: '',
  kind: 'k',
  tags: ['t'],
  paths: [],
  keys: [],
  uselessAt: 0,
  envelope: new Uint8Array(),
};

test('the log keeps the last changes, and forbids what began before them', () => {
  const database = fresh();
  const log = new ChangeLog(database, 'me');
  for (let index = 0; index < 11_000; index += 1) log.add('set', { hash: `${index}` }, null, 1_000);
  expect(numberOf(database, 'SELECT count(*) FROM changes')).toBeLessThanOrEqual(10_256);
  const trimmed = numberOf(database, 'SELECT trimmed FROM totals');
  expect(trimmed).toBeGreaterThan(500);
  expect(log.judge(record, trimmed - 1)).toEqual({ state: 'forbidden' });
  expect(log.judge(record, trimmed)).toEqual({ state: 'allowed', expired: null });
});

test('the log forgets what is old, and its numbers go on', () => {
  const database = fresh();
  const log = new ChangeLog(database, 'me');
  for (let index = 0; index < 256; index += 1) log.add('invalidated', { tag: 'x' }, null, 1_000);
  log.add('invalidated', { tag: 'x' }, null, 10_000_000);
  expect(numberOf(database, 'SELECT count(*) FROM changes')).toBe(1);
  expect(lastSequence(database)).toBe(257);
});

test('tokens grow though the clock goes back, and though the lease was forgotten', () => {
  const leases = new Leases(fresh());
  const token = (hash: string, now: number) => {
    const claim = leases.acquire(hash, 1_000, undefined, 0, now);
    if (claim.state !== 'acquired') throw new Error(claim.state);
    leases.end(hash, now);
    return claim.token;
  };
  const day = 86_400_000;
  const first = token('h', 100 * day);
  // Another key a day later forgets the first, in its own time.
  for (let index = 0; index < 1_100; index += 1) token(`other ${index}`, 101 * day);
  const again = token('h', 99 * day);
  expect(again).toBeGreaterThan(first);
  expect(token('h', 98 * day)).toBeGreaterThan(again);
});

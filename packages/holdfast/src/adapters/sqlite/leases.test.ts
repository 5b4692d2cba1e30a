import { DatabaseSync } from 'node:sqlite';
import { beforeEach, expect, test } from 'vitest';
import { Leases } from './leases.ts';
import { upgrade } from './schema.ts';

const hour = 3_600_000;
const now = 1_800_000_000_000;
let leases: Leases;

beforeEach(() => {
  const database = new DatabaseSync(':memory:');
  upgrade(database);
  leases = new Leases(database);
});

const acquire = (at: number, term = 10_000) => leases.acquire('h', term, undefined, 0, at);

test('a lease whose holder has died is free at once when the clock was set back by an hour', () => {
  const first = acquire(now);
  expect(acquire(now + 5_000)).toMatchObject({ state: 'held' });
  const second = acquire(now - hour);
  expect(second).toMatchObject({ state: 'acquired' });
  if (first.state !== 'acquired' || second.state !== 'acquired') return;
  expect(second.token).toBeGreaterThan(first.token);
  expect(leases.holds('h', first.token, now - hour)).toBe(false);
});

test('a lease that was renewed after the clock was set back is held', () => {
  const first = acquire(now);
  if (first.state !== 'acquired') throw new Error(first.state);
  expect(leases.renew('h', first.token, 10_000, now - hour)).toBe(true);
  expect(acquire(now - hour + 9_000)).toMatchObject({ state: 'held' });
  expect(acquire(now - hour + 10_000)).toMatchObject({ state: 'acquired' });
});

test('a lease lasts for its own term, whatever the term of who asks', () => {
  acquire(now, 10_000);
  expect(acquire(now + 5_000, 100)).toMatchObject({ state: 'held' });
  // Clocks of one machine differ by a tick.
  expect(acquire(now - 50, 100)).toMatchObject({ state: 'held' });
});

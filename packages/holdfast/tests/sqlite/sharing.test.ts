import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import type { StoreChange } from '../../src/stores/store.ts';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { madeOf, numbered } from './record.ts';

test.each([
  ['that is not there', undefined],
  ['that is damaged', Buffer.from('this is no database. '.repeat(5_000))],
])('32 processes open a store at once %s, and all write to it', { timeout: 60_000 }, async (_, bytes) => {
  const folder = join(newFolder(), 'deep');
  const path = join(folder, 'store.db');
  if (bytes !== undefined) {
    mkdirSync(folder);
    writeFileSync(path, bytes);
  }
  const children = Array.from({ length: 32 }, () => new Child());
  const states = await Promise.all(children.map((child) => child.do({ type: 'open', path })));
  expect(states.map(({ state }) => state)).toEqual(Array.from({ length: 32 }, () => 'open'));
  const outcomes = await Promise.all(
    children.map((child, index) => child.do({ type: 'commit', name: `of ${index}` })),
  );
  expect(new Set(outcomes)).toEqual(new Set(['committed']));
  const made = await Promise.all(children.map((child) => child.do({ type: 'make', name: 'of all' })));
  expect(new Set(made.map(({ value }) => value))).toEqual(new Set([madeOf('of all')]));
  await Promise.all(children.map((child) => child.close()));
  const store = await open(path);
  expect(store.status()).toMatchObject({ state: 'open', records: 33, warnings: [] });
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(
    bytes === undefined ? 0 : 1,
  );
});

test('of two processes that want one key, one has the lease', { timeout: 30_000 }, async () => {
  const path = join(newFolder(), 'store.db');
  const children = [new Child(), new Child()];
  await Promise.all(children.map((child) => child.do({ type: 'open', path })));
  for (let round = 0; round < 20; round += 1) {
    const claims = await Promise.all(
      children.map((child) => child.do({ type: 'acquire', name: `key ${round}`, term: 10_000 })),
    );
    expect(claims.map(({ state }) => state).toSorted()).toEqual(['acquired', 'held']);
  }
});

test('an invalidation is told to another process within 100 ms', async () => {
  const path = join(newFolder(), 'store.db');
  const child = new Child();
  await child.do({ type: 'open', path });
  const store = await open(path);
  const told = Promise.withResolvers<StoreChange>();
  store.subscribe(told.resolve);
  await child.do({ type: 'commit', name: 'key' });
  const acknowledged = performance.now();
  expect(await told.promise).toMatchObject({ type: 'set', hash: numbered('key').hash });
  expect(performance.now() - acknowledged).toBeLessThan(100);
});

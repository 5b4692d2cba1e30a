import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type * as threads from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import { steps } from '../../src/adapters/sqlite/schema.ts';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { Host } from './host.ts';
import { madeOf, numbered } from './record.ts';
import { fileOpened } from './started-threads.ts';

vi.mock('node:worker_threads', async (original) =>
  (await import('./started-threads.ts')).observed(await original<typeof threads>()),
);

/** To whom permissions apply: not to the superuser. */
const user = process.getuid?.() === 0 ? 65_534 : undefined;

async function madeReadOnly(): Promise<string> {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  await store.commit(numbered('before'));
  await store.close();
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  return path;
}

test('what may only be read is read, and nothing is stored in it', { timeout: 20_000 }, async () => {
  const path = await madeReadOnly();
  const child = new Child(user);
  expect(await child.do({ type: 'open', path })).toMatchObject({
    state: 'readonly',
    records: 1,
    warnings: ['the file, or its folder, may not be written'],
  });
  expect(await child.do({ type: 'read', name: 'before' })).toBe(true);
  await expect(child.do({ type: 'commit', name: 'after' })).rejects.toThrow('E_STORE');
  chmodSync(dirname(path), 0o777);
  chmodSync(path, 0o666);
  // Whenever it is looked at again.
  let outcome = '';
  for (let attempt = 0; attempt < 5_000 && outcome !== 'committed'; attempt += 1) {
    outcome = await child.do({ type: 'commit', name: 'after' }).catch(() => '');
  }
  expect(outcome).toBe('committed');
  await child.close();
});

test('what may only be read costs its callers generations, the event says why, and it is written when it may be', {
  timeout: 20_000,
}, async () => {
  const path = join(newFolder(), 'store.db');
  const host = await Host.open(path);
  await host.make(['before']);
  await host.close();
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  const child = new Child(user);
  await child.do({ type: 'open', path });
  expect(await child.do({ type: 'make', name: 'before' })).toEqual({
    value: madeOf('before'),
    outcome: 'stored',
  });
  expect(await child.do({ type: 'make', name: 'new' })).toEqual({
    value: madeOf('new'),
    outcome: 'generated',
  });
  expect(await child.do({ type: 'failures' })).toContain('the file may not be written');
  chmodSync(dirname(path), 0o777);
  chmodSync(path, 0o666);
  // What could not be written is, by itself.
  await child.do({ type: 'stored', name: 'new' });
  const reader = await Host.open(path);
  expect(await reader.make(['new'])).toEqual(new Set(['stored']));
  await child.close();
});

test('a file that becomes read-only while it is open: callers get values, and who has it open goes on writing', {
  timeout: 20_000,
}, async () => {
  const path = join(newFolder(), 'store.db');
  chmodSync(dirname(path), 0o777);
  const child = new Child(user);
  await child.do({ type: 'open', path });
  await child.do({ type: 'make', name: 'before' });
  chmodSync(path, 0o444);
  chmodSync(dirname(path), 0o555);
  const names = ['before', 'new 1', 'new 2'];
  for (const name of names) {
    expect(await child.do({ type: 'make', name })).toMatchObject({ value: madeOf(name) });
    await child.do({ type: 'stored', name });
  }
  expect(await child.do({ type: 'failures' })).not.toContain('may not be written');
  chmodSync(dirname(path), 0o777);
  chmodSync(path, 0o666);
  const reader = await Host.open(path);
  expect(await reader.make(names)).toEqual(new Set(['stored']));
  await child.close();
});

test('the file is its owner’s alone', async () => {
  const path = join(newFolder(), 'deep', 'store.db');
  await open(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a folder in the place of the file is an error, and stays where it is', async () => {
  const parent = newFolder();
  mkdirSync(join(parent, 'store.db', 'precious'), { recursive: true });
  await expect(sqliteStore(join(parent, 'store.db'))).rejects.toMatchObject({
    code: 'E_STORE_OPEN',
    message: expect.stringContaining('is not a file'),
  });
  expect(readdirSync(parent)).toEqual(['store.db']);
  expect(readdirSync(join(parent, 'store.db'))).toEqual(['precious']);
});

test('the database of another program is left alone', async () => {
  const path = join(newFolder(), 'other.db');
  const other = new DatabaseSync(path);
  other.exec(`CREATE TABLE mine (value); INSERT INTO mine VALUES ('kept')`);
  other.close();
  await expect(sqliteStore(path)).rejects.toMatchObject({
    code: 'E_STORE_OPEN',
    message: expect.stringContaining('another program'),
  });
  const again = new DatabaseSync(path);
  expect(again.prepare('SELECT value FROM mine').get()?.value).toBe('kept');
  again.close();
});

test('a file of a newer version is left alone, or moved aside if that was said', async () => {
  const path = join(newFolder(), 'store.db');
  const first = await open(path);
  await first.commit(numbered('kept'));
  await first.close();
  setVersion(path, steps.length + 1);
  await expect(sqliteStore(path)).rejects.toMatchObject({
    code: 'E_STORE_OPEN',
    message: expect.stringContaining('newer version'),
  });
  const second = await open(path, { newerFile: 'replace' });
  expect(second.status().warnings).toEqual([expect.stringContaining('newer version was moved')]);
  expect(await second.commit(numbered('new'))).toBe('committed');
  const aside = readdirSync(dirname(path)).find((name) => /\.newer-[^/]*Z$/.test(name));
  const moved = join(dirname(path), String(aside));
  setVersion(moved, steps.length);
  expect(await (await open(moved)).read(numbered('kept').hash)).toBeDefined();
});

test('a file that a newer version upgrades while it is open is left to it', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path, { newerFile: 'replace' });
  await store.commit(numbered('kept'));
  setVersion(path, steps.length + 1);
  await expect(store.commit(numbered('new'))).rejects.toMatchObject({ code: 'E_STORE' });
  await expect(store.read(numbered('kept').hash)).rejects.toMatchObject({ code: 'E_STORE' });
  expect(store.status()).toMatchObject({
    state: 'readonly',
    warnings: [expect.stringContaining('newer version')],
  });
  expect(readdirSync(dirname(path)).filter((name) => name.includes('newer'))).toEqual([]);
  const opened = fileOpened();
  setVersion(path, steps.length);
  await opened;
  expect(await store.commit(numbered('new'))).toBe('committed');
  expect(await store.read(numbered('kept').hash)).toBeDefined();
});

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, test } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { newFolder, open } from './folder.ts';
import { Host } from './host.ts';
import { bytesOf, isWhole, record } from './record.ts';

const mounts: string[] = [];
const opened: Store[] = [];

/** A disk of its own; it takes the right to mount one. */
function smallDisk(size: string): string {
  const folder = join(newFolder(), 'disk');
  mkdirSync(folder);
  const { status, stderr } = spawnSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  if (status !== 0) throw new Error(`this test mounts a small disk, and could not: ${stderr}`);
  mounts.push(folder);
  return folder;
}

async function openOn(path: string, minFreeBytes: number): Promise<Store> {
  const store = await open(path, { minFreeBytes });
  opened.push(store);
  return store;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
  for (const folder of mounts.splice(0)) spawnSync('/bin/umount', ['-l', folder]);
});

const large = (index: number) => record(`large ${index}`, bytesOf(`${index}`, 100_000));

/** Commits until there is no room. @returns how many were acknowledged */
async function fill(store: Store): Promise<number> {
  for (let count = 0; count < 1_000; count += 1) {
    const outcome = await store.commit(large(count));
    if (outcome !== 'committed') {
      expect(outcome).toBe('full');
      return count;
    }
  }
  throw new Error('the disk is never full');
}

async function allThere(store: Store, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const found = await store.read(large(index).hash);
    expect(found !== undefined && isWhole(found.envelope)).toBe(true);
  }
}

test('a disk that runs full during commits keeps what was acknowledged, through closing and opening again', {
  timeout: 30_000,
}, async () => {
  const folder = smallDisk('8m');
  const [path, ballast] = [join(folder, 'store.db'), join(folder, 'ballast')];
  writeFileSync(ballast, Buffer.alloc(3 * 2 ** 20));
  const store = await openOn(path, 0);
  const count = await fill(store);
  expect(count).toBeGreaterThan(10);
  expect(store.status().state).toBe('readonly');
  expect(store.status().warnings).toEqual([expect.stringContaining('full')]);
  await allThere(store, count);
  // To the last byte, so that the checkpoint of closing finds no room either.
  expect(() => {
    for (;;) appendFileSync(ballast, Buffer.alloc(4_096));
  }).toThrow('ENOSPC');
  await store.close();
  const again = await openOn(path, 0);
  await allThere(again, count);
  rmSync(ballast);
  expect(await again.invalidate({ hash: large(0).hash })).toBeGreaterThan(0);
  expect(await again.read(large(0).hash)).toBeUndefined();
  expect(await again.commit(large(0))).toBe('committed');
  await allThere(again, count);
  expect(again.status()).toMatchObject({ state: 'open', warnings: [] });
});

test('a disk that has no room for a checkpoint keeps what is in the log, and moves it when there is room', {
  timeout: 30_000,
}, async () => {
  const folder = smallDisk('16m');
  const [path, ballast] = [join(folder, 'store.db'), join(folder, 'ballast')];
  const store = await openOn(path, 0);
  // Nobody checkpoints in the time of somebody's reading.
  const reader = new DatabaseSync(path);
  reader.exec('BEGIN; SELECT * FROM records');
  let count = 0;
  while (statSync(`${path}-wal`).size < 6 * 2 ** 20) {
    expect(await store.commit(large(count))).toBe('committed');
    count += 1;
  }
  expect(() => {
    for (;;) appendFileSync(ballast, Buffer.alloc(4_096));
  }).toThrow('ENOSPC');
  reader.exec('COMMIT');
  // The file cannot grow by what is in the log.
  expect(() => reader.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toThrow('full');
  reader.close();
  expect(statSync(path).size).toBeLessThan(2 ** 20);
  expect(await store.commit(large(count))).toBe('full');
  await allThere(store, count);
  rmSync(ballast);
  expect(await store.commit(large(count))).toBe('committed');
  await store.close();
  expect(statSync(path).size).toBeGreaterThan(count * 100_000);
  await allThere(await openOn(path, 0), count + 1);
});

test('callers of a cache on a full disk get values, and what they have set is stored when there is room', {
  timeout: 30_000,
}, async () => {
  const folder = smallDisk('8m');
  const [path, ballast] = [join(folder, 'store.db'), join(folder, 'ballast')];
  writeFileSync(ballast, Buffer.alloc(3 * 2 ** 20));
  const host = await Host.open(path, { minFreeBytes: 0 });
  const text = (index: number) => Buffer.from(bytesOf(`${index}`, 60_000)).toString('base64');
  let count = 0;
  while ((await host.cache.set(`key ${count}`, text(count))).persisted) {
    count += 1;
    if (count === 200) throw new Error('the disk is never full');
  }
  expect(host.store.status()).toMatchObject({
    state: 'readonly',
    warnings: [expect.stringContaining('full')],
  });
  expect(host.cache.get(`key ${count}`)).toBe(text(count));
  await host.make(['new 1', 'new 2']);
  for (let index = 0; index < count; index += 1) {
    expect((await host.cache.lookup(`key ${index}`))?.value).toBe(text(index));
  }
  // What others might still have under that key would be older.
  const other = await Host.open(path, { minFreeBytes: 0 });
  expect(await other.cache.lookup(`key ${count}`)).toBeUndefined();
  expect((await other.cache.lookup('key 0'))?.value).toBe(text(0));
  rmSync(ballast);
  await host.persist('after', 'after');
  expect(host.store.status()).toMatchObject({ state: 'open', warnings: [] });
  expect((await other.cache.lookup('after'))?.value).toBe('after');
  await host.close();
  await other.close();
});

test('nothing is stored below the floor of free space, and something is again when there is room', {
  timeout: 30_000,
}, async () => {
  const folder = smallDisk('16m');
  const store = await openOn(join(folder, 'store.db'), 4 * 2 ** 20);
  writeFileSync(join(folder, 'ballast'), Buffer.alloc(10 * 2 ** 20));
  const count = await fill(store);
  expect(store.status()).toMatchObject({ state: 'readonly' });
  const table = store.table('t');
  await expect(table.set('name', new Uint8Array(1))).rejects.toMatchObject({ code: 'E_STORE' });
  expect(await store.acquire('key', 1_000)).toMatchObject({ state: 'acquired' });
  expect(await store.invalidate({ tag: 'none' })).toBeGreaterThan(0);
  await allThere(store, count);
  rmSync(join(folder, 'ballast'));
  expect(await store.commit(large(1_000))).toBe('committed');
  expect(store.status()).toMatchObject({ state: 'open', warnings: [] });
});

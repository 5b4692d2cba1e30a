import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type SqliteStoreOptions, sqliteStore } from '../../src/adapters/sqlite/index.ts';
import type { Store } from '../../src/stores/store.ts';
import { endChildren } from '../child.ts';

const folders: string[] = [];
const shared: string[] = [];
const stores: Store[] = [];

/** A folder that is there for one test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'));
  folders.push(folder);
  return folder;
}

/** A folder that is there for all tests of a file. */
export function newSharedFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sqlite-'));
  shared.push(folder);
  return folder;
}

export function removeSharedFolders(): void {
  for (const folder of shared.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** A store that is closed after the test, if it is not before. */
export async function open(path: string, options?: SqliteStoreOptions): Promise<Store> {
  const store = await sqliteStore(path, options);
  stores.push(store);
  return store;
}

afterEach(async () => {
  await endChildren();
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

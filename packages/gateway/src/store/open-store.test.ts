import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasStore, openStore } from './open-store.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-store-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const home = { type: 'home' } as const;
const file = () => join(root, '.holdfast/store.sqlite');

test('the store of a folder is made in .holdfast, for its user alone, and is found again', async () => {
  expect(hasStore(root)).toBe(false);
  const { store, file: shown, warning } = await openStore(root, home, true);
  expect({ shown, warning }).toEqual({ shown: '.holdfast/store.sqlite', warning: undefined });
  await store?.close();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(hasStore(root)).toBe(true);
});

test('a store that is only looked for is not made, and one that is not wanted is not opened', async () => {
  expect(await openStore(root, home, false)).toEqual({});
  expect(await openStore(root, { type: 'none' }, true)).toEqual({});
  expect(await openStore(root, { type: 'file', path: join(root, 'x.sqlite') }, false)).toEqual({});
  expect(existsSync(join(root, '.holdfast'))).toBe(false);
  expect(existsSync(join(root, 'x.sqlite'))).toBe(false);
});

test.each<[string, () => void, string]>([
  [
    'a file in the place of .holdfast',
    () => writeFileSync(join(root, '.holdfast'), ''),
    '.holdfast cannot be written',
  ],
  [
    'a link in the place of .holdfast',
    () => {
      mkdirSync(join(root, 'elsewhere'));
      symlinkSync('elsewhere', join(root, '.holdfast'));
    },
    '.holdfast cannot be written (ELINKED)',
  ],
  [
    'a store that others can read, as a checked-out one',
    () => {
      mkdirSync(join(root, '.holdfast'));
      writeFileSync(file(), '');
      chmodSync(file(), 0o644);
    },
    '.holdfast/store.sqlite was not made by Holdfast for you alone',
  ],
  [
    'a log beside the store that others can write',
    () => {
      mkdirSync(join(root, '.holdfast'));
      writeFileSync(`${file()}-wal`, '');
      chmodSync(`${file()}-wal`, 0o666);
    },
    '.holdfast/store.sqlite-wal was not made by Holdfast for you alone',
  ],
  [
    'a folder in the place of the store',
    () => mkdirSync(file(), { recursive: true }),
    '.holdfast/store.sqlite was not made by Holdfast for you alone',
  ],
])('%s is left alone: the cache works without a store, and says why', async (_, prepare, warning) => {
  prepare();
  const opened = await openStore(root, home, true);
  expect(opened.store).toBeUndefined();
  expect(opened.warning).toContain(warning);
  expect(opened.warning).toMatch(/: everything is kept in memory only$/);
  expect(hasStore(root)).toBe(false);
  expect(existsSync(join(root, 'elsewhere/store.sqlite'))).toBe(false);
});

test('a path that was given and cannot be opened is named in the warning', async () => {
  const path = join(root, 'folder');
  mkdirSync(path);
  const { warning } = await openStore(root, { type: 'file', path }, true);
  expect(warning).toBe(
    `the store ${JSON.stringify(path)} cannot be opened: everything is kept in memory only`,
  );
});

test('of a store outside of the folder only the name is told', async () => {
  const { store, file: shown } = await openStore(
    join(root, 'in'),
    { type: 'file', path: join(root, 'x.sqlite') },
    true,
  );
  await store?.close();
  expect(shown).toBe('x.sqlite');
});

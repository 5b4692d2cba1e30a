import { existsSync, lstatSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import type { Store } from 'holdfast';
import { sqliteStore } from 'holdfast/sqlite';
import { home, makeHome } from './home.ts';

/** Where what is made of a folder outlives the process: in the folder's own `.holdfast/`, in another file, nowhere. */
export type StoreChoice =
  | { readonly type: 'home' }
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'none' };

/** What came of opening a store. Without one everything is kept in memory only. */
export interface OpenedStore {
  readonly store?: Store;
  /** Where it is, as it may be told: relative to the folder, or the name alone. */
  readonly file?: string;
  /** Why there is none although one was wanted; one sentence for people. */
  readonly warning?: string;
}

export const inMemory: OpenedStore = {};

const fileName = 'store.sqlite';
/** A server has two seconds to close everything: the store has to be done well before. */
const options = { closeTimeout: '500ms' } as const;

/**
 * Opens the store of a folder. Never rejects: a cache works without.
 *
 * @param make whether there has to be a store afterwards; if not, one that is not there is not made
 */
export async function openStore(root: string, choice: StoreChoice, make: boolean): Promise<OpenedStore> {
  if (choice.type === 'none') return inMemory;
  const path = choice.type === 'file' ? resolve(choice.path) : join(root, home, fileName);
  if (!make && !existsSync(path)) return inMemory;
  try {
    if (choice.type === 'home') {
      if (make) makeHome(root);
      refuseForeign(root);
    }
    return { store: await sqliteStore(path, options), file: shownPath(root, path) };
  } catch (error) {
    return { warning: `${whyNot(error, choice)}: everything is kept in memory only` };
  }
}

/** Whether a folder has a store of its own, which this user has made. */
export function hasStore(root: string): boolean {
  try {
    refuseForeign(root);
    return existsSync(join(root, home, fileName));
  } catch {
    return false;
  }
}

/** What is in the place of the store, and is not what this user's Holdfast has put there. */
class ForeignStoreError extends Error {}

/**
 * A store is believed: what it holds of a file is shown as that file's outline. So whoever wrote a repository must not
 * have written it, nor a link that leads a writer elsewhere. A checked-out file is not this user's alone (0600).
 *
 * @throws ForeignStoreError, and what the file system says
 */
function refuseForeign(root: string): void {
  const folder = lstatSync(join(root, home), { throwIfNoEntry: false });
  if (folder === undefined) return;
  if (!folder.isDirectory()) throw new ForeignStoreError(home);
  for (const suffix of ['', '-wal', '-shm', '-lock']) {
    const name = `${fileName}${suffix}`;
    const file = lstatSync(join(root, home, name), { throwIfNoEntry: false });
    if (file === undefined) continue;
    const own = process.getuid === undefined || (file.uid === process.getuid() && (file.mode & 0o077) === 0);
    if (!file.isFile() || !own) throw new ForeignStoreError(`${home}/${name}`);
  }
}

function whyNot(error: unknown, choice: StoreChoice): string {
  if (error instanceof ForeignStoreError) {
    return `${error.message} was not made by Holdfast for you alone (delete it, or give --store)`;
  }
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  const what = choice.type === 'file' ? JSON.stringify(choice.path) : `${home}/${fileName}`;
  if (code === 'E_STORE_OPEN') return `the store ${what} cannot be opened`;
  return `${choice.type === 'file' ? what : home} cannot be written (${code})`;
}

function shownPath(root: string, path: string): string {
  const inside = relative(root, path);
  const outside = inside === '' || inside.startsWith('..') || inside.includes(':');
  return outside ? basename(path) : inside.split(sep).join('/');
}

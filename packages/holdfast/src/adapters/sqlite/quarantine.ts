import { existsSync, renameSync, rmSync, statSync } from 'node:fs';

const companions = ['-wal', '-shm', '-journal'];

/** Moves a file and what belongs to it aside. @returns where it is now */
export function quarantine(path: string, why: 'damaged' | 'newer'): string {
  if (!statSync(path).isFile()) throw new Error('only a file is moved aside');
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, '-');
  let aside = `${path}.${why}-${stamp}`;
  for (let copy = 2; existsSync(aside); copy += 1) aside = `${path}.${why}-${stamp}-${copy}`;
  renameSync(path, aside);
  for (const suffix of companions) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

/** What is left of a file that was deleted; SQLite would take it for a part of the next. */
export function removeCompanions(path: string): void {
  for (const suffix of companions) rmSync(path + suffix, { force: true, recursive: false });
}

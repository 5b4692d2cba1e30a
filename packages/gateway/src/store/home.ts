import { lstatSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Holdfast's own folder in a served one; its own .gitignore keeps all of it out of commits. */
export const home = '.holdfast';

/**
 * Makes `.holdfast/`, or folders in it. Nothing that a served repository may have put there is followed or overwritten.
 *
 * @param inner the names of folders below it, each in the one before
 * @returns the path of the innermost
 * @throws what the file system says where it cannot be written; ELINKED where something else is in the place of a folder
 */
export function makeHome(root: string, ...inner: readonly string[]): string {
  let path = root;
  for (const name of [home, ...inner]) {
    path = join(path, name);
    // Not recursive: that would follow a link, and make folders where it leads.
    try {
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (!lstatSync(path).isDirectory()) {
      throw Object.assign(new Error('not a folder of its own'), { code: 'ELINKED' });
    }
  }
  writeNew(join(root, home, '.gitignore'), '*\n', 0o644);
  return path;
}

/** Written beside and renamed: a rename replaces a link instead of following it, and no reader sees half a file. */
export function writeNew(file: string, text: string, mode: number): void {
  const beside = `${file}.${process.pid}.tmp`;
  rmSync(beside, { force: true });
  writeFileSync(beside, text, { mode, flag: 'wx' });
  renameSync(beside, file);
}

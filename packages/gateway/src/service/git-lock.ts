import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The file that is there for as long as git changes the working tree that a folder lies in: a checkout, a merge, a stash.
 * What is changed until it is gone is one edit. Undefined where there is no repository.
 */
export function gitLockOf(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const own = join(at, '.git');
    if (existsSync(own)) return join(linkedFrom(own) ?? own, 'index.lock');
    if (dirname(at) === at) return undefined;
  }
}

/** In a worktree or a submodule `.git` is a file that says where the rest is. */
function linkedFrom(own: string): string | undefined {
  try {
    const [, place] = /^gitdir: (.+)$/m.exec(readFileSync(own, 'utf8')) ?? [];
    return place === undefined ? undefined : resolve(dirname(own), place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A directory, as it mostly is; or nothing that can be read, and then no lock is seen.
    if (code === 'EISDIR' || code === 'ENOENT' || code === 'EACCES') return undefined;
    throw error;
  }
}

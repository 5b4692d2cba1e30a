import { type posix, win32 } from 'node:path';
import { HoldfastError } from '../lib/errors.ts';

/** The paths of one platform: `posix`, or `win32`, which has drives and takes `\` for `/`. */
export type Flavour = typeof posix;

/**
 * A path as dependencies hold it: relative to the root, with `/`, without `.`, `..` or empty parts; the root itself
 * is `.`. Purely by its text, so `link/..` is the folder that holds the link.
 *
 * `roots` are absolute names of the root: the real one first, then the one that it was opened by. Throws E_PATH for
 * what cannot be a path, E_OUTSIDE_ROOT for one that leads out of the root.
 */
export function normalizePath(path: string, roots: readonly string[], flavour: Flavour): string {
  if (typeof path !== 'string')
    throw malformed(`must be a string, not ${path === null ? 'null' : typeof path}`);
  if (path === '') throw malformed('is empty: to name the root itself, write "."');
  if (path.includes('\0')) throw malformed('holds a NUL character, which no file name can');
  if (!path.isWellFormed()) throw malformed('holds half a surrogate pair, which no file name can');
  if (flavour === win32) refuseColons(path);

  for (const root of flavour.isAbsolute(path) ? roots : roots.slice(0, 1)) {
    const relative = flavour.relative(root, flavour.resolve(root, path));
    if (relative === '') return '.';
    if (leads(relative, flavour)) continue;
    return flavour === win32 ? relative.replaceAll('\\', '/') : relative;
  }
  throw outsideRoot('A path leads out of the root of the workspace');
}

/** Whether a path relative to the root leads out of it. */
function leads(relative: string, flavour: Flavour): boolean {
  return relative === '..' || relative.startsWith(`..${flavour.sep}`) || flavour.isAbsolute(relative);
}

// `C:name` is relative to a hidden current folder of that drive, and `name:stream` is not the file's content.
function refuseColons(path: string): void {
  const drive = /^[a-z]:[\\/]|^[\\/]{2}[?.][\\/][a-z]:[\\/]/iu.exec(path)?.[0] ?? '';
  if (path.slice(drive.length).includes(':')) {
    throw malformed('holds a colon that does not belong to the drive of an absolute path');
  }
}

/** Whether an absolute path is the root or lies below it; both are real paths. */
export function isInside(root: string, path: string, separator: string): boolean {
  return path === root || path.startsWith(root.endsWith(separator) ? root : root + separator);
}

function malformed(what: string): HoldfastError {
  return new HoldfastError(
    'E_PATH',
    `The path of a file ${what}. Give a path relative to the workspace's root.`,
  );
}

/** The message names no path: what lies outside of the root is nobody's business. */
export function outsideRoot(what: string): HoldfastError {
  return new HoldfastError(
    'E_OUTSIDE_ROOT',
    `${what}. Only files inside it can be dependencies; open a workspace at a folder that holds them all.`,
  );
}

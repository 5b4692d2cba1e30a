import { HoldfastError } from '../lib/errors.ts';
import { type FileStatus, type FileSystem, isDirectory, isLink, saysAbsent } from './file-system.ts';
import { isInside, outsideRoot } from './path.ts';

/** Where a path really leads. */
export type Location =
  | { readonly found: true; readonly path: string; readonly status: FileStatus }
  | { readonly found: false; readonly cause: unknown };

/** Real paths of folders, as seen during one synchronous stretch; kept longer, a retargeted link would go unseen. */
export type Folders = Map<string, string>;

const longestChain = 40;
const attempts = 4;

/**
 * Leads paths relative to a root to real files, and nowhere outside of the root.
 *
 * Links are followed as long as the real path stays inside. A link that leads out is refused whether or not anything
 * stands at its other end, so nothing can be learned of what lies outside.
 */
export class Confinement {
  /** The real path of the root. */
  readonly root: string;
  readonly #fileSystem: FileSystem;
  readonly #separator: string;

  constructor(root: string, separator: string, fileSystem: FileSystem) {
    this.root = root;
    this.#separator = separator;
    this.#fileSystem = fileSystem;
  }

  /**
   * `path` is relative, with `/`. Throws E_OUTSIDE_ROOT; E_WORKSPACE_ROOT when the root itself is gone (an unmounted
   * disk must not look like deleted files); or the file system's error where it says neither.
   */
  locate(path: string, folders: Folders): Location {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const location = this.#tryToLocate(path, folders);
      if (location !== undefined) return location;
      folders.clear();
    }
    throw restless(path);
  }

  /**
   * Whether a real path is still one. Asked after opening it: a folder above it that was replaced by a link in
   * between may have led the opening out of the root.
   */
  isStillReal(path: string): boolean {
    const name = path.lastIndexOf(this.#separator) + 1;
    try {
      // With the separator at its end, because `C:` alone would be the current folder of that drive.
      return this.#join(this.#fileSystem.realpath(path.slice(0, name)), path.slice(name)) === path;
    } catch (error) {
      if (saysAbsent(error)) return false;
      throw error;
    }
  }

  /** Undefined: the path changed while it was looked at. */
  #tryToLocate(path: string, folders: Folders): Location | undefined {
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? '' : path.slice(0, slash);
    try {
      let real = this.#join(this.#folder(parent, folders), path.slice(slash + 1));
      let status = this.#lstat(real);
      if (status instanceof Absence) return this.#absent(status.cause);
      if (isLink(status)) {
        real = this.#confine(this.#fileSystem.realpath(real));
        status = this.#lstat(real);
        if (status instanceof Absence || isLink(status)) return undefined;
      }
      return { found: true, path: real, status };
    } catch (error) {
      if (!saysAbsent(error)) throw error;
      return this.#walk(path);
    }
  }

  #folder(parent: string, folders: Folders): string {
    const known = folders.get(parent);
    if (known !== undefined) return known;
    const real = this.#confine(
      this.#fileSystem.realpath(parent === '' ? this.root : this.#join(this.root, parent)),
    );
    folders.set(parent, real);
    return real;
  }

  #confine(real: string): string {
    if (!isInside(this.root, real, this.#separator)) {
      throw outsideRoot('A path leads out of the root of the workspace, by way of a symbolic link');
    }
    return real;
  }

  /** Finds out why there is no real path: nothing stands there, or a link leads to nothing outside of the root. */
  #walk(path: string): Location | undefined {
    const pending = path.split('/').reverse();
    let at = this.root;
    let links = 0;
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (at === this.root) throw outsideRoot('A symbolic link leads out of the root of the workspace');
        at = at.slice(0, at.lastIndexOf(this.#separator)) || this.root;
        continue;
      }
      const next = this.#join(at, part);
      const status = this.#lstat(next);
      if (status instanceof Absence) return this.#absent(status.cause);
      if (!isLink(status)) {
        at = next;
        continue;
      }
      links += 1;
      if (links > longestChain) throw restless(path);
      const target = this.#target(next);
      if (target.absolute) at = this.root;
      pending.push(...target.parts.reverse());
    }
    return undefined;
  }

  #target(path: string): { readonly absolute: boolean; readonly parts: string[] } {
    const target = this.#fileSystem.readlink(path);
    const split = (text: string) => text.split(this.#separator === '\\' ? /[\\/]/u : '/');
    if (!/^(?:[\\/]|[a-z]:[\\/])/iu.test(target)) return { absolute: false, parts: split(target) };
    if (!isInside(this.root, target, this.#separator)) {
      throw outsideRoot('A symbolic link leads out of the root of the workspace');
    }
    return { absolute: true, parts: split(target.slice(this.root.length)) };
  }

  #lstat(path: string): FileStatus | Absence {
    try {
      return this.#fileSystem.lstat(path);
    } catch (error) {
      if (saysAbsent(error)) return new Absence(error);
      throw error;
    }
  }

  #absent(cause: unknown): Location {
    const root = this.#lstat(this.root);
    if (root instanceof Absence || !isDirectory(root)) {
      throw new HoldfastError(
        'E_WORKSPACE_ROOT',
        'The root of the workspace is gone: what was in it counts as unknown until it is back.',
        { cause },
      );
    }
    return { found: false, cause };
  }

  #join(folder: string, name: string): string {
    return folder.endsWith(this.#separator) ? folder + name : folder + this.#separator + name;
  }
}

class Absence {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

export function restless(path: string): HoldfastError {
  return new HoldfastError(
    'E_FILE_UNREADABLE',
    `The path ${JSON.stringify(path)} changes faster than it can be looked at, or its links go in a circle.`,
  );
}

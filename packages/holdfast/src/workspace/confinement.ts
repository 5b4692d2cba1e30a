import { HoldfastError } from '../lib/errors.ts';
import { type FileStatus, type FileSystem, isDirectory, isLink, saysAbsent } from './file-system.ts';
import { isInside, outsideRoot } from './path.ts';
import { restless } from './refusal.ts';

/** Where a path really leads. */
export type Location =
  | { readonly found: true; readonly path: string; readonly status: FileStatus }
  | { readonly found: false; readonly cause: unknown };

/** Real paths of folders, as seen during one synchronous stretch; kept longer, a retargeted link would go unseen. */
export type Folders = Map<string, string>;

const longestChain = 40;
const attempts = 4;

/**
 * Leads paths relative to a root to real files, and nowhere outside of the root and the directories that its links are
 * allowed to lead to.
 *
 * Links are followed as long as the real path stays inside. A link that leads out is refused whether or not anything
 * stands at its other end, so nothing can be learned of what lies outside.
 */
export class Confinement {
  /** The real path of the root. */
  readonly root: string;
  /** Real paths of the other directories that a link may lead to. */
  readonly #allowed: readonly string[];
  readonly #fileSystem: FileSystem;
  readonly #separator: string;

  constructor(root: string, allowed: readonly string[], separator: string, fileSystem: FileSystem) {
    this.root = root;
    this.#allowed = allowed;
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

  /** Whether a real path lies where looks are allowed. */
  holds(path: string): boolean {
    return this.#territory(path) !== undefined;
  }

  /** The root, and the directories that links may lead to. */
  get tops(): readonly string[] {
    return [this.root, ...this.#allowed];
  }

  /** The same as `isStillReal` for a directory itself. */
  isReal(directory: string): boolean {
    try {
      return this.#fileSystem.realpath(directory) === directory;
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
      const folder = this.#folder(parent, folders);
      // The root itself must be named as it is: `/root/.` is no real path.
      let real = path === '.' ? folder : this.#join(folder, path.slice(slash + 1));
      let status = this.#lstat(real);
      if (status instanceof Absence) return this.#absent(real, status.cause);
      if (isLink(status)) {
        real = this.#confine(this.#fileSystem.realpath(real));
        status = this.#lstat(real);
        if (status instanceof Absence || isLink(status)) return undefined;
      }
      return { found: true, path: real, status };
    } catch (error) {
      if (!saysAbsent(error)) throw error;
      return this.#walk(path, error);
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
    if (this.#territory(real) === undefined) {
      throw outsideRoot('A path leads out of the root of the workspace, by way of a symbolic link');
    }
    return real;
  }

  /** Of the root and the allowed directories, the one that a path is in. */
  #territory(path: string): string | undefined {
    if (isInside(this.root, path, this.#separator)) return this.root;
    return this.#allowed.find((directory) => isInside(directory, path, this.#separator));
  }

  /** On the way down to an allowed directory, by real names: these steps tell nothing of what lies outside. */
  #leadsToAllowed(path: string): boolean {
    return this.#allowed.some((directory) => isInside(path, directory, this.#separator));
  }

  /** Finds out why there is no real path: nothing stands there, or a link leads to nothing outside of the root. */
  #walk(path: string, cause: unknown): Location | undefined {
    const pending = path.split('/').reverse();
    let at = this.root;
    let links = 0;
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at = this.#parent(at);
        continue;
      }
      const next = this.#join(at, part);
      if (this.#territory(at) === undefined) {
        if (!this.#leadsToAllowed(next)) throw leadsOut();
        at = next;
        continue;
      }
      const status = this.#lstat(next);
      if (status instanceof Absence) return this.#absent(next, status.cause);
      if (!isLink(status)) {
        // Below a file nothing stands, not even its own folder by way of `..`.
        if (pending.length > 0 && !isDirectory(status)) return this.#absent(next, cause);
        at = next;
        continue;
      }
      links += 1;
      if (links > longestChain) throw restless(path);
      const target = this.#target(next);
      if (target.from !== undefined) at = target.from;
      pending.push(...target.parts.reverse());
    }
    if (this.#territory(at) === undefined) throw leadsOut();
    this.#guard(at);
    return undefined;
  }

  /** `from`: where an absolute target begins. */
  #target(path: string): { readonly from: string | undefined; readonly parts: string[] } {
    const target = this.#fileSystem.readlink(path);
    const split = (text: string) => text.split(this.#separator === '\\' ? /[\\/]/u : '/');
    if (!/^(?:[\\/]|[a-z]:[\\/])/iu.test(target)) return { from: undefined, parts: split(target) };
    const from = this.#territory(target);
    if (from === undefined) throw leadsOut();
    return { from, parts: split(target.slice(from.length)) };
  }

  #lstat(path: string): FileStatus | Absence {
    try {
      return this.#fileSystem.lstat(path);
    } catch (error) {
      if (saysAbsent(error)) return new Absence(error);
      throw error;
    }
  }

  #absent(path: string, cause: unknown): Location {
    this.#guard(path, cause);
    return { found: false, cause };
  }

  /** Nothing counts as absent in a root, or a directory that is allowed to be led to, that is gone itself. */
  #guard(path: string, cause?: unknown): void {
    const territory = this.#territory(path) ?? this.root;
    for (const directory of territory === this.root ? [this.root] : [this.root, territory]) {
      const status = this.#lstat(directory);
      if (!(status instanceof Absence) && isDirectory(status)) continue;
      throw new HoldfastError(
        'E_WORKSPACE_ROOT',
        directory === this.root
          ? 'The root of the workspace is gone: what was in it counts as unknown until it is back.'
          : 'A directory that links may lead to is gone: what was in it counts as unknown until it is back.',
        { cause },
      );
    }
  }

  /** The folder above, which is real as `path` is. */
  #parent(path: string): string {
    const slash = path.lastIndexOf(this.#separator);
    const top = path.indexOf(this.#separator) + 1;
    return slash < top ? path.slice(0, top) : path.slice(0, slash);
  }

  #join(folder: string, name: string): string {
    return folder.endsWith(this.#separator) ? folder + name : folder + this.#separator + name;
  }
}

function leadsOut(): HoldfastError {
  return outsideRoot('A symbolic link leads out of the root of the workspace');
}

class Absence {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

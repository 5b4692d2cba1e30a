import { hash } from 'node:crypto';
import type { Confinement, Folders } from './confinement.ts';
import { type DirectoryEntry, type FileSystem, isDirectory, saysAbsent } from './file-system.ts';
import { notADirectory, restless } from './refusal.ts';
import type { Turns } from './turns.ts';

/** What is in a directory. */
export type Listing =
  | { readonly found: true; readonly paths: readonly string[]; readonly digest: string }
  | { readonly found: false; readonly cause: unknown };

const attempts = 4;
const namesPerStat = 64;

/** Reads directories, and makes sure that it was these and not what a link in their place led to. */
export class DirectoryReader {
  readonly #confinement: Confinement;
  readonly #fileSystem: FileSystem;
  readonly #turns: Turns;

  constructor(confinement: Confinement, fileSystem: FileSystem, turns: Turns) {
    this.#confinement = confinement;
    this.#fileSystem = fileSystem;
    this.#turns = turns;
  }

  /** The entries of a real directory; undefined: it is gone, or no longer reached by that path. */
  entries(real: string): readonly DirectoryEntry[] | undefined {
    try {
      const entries = this.#fileSystem.readdir(real);
      this.#turns.charge(3 + Math.ceil(entries.length / namesPerStat));
      return this.#confinement.isReal(real) ? entries : undefined;
    } catch (error) {
      if (saysAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Throws Holdfast's errors and the file system's. */
  list(path: string, folders: Folders): Listing {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const location = this.#confinement.locate(path, folders);
      if (!location.found) return location;
      if (!isDirectory(location.status)) throw notADirectory(path);
      const entries = this.entries(location.path);
      if (entries !== undefined) return listing(path, entries);
      folders.clear();
    }
    throw restless(path);
  }
}

function listing(path: string, entries: readonly DirectoryEntry[]): Listing {
  const names = entries.filter(({ readable }) => readable).map(({ name }) => name);
  // By code unit. NUL is in no name, so that no two lists are one text.
  const digest = hash('sha256', names.sort().join('\0'), 'hex');
  return { found: true, paths: path === '.' ? names : names.map((name) => `${path}/${name}`), digest };
}

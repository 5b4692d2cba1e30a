import { type Confinement, type Folders, restless } from './confinement.ts';
import { type Content, type ContentReader, type Keep, notAFile, smallFile } from './content.ts';
import { errorCode, isRegularFile, saysAbsent } from './file-system.ts';
import type { SignatureTable } from './signature.ts';
import type { Turns } from './turns.ts';

/** What stands at a path. The bytes are empty unless they were asked for. */
export type Sighting =
  | { readonly found: true; readonly digest: string; readonly bytes: Uint8Array }
  | { readonly found: false; readonly cause: unknown };

/** A file that is too large to be read on the caller's thread. */
interface Large {
  readonly large: string;
}

const attempts = 4;
const none = new Uint8Array(0);
const bytesPerStat = 4_096;

/**
 * Looks at paths: finds the real file, takes its digest from the signature table or hashes it, and remembers the
 * signature if it is settled. The table goes by real paths, so a retargeted link simply leads to another line of it.
 */
export class Sightings {
  readonly #confinement: Confinement;
  readonly #reader: ContentReader;
  readonly #table: SignatureTable;
  readonly #turns: Turns;

  constructor(confinement: Confinement, reader: ContentReader, table: SignatureTable, turns: Turns) {
    this.#confinement = confinement;
    this.#reader = reader;
    this.#table = table;
    this.#turns = turns;
  }

  /** Looks at once, unless that means to read a large file. Throws Holdfast's errors and the file system's. */
  now(path: string, keep: Keep, folders: Folders): Sighting | Large {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const location = this.#confinement.locate(path, folders);
      if (!location.found) return location;
      const { path: real, status } = location;

      const known = keep === 'digest' ? this.#table.digest(real, status) : undefined;
      if (known !== undefined) return { found: true, digest: known, bytes: none };
      if (!isRegularFile(status)) throw notAFile(path);
      if (status.size > smallFile) return { large: real };

      try {
        const content = this.#reader.readSync(real, path, keep, () => this.#confinement.isStillReal(real));
        if (content !== undefined) return this.#remember(real, content);
      } catch (error) {
        if (!movedAway(error)) throw error;
      }
      folders.clear();
    }
    throw restless(path);
  }

  /** Looks at once, or later where a large file has to be read. Rejects where `now` throws. */
  async later(path: string, keep: Keep): Promise<Sighting> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const sighting = this.now(path, keep, new Map());
      if (!('large' in sighting)) return sighting;
      const real = sighting.large;
      try {
        const content = await this.#reader.read(real, path, keep, () => this.#confinement.isStillReal(real));
        if (content !== undefined) return this.#remember(real, content);
      } catch (error) {
        if (!movedAway(error)) throw error;
      }
    }
    throw restless(path);
  }

  #remember(real: string, content: Content): Sighting {
    this.#turns.charge(2 + Math.ceil(content.size / bytesPerStat));
    if (content.signature === undefined) this.#table.delete(real);
    else this.#table.set(real, content.signature, content.digest);
    return { found: true, digest: content.digest, bytes: content.bytes };
  }
}

/** The file was there a moment ago, and now it is not, or a link stands in its place: look again. */
function movedAway(error: unknown): boolean {
  return saysAbsent(error) || errorCode(error) === 'ELOOP';
}

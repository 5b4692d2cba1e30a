import type { Confinement, Folders } from './confinement.ts';
import { type Content, type ContentReader, type Keep, smallFile } from './content.ts';
import { errorCode, type FileStatus, isRegularFile, saysAbsent } from './file-system.ts';
import { notAFile, restless } from './refusal.ts';
import { type SignatureTable, sameSignature } from './signature.ts';
import type { Turns } from './turns.ts';

/** What stands at a path. The bytes are empty unless they were asked for. */
export type Sighting =
  | { readonly found: true; readonly digest: string; readonly bytes: Uint8Array }
  | { readonly found: false; readonly cause: unknown };

/** What the signature table says of a file that is hashed all the same. */
interface Vouched {
  readonly signature: FileStatus;
  readonly digest: string;
}

/** A file that is too large to be read on the caller's thread. */
interface Large {
  readonly large: string;
  readonly vouched: Vouched | undefined;
}

/** Where a found file, its name and what is to be done with it are handed on. */
interface Target {
  readonly real: string;
  readonly name: string;
  readonly vouched: Vouched | undefined;
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
  readonly #paranoid: boolean;

  constructor(
    confinement: Confinement,
    reader: ContentReader,
    table: SignatureTable,
    turns: Turns,
    paranoid: boolean,
  ) {
    this.#confinement = confinement;
    this.#reader = reader;
    this.#table = table;
    this.#turns = turns;
    this.#paranoid = paranoid;
  }

  /** Looks at once, unless that means to read a large file. Throws Holdfast's errors and the file system's. */
  now(name: string, keep: Keep, folders: Folders): Sighting | Large {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const location = this.#confinement.locate(name, folders);
      if (!location.found) return location;
      const { path: real, status } = location;

      const known = keep === 'digest' ? this.#table.digest(real, status) : undefined;
      if (known !== undefined && !this.#paranoid) return { found: true, digest: known, bytes: none };
      if (!isRegularFile(status)) throw notAFile(name);
      const vouched = known === undefined ? undefined : { signature: status, digest: known };
      if (status.size > smallFile) return { large: real, vouched };

      try {
        const content = this.#reader.readSync(real, name, keep, () => this.#confinement.isStillReal(real));
        if (content !== undefined) return this.#remember({ real, name, vouched }, content);
      } catch (error) {
        if (!movedAway(error)) throw error;
      }
      folders.clear();
    }
    throw restless(name);
  }

  /** Looks at once, or later where a large file has to be read. Rejects where `now` throws. */
  async later(name: string, keep: Keep): Promise<Sighting> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const sighting = this.now(name, keep, new Map());
      if (!('large' in sighting)) return sighting;
      const { large: real, vouched } = sighting;
      try {
        const content = await this.#reader.read(real, name, keep, () => this.#confinement.isStillReal(real));
        if (content !== undefined) return this.#remember({ real, name, vouched }, content);
      } catch (error) {
        if (!movedAway(error)) throw error;
      }
    }
    throw restless(name);
  }

  #remember({ real, name, vouched }: Target, content: Content): Sighting {
    this.#turns.charge(2 + Math.ceil(content.size / bytesPerStat));
    if (content.signature === undefined) this.#table.delete(real);
    else this.#table.set(real, content.signature, content.digest);
    if (vouched !== undefined) accuse(name, vouched, content);
    return { found: true, digest: content.digest, bytes: content.bytes };
  }
}

/** Only a content that was read under the very signature can convict it of having vouched for another. */
function accuse(name: string, { signature, digest }: Vouched, content: Content): void {
  if (digest === content.digest || content.steady === undefined) return;
  if (!sameSignature(content.steady, signature)) return;
  process.emitWarning(
    `The signature of ${JSON.stringify(name)} vouched for a content that the file does not have: its time stamps ` +
      'lie, and without `paranoid` the change would have gone unnoticed.',
    { type: 'HoldfastWarning', code: 'W_SIGNATURE' },
  );
}

/** The file was there a moment ago, and now it is not, or a link stands in its place: look again. */
function movedAway(error: unknown): boolean {
  return saysAbsent(error) || errorCode(error) === 'ELOOP';
}

import { createHash, hash } from 'node:crypto';
import type { Clock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { type FileStatus, type FileSystem, isRegularFile, type OpenFile } from './file-system.ts';
import { notAFile } from './refusal.ts';
import { isSettled, sameSignature } from './signature.ts';

/** Files up to this many bytes are read on the caller's thread: a detour by another one takes longer than the read. */
export const smallFile = 65_536;
const piece = 262_144;
const nothing = new Uint8Array(0);

/** One reading of a file from beginning to end. */
export interface Content {
  /** Empty unless the bytes were asked for. */
  readonly bytes: Uint8Array;
  readonly digest: string;
  readonly size: number;
  /** The signature before the reading, if it was the same afterwards. */
  readonly steady: FileStatus | undefined;
  /** The signature that stands in for the digest from now on; undefined while it is racy. */
  readonly signature: FileStatus | undefined;
}

/** What a reading may do after it has opened the file and before it looks into it; false ends it. */
type Admit = () => boolean;
/** What is wanted of a file: its bytes with their digest, or the digest alone. */
export type Keep = 'bytes' | 'digest';
/** Yields what is to be filled, and is told how many bytes were. */
type Reading = Generator<Uint8Array, Content, number>;

/**
 * Reads and hashes files. Everything that is said of a file, its bytes, digest and signature, comes from one handle:
 * when the path gets another file meanwhile (an atomic save), the reading is still of one file only.
 */
export class ContentReader {
  readonly #fileSystem: FileSystem;
  readonly #clock: Pick<Clock, 'now' | 'wall'>;
  readonly #maxBytes: number;
  /** Serves all synchronous hashing, of which there is only one at a time. */
  readonly #scratch = new Uint8Array(smallFile + 1);

  constructor(fileSystem: FileSystem, clock: Pick<Clock, 'now' | 'wall'>, maxBytes: number) {
    this.#fileSystem = fileSystem;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** `path` is real, `name` is what messages call it. Undefined: `admit` refused. Throws what the file system does. */
  readSync(path: string, name: string, keep: Keep, admit: Admit): Content | undefined {
    const times = this.#times();
    const file = this.#fileSystem.open(path);
    try {
      if (!admit()) return undefined;
      const reading = this.#read(file, name, keep, times, keep === 'digest' ? this.#scratch : undefined);
      let step = reading.next(0);
      while (step.done !== true) step = reading.next(file.readSync(step.value));
      return step.value;
    } finally {
      file.close();
    }
  }

  /** As `readSync`, with the reads themselves off the caller's thread and the hashing in pieces. */
  async read(path: string, name: string, keep: Keep, admit: Admit): Promise<Content | undefined> {
    const times = this.#times();
    const file = this.#fileSystem.open(path);
    try {
      if (!admit()) return undefined;
      const reading = this.#read(file, name, keep, times);
      let step = reading.next(0);
      while (step.done !== true) step = reading.next(await file.read(step.value));
      return step.value;
    } finally {
      file.close();
    }
  }

  #times() {
    return { wall: this.#clock.wall(), now: this.#clock.now() };
  }

  *#read(
    file: OpenFile,
    name: string,
    keep: Keep,
    start: { readonly wall: number; readonly now: number },
    scratch?: Uint8Array,
  ): Reading {
    const before = file.status();
    if (!isRegularFile(before)) throw notAFile(name);
    this.#bound(Number(before.size), name);

    const whole = keep === 'bytes' || scratch !== undefined;
    let buffer = scratch ?? new Uint8Array(whole ? Number(before.size) : piece);
    let filled = 0;
    let size = 0;
    let hasher: ReturnType<typeof createHash> | undefined;
    for (;;) {
      let into = buffer.subarray(filled, filled + piece);
      // A full buffer proves nothing: the file may have grown, or say a wrong size as those of /proc do.
      if (into.length === 0) into = new Uint8Array(1);
      const count = yield into;
      if (count === 0) break;
      size += count;
      this.#bound(size, name);
      if (filled === buffer.length && whole) {
        buffer = grown(buffer);
        buffer[filled] = into[0] as number;
      }
      if (!whole || buffer.length > smallFile + 1) {
        hasher ??= createHash('sha256').update(buffer.subarray(0, filled));
        hasher.update(into.subarray(0, count));
      }
      filled = whole ? filled + count : 0;
    }

    const after = file.status();
    const steady = sameSignature(before, after) && Number(after.size) === size;
    const settled = steady && isSettled(after, start.wall, this.#clock.now() - start.now);
    const bytes = buffer.subarray(0, filled);
    return {
      bytes: keep === 'bytes' ? (filled < buffer.length ? bytes.slice() : buffer) : nothing,
      digest: hasher?.digest('hex') ?? hash('sha256', bytes, 'hex'),
      size,
      steady: steady ? after : undefined,
      signature: settled ? after : undefined,
    };
  }

  #bound(size: number, name: string): void {
    if (size <= this.#maxBytes) return;
    throw new HoldfastError(
      'E_FILE_TOO_LARGE',
      `The file ${JSON.stringify(name)} has ${size} bytes or more, and maxFileBytes is ${this.#maxBytes}. ` +
        'Raise that option of openWorkspace(), or leave the file out.',
    );
  }
}

function grown(buffer: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(4_096, 2 * buffer.length));
  larger.set(buffer);
  return larger;
}

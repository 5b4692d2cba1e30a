import type { Milliseconds } from '../lib/duration.ts';
import type { FileStatus } from './file-system.ts';

/** Time stamps are coarse (a tick of the kernel; 2 s on FAT), and a file server's clock need not be ours. */
const smallestWindow = 2_000;

export function sameSignature(a: FileStatus, b: FileStatus): boolean {
  return (
    a.ino === b.ino &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.size === b.size &&
    a.mode === b.mode &&
    a.dev === b.dev
  );
}

/**
 * Whether a signature stands in for a digest from now on, after the rule that git calls "racily clean": only if the
 * last change was over for so long when hashing began that another one would have had to get another time stamp.
 * `start` is wall time before the file was opened, `took` how long it took to read. The status before and after a
 * torn read is often the same, so comparing these two alone proves nothing.
 */
export function isSettled(status: FileStatus, start: Milliseconds, took: Milliseconds): boolean {
  const youngest = status.mtimeNs > status.ctimeNs ? status.mtimeNs : status.ctimeNs;
  const age = nanoseconds(Math.floor(start)) - youngest;
  return age > nanoseconds(Math.ceil(Math.max(smallestWindow, 2 * took)));
}

// Time stamps of today are too large for a double to hold their nanoseconds.
function nanoseconds(milliseconds: Milliseconds): bigint {
  return BigInt(milliseconds) * 1_000_000n;
}

/** What is known of a file: the digest that it has while its signature is this one. */
export interface Known {
  readonly signature: FileStatus;
  readonly digest: string;
  /** The day on which it was last asked for, in days since 1970. */
  used: number;
}

export type SignatureListener = (path: string) => void;

/**
 * Digests of real paths, by the signature that their files had. It holds `limit` paths at most and loses those that
 * nobody asked for longest, roughly: what is used moves from the old half to the young one, and when the young half
 * is full it becomes the old one. A lost path costs one hashing.
 */
export class SignatureTable {
  /** The day to note where a line is asked for, in days since 1970. */
  today = 0;
  readonly #half: number;
  readonly #listeners = new Set<SignatureListener>();
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();

  constructor(limit: number) {
    this.#half = Math.floor(limit / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** How many paths it can hold. */
  get capacity(): number {
    return 2 * this.#half;
  }

  /** The digest of the file, unless it may have changed since it was hashed. */
  digest(path: string, status: FileStatus): string | undefined {
    const known = this.#young.get(path) ?? this.#revive(path);
    if (known === undefined || !sameSignature(known.signature, status)) return undefined;
    known.used = this.today;
    return known.digest;
  }

  set(path: string, status: FileStatus, digest: string): void {
    const { dev, ino, mode, size, mtimeNs, ctimeNs } = status;
    this.#old.delete(path);
    this.#insert(path, { signature: { dev, ino, mode, size, mtimeNs, ctimeNs }, digest, used: this.today });
    this.#tell(path);
  }

  delete(path: string): void {
    if (this.#young.delete(path) || this.#old.delete(path)) this.#tell(path);
  }

  /** Forgets everything, which is nothing that was learned about files: no listener is told. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }

  /** What is known of a path, without asking for it. */
  peek(path: string): Known | undefined {
    return this.#young.get(path) ?? this.#old.get(path);
  }

  /** Takes in what another process has learned, if there is room and nothing is known of the path. */
  adopt(path: string, known: Known): void {
    if (this.#young.has(path) || this.#old.has(path)) return;
    if (this.#old.size < this.#half) this.#old.set(path, known);
    else if (this.#young.size < this.#half) this.#young.set(path, known);
  }

  *paths(): Iterable<string> {
    yield* this.#old.keys();
    yield* this.#young.keys();
  }

  /** Tells of every path of which something else is known, or nothing any more, until the returned function is called. */
  listen(listener: SignatureListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(path: string): void {
    for (const listener of this.#listeners) listener(path);
  }

  #revive(path: string): Known | undefined {
    const known = this.#old.get(path);
    if (known === undefined) return undefined;
    this.#old.delete(path);
    this.#insert(path, known);
    return known;
  }

  #insert(path: string, known: Known): void {
    if (this.#half === 0) return;
    if (this.#young.size >= this.#half && !this.#young.has(path)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(path, known);
  }
}

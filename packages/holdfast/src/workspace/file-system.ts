import { isUtf8 } from 'node:buffer';
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  read,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
} from 'node:fs';

/** What `lstat` says of a file, as far as it tells one state of the file from another. Times in ns since 1970. */
export interface FileStatus {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Type and permissions, as in POSIX. */
  readonly mode: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** How many names it has: hard links. Undefined: one. */
  readonly nlink?: bigint;
}

/** A file that is open for reading. Reads go on where the last one ended; 0 bytes mean the end. */
export interface OpenFile {
  status(): FileStatus;
  readSync(into: Uint8Array): number;
  read(into: Uint8Array): Promise<number>;
  close(): void;
}

/** What a directory says of an entry: a link is not followed. */
export interface DirectoryEntry {
  /** With U+FFFD for what is not valid UTF-8: such a name opens nothing, so `readable` is false. */
  readonly name: string;
  readonly readable: boolean;
  readonly type: 'file' | 'directory' | 'link' | 'special';
}

/**
 * The file system as a workspace sees it: a port, so that tests can tear, slow down and fail what it does. Every
 * function throws errors with the `code` of Node's (`ENOENT`, `EACCES`, …).
 *
 * What only touches metadata is synchronous: from the cache of the operating system an `lstat` takes 3–5 µs, and
 * four times that by way of a thread.
 */
export interface FileSystem {
  realpath(path: string): string;
  lstat(path: string): FileStatus;
  readlink(path: string): string;
  /** The entries of a directory, in any order, without `.` and `..`. May follow a link in the last place. */
  readdir(path: string): readonly DirectoryEntry[];
  /** Opens for reading; must not follow a link in the last place, nor wait for the other end of a pipe. */
  open(path: string): OpenFile;
}

/** The file system of the machine. */
export const nodeFileSystem: FileSystem = {
  realpath: (path) => realpathSync.native(path),
  lstat: (path) => lstatSync(path, { bigint: true }),
  readlink: (path) => readlinkSync(path),
  readdir: entriesOf,
  open: (path) => new NodeFile(openSync(path, openFlags)),
};

function entriesOf(path: string): DirectoryEntry[] {
  const entries = readdirSync(path, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes('\uFFFD'))) {
    return entries.map((entry) => ({ name: entry.name, readable: true, type: typeOf(entry) }));
  }
  // A valid name may hold U+FFFD as well: only the bytes tell.
  return readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
    name: entry.name.toString(),
    readable: isUtf8(entry.name),
    type: typeOf(entry),
  }));
}

function typeOf(entry: Dirent<string> | Dirent<NonSharedBuffer>): DirectoryEntry['type'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

// Windows has neither flag; it has no FIFOs in folders, and links there take a privilege to make.
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

class NodeFile implements OpenFile {
  readonly #descriptor: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  status(): FileStatus {
    return fstatSync(this.#descriptor, { bigint: true });
  }

  readSync(into: Uint8Array): number {
    return readSync(this.#descriptor, into);
  }

  read(into: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, into, 0, into.length, null, (error, count) => {
        if (error) reject(error);
        else resolve(count);
      });
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

const typeMask = BigInt(constants.S_IFMT);
const regular = BigInt(constants.S_IFREG);
const link = BigInt(constants.S_IFLNK);
const directory = BigInt(constants.S_IFDIR);

export const isRegularFile = (status: FileStatus): boolean => (status.mode & typeMask) === regular;
export const isLink = (status: FileStatus): boolean => (status.mode & typeMask) === link;
export const isDirectory = (status: FileStatus): boolean => (status.mode & typeMask) === directory;

/** The `code` of a file system's error, or '' for anything else. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** Nothing stands at the path. Whatever else went wrong (EACCES, EIO, EMFILE, ELOOP, …) says nothing about that. */
export function saysAbsent(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** The process may not look there, which is nothing that passes by itself. */
export function saysForbidden(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}

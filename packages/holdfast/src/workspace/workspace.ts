import path from 'node:path';
import { parseSize, type Size } from '../lib/bytes.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { absent, type FileDependency, type LeafDependency } from '../model/dependency.ts';
import type { Verdict } from '../model/trace.ts';
import type { DependencySource, FileReading } from '../trace/source.ts';
import { Checking, type Sight } from './checking.ts';
import { Confinement, type Folders } from './confinement.ts';
import { ContentReader } from './content.ts';
import { type FileSystem, isDirectory, nodeFileSystem } from './file-system.ts';
import { Gate, SharedHashing } from './hashing.ts';
import { normalizePath } from './path.ts';
import { Sightings } from './sighting.ts';
import { SignatureTable } from './signature.ts';
import { Turns } from './turns.ts';

export interface WorkspaceOptions {
  /** The largest file that is read or hashed, in bytes or as `'64MiB'` (the default). Larger: E_FILE_UNREADABLE. */
  readonly maxFileBytes?: Size;
  /** For how many files a digest is remembered; some 0.3 KB each. Default 200,000; fewer than 2 remembers none. */
  readonly maxSignatures?: number;
  /** How many files above 64 KiB are read at the same time; smaller ones are read one by one. Default 16. */
  readonly concurrentReads?: number;
  /** For tests. Default: the machine's. `wall` must be the clock that the file system's time stamps come from. */
  readonly clock?: Pick<Clock, 'now' | 'wall'>;
  /** For tests. Default: the machine's. */
  readonly fileSystem?: FileSystem;
}

/**
 * The files below one folder, as dependencies. Its memory of digests saves hashing and nothing else: whatever is
 * lost of it changes no answer.
 */
export interface Workspace extends DependencySource {
  /** The real path of the root. */
  readonly root: string;
  /** Resolves when no file is open any more. Later reads reject with E_CLOSED, later checks are `unknown`. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a folder as a workspace. Paths given to it are relative to `root`, or absolute below it; a path whose real
 * path is outside is refused with E_OUTSIDE_ROOT.
 *
 * Rejects with E_WORKSPACE_ROOT when `root` is not a folder that can be looked at; E_OPTION or E_SIZE for bad options.
 */
export async function openWorkspace(root: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw new HoldfastError(
      'E_WORKSPACE_ROOT',
      `The root of a workspace must be the path of a folder, not ${JSON.stringify(root) ?? typeof root}.`,
    );
  }
  const settings = parse(options);
  const given = path.resolve(root);
  return new FileWorkspace(realRoot(root, given, settings.fileSystem), given, settings);
}

type Settings = ReturnType<typeof parse>;

function parse(options: WorkspaceOptions) {
  return {
    maxFileBytes: parseSize(options.maxFileBytes ?? '64MiB', 'maxFileBytes'),
    maxSignatures: count('maxSignatures', options.maxSignatures ?? 200_000, 0),
    concurrentReads: count('concurrentReads', options.concurrentReads ?? 16, 1),
    clock: options.clock ?? new SystemClock(),
    fileSystem: options.fileSystem ?? nodeFileSystem,
  };
}

function count(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new HoldfastError(
    'E_OPTION',
    `${name} must be a whole number of ${least} or more, not ${String(value)}.`,
  );
}

function realRoot(root: string, given: string, fileSystem: FileSystem): string {
  const shown = JSON.stringify(root);
  let folder: boolean;
  let real: string;
  try {
    real = fileSystem.realpath(given);
    folder = isDirectory(fileSystem.lstat(real));
  } catch (cause) {
    const problem = `The root of the workspace, ${shown}, does not exist or cannot be looked at`;
    throw new HoldfastError('E_WORKSPACE_ROOT', `${problem}. Give openWorkspace() an existing folder.`, {
      cause,
    });
  }
  if (folder) return real;
  throw new HoldfastError(
    'E_WORKSPACE_ROOT',
    `The root of the workspace, ${shown}, is not a folder. Give openWorkspace() the folder that the file is in.`,
  );
}

class FileWorkspace implements Workspace {
  readonly root: string;
  readonly #roots: readonly string[];
  readonly #table: SignatureTable;
  readonly #sightings: Sightings;
  readonly #gate: Gate;
  readonly #hashing: SharedHashing<Sight>;
  readonly #turns = new Turns();
  readonly #checking: Checking;
  readonly #folders: Folders = new Map();
  readonly #active = new Set<Promise<unknown>>();
  #closed = false;

  constructor(root: string, given: string, settings: Settings) {
    const { fileSystem, clock } = settings;
    this.root = root;
    this.#roots = given === root ? [root] : [root, given];
    this.#table = new SignatureTable(settings.maxSignatures);
    this.#gate = new Gate(settings.concurrentReads);
    this.#hashing = new SharedHashing(this.#gate);
    const confinement = new Confinement(root, path.sep, fileSystem);
    const reader = new ContentReader(fileSystem, clock, settings.maxFileBytes);
    this.#sightings = new Sightings(confinement, reader, this.#table, this.#turns);
    this.#checking = new Checking(
      (name) => this.#look(name),
      this.#turns,
      () => this.#folders.clear(),
    );
  }

  normalize(name: string): string {
    return normalizePath(name, this.#roots, path);
  }

  async read(name: string): Promise<FileReading> {
    if (this.#closed) throw closed();
    return this.#track(this.#read(this.normalize(name)));
  }

  check(dependencies: readonly LeafDependency[]): Promise<Verdict> {
    return this.#checking.check(dependencies);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#table.clear();
    while (this.#active.size > 0) await Promise.allSettled(this.#active);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(name: string): Promise<FileReading> {
    if (!this.#turns.take(4)) await new Promise<void>((resolve) => this.#turns.wait(4, resolve));
    try {
      let sighting = this.#sightings.now(name, 'bytes', new Map());
      if ('large' in sighting) sighting = await this.#gate.run(() => this.#sightings.later(name, 'bytes'));
      const dependency: FileDependency = {
        type: 'file',
        path: name,
        digest: sighting.found ? sighting.digest : absent,
      };
      if (!sighting.found) return { found: false, dependency, cause: sighting.cause };
      return { found: true, bytes: sighting.bytes, dependency };
    } catch (error) {
      throw refusal(name, error);
    }
  }

  #look(name: string): Sight | Promise<Sight> {
    if (this.#closed) return { cause: closed() };
    try {
      const sighting = this.#sightings.now(name, 'digest', this.#folders);
      if (!('large' in sighting)) return { digest: sighting.found ? sighting.digest : absent };
    } catch (error) {
      return blocked(name, error);
    }
    return this.#hashing.join(name, () => this.#track(this.#hash(name)));
  }

  async #hash(name: string): Promise<Sight> {
    try {
      const sighting = await this.#sightings.later(name, 'digest');
      return { digest: sighting.found ? sighting.digest : absent };
    } catch (error) {
      return blocked(name, error);
    }
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(nothing, nothing);
    this.#active.add(settled);
    void settled.then(() => this.#active.delete(settled));
    return work;
  }
}

function nothing(): void {}

function closed(): HoldfastError {
  return new HoldfastError('E_CLOSED', 'The workspace is closed. Open another one with openWorkspace().');
}

/** What stands there now is certainly not the content of a file; anything else that went wrong tells nothing. */
function blocked(name: string, error: unknown): Sight {
  const cause = refusal(name, error);
  return cause.code === 'E_NOT_A_FILE' ? { digest: 'not a file' } : { cause };
}

function refusal(name: string, cause: unknown): HoldfastError {
  if (HoldfastError.isInstance(cause)) return cause;
  return new HoldfastError(
    'E_FILE_UNREADABLE',
    `${JSON.stringify(name)} cannot be read, which does not say that it is gone: see the cause. ` +
      'Allow this process to read it, or leave it out.',
    { cause },
  );
}

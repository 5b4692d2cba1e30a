import type { WorkspaceEvent } from '../events/event.ts';
import type { HoldfastError } from '../lib/errors.ts';
import type {
  DirectoryDependency,
  ExistsDependency,
  FileDependency,
  GlobDependency,
  GlobOptions,
  SourceDependency,
} from '../model/dependency.ts';
import type { Verdict } from '../model/trace.ts';
import type { Lent, Remembrance } from './shelf.ts';

/** What looking at something came to. Whatever it was, it is a dependency: it may be different the next time. */
export type Reading<T, D extends SourceDependency> =
  | { readonly state: 'found'; readonly value: T; readonly dependency: D }
  /** The absence is a dependency too: the file may appear. `cause` is the file system's own error. */
  | { readonly state: 'absent'; readonly dependency: D; readonly cause: unknown }
  /** Something stands there that cannot be had: `error` says why. The digest is one of the words of `model/dependency`. */
  | { readonly state: 'refused'; readonly dependency: D; readonly error: HoldfastError };

/**
 * Where leaf dependencies come from: a port, implemented by `workspace/` for files. Paths in and out of it are relative
 * to its root, with `/`; those that come in are first made so by `normalize`.
 *
 * The reading methods reject only with what is wrong with the question (E_PATH, E_OUTSIDE_ROOT by the path's text,
 * E_GLOB) or E_CLOSED.
 */
export interface DependencySource {
  /** The path as dependencies hold it. @throws E_PATH, E_OUTSIDE_ROOT */
  normalize(path: string): string;
  /** A whole file. The digest is that of exactly the bytes handed over. */
  read(path: string): Promise<Reading<Uint8Array, FileDependency>>;
  /** The digest of a file, without its bytes. */
  hash(path: string): Promise<Reading<undefined, FileDependency>>;
  /** Whether anything stands at a path, links followed. */
  exists(path: string): Promise<Reading<boolean, ExistsDependency>>;
  /** The paths of everything in a directory, sorted. */
  list(path: string): Promise<Reading<readonly string[], DirectoryDependency>>;
  /** The paths of the files that a pattern finds, sorted. Never `absent`: nothing found is an empty list. */
  glob(pattern: string, options: GlobOptions): Promise<Reading<readonly string[], GlobDependency>>;
  /**
   * Whether the dependencies still hold, stopping at the first that does not. Every look at the file system begins
   * after this call. Never rejects: what cannot be looked at is `unknown`.
   */
  check(dependencies: readonly SourceDependency[]): Promise<Verdict>;
  /**
   * Lends the source a shelf, for as long as a cache uses both. What it keeps there may be gone or damaged at any time,
   * which costs work and changes no answer. Undefined, or no such method: it keeps nothing.
   */
  remember?(lent: Lent): Remembrance | undefined;
  /** What it knows without a look; undefined: it does not watch. */
  readonly watch?: Watch | undefined;
}

/** What a source that watches knows without a look: as much as the machine tells it, as soon as that arrives. */
export interface Watch {
  /**
   * Grows whenever anything that is watched may have changed: what was proven at this revision is proven still. Negative:
   * nothing is known at the moment, and only a check tells.
   */
  readonly revision: number;
  /**
   * Whether all of these are watched and as these dependencies say: by what was seen of them since something was last heard
   * of them, or because a check found them so that began at `since`, a revision that was read before it, when they had been
   * watched already. No I/O. False says nothing but that a check is needed.
   */
  holds(dependencies: readonly SourceDependency[], since: number): boolean;
  /** Tells that `revision` is another one, within the very turn that it was noticed in. */
  onRevision(listener: () => void): () => void;
  /** Tells of changes that have settled, of its states and of its troubles. */
  subscribe(listener: (event: WorkspaceEvent) => void): () => void;
}

import type { Key } from './key.ts';

declare const digest: unique symbol;
/** The SHA-256 of a content in hex, or a unique text for a content that has none. Equal digests: equal contents. */
export type Digest = string & { readonly [digest]?: never };

/** In place of a digest: nothing stood there. */
export const absent = 'absent' satisfies Digest;
/** In place of a digest, where only that was asked: something stood there. */
export const present = 'present' satisfies Digest;
/** In place of a digest: what stood there was something else than what was asked for (a directory for a file). */
export const mismatched = 'not that kind' satisfies Digest;
/** In place of a digest: a file larger than the workspace reads. */
export const tooLarge = 'too large' satisfies Digest;
/**
 * In place of a digest: nothing could be learned (EACCES, EIO, a link that leads out). Equal to nothing, not to itself
 * either: a value made from it is not kept, and a remembered failure ends when it can be learned.
 */
export const unreadable = 'unreadable' satisfies Digest;

/** The content of a file, by its path relative to the workspace's root, with `/`. */
export interface FileDependency {
  readonly type: 'file';
  readonly path: string;
  readonly digest: Digest;
}

/** Whether anything stands at a path: `present` or `absent`. */
export interface ExistsDependency {
  readonly type: 'exists';
  readonly path: string;
  readonly digest: Digest;
}

/** The names in a directory: the digest of the sorted list. */
export interface DirectoryDependency {
  readonly type: 'dir';
  readonly path: string;
  readonly digest: Digest;
}

/** Which files a pattern finds: the digest of the sorted list. */
export interface GlobDependency {
  readonly type: 'glob';
  readonly pattern: string;
  readonly options: GlobOptions;
  /** The ignore files below the root that had a say, by their paths. */
  readonly ignoreFiles: readonly string[];
  readonly digest: Digest;
}

/** How a pattern is searched for. */
export interface GlobOptions {
  /** Whether `*` and `**` match names that begin with a dot. Default false. */
  readonly dot?: boolean;
  /** More ignore rules, in the language of `.gitignore`; they are stronger than those of the files. Default none. */
  readonly ignore?: readonly string[];
  /**
   * What becomes of a symbolic link to a file. `'follow'` (the default): it is found, if it leads to a regular file and
   * nowhere out of the root. `'leave out'`: it is not. Links to directories are never followed.
   */
  readonly links?: 'follow' | 'leave out';
  /**
   * What becomes of a directory that may not be looked into (EACCES, EPERM). `'refuse'` (the default): the search fails.
   * `'leave out'`: what is in it is left out, until it may be looked into.
   */
  readonly unreadable?: 'refuse' | 'leave out';
}

/** A variable of the process's environment. */
export interface EnvironmentDependency {
  readonly type: 'env';
  readonly name: string;
  readonly digest: Digest;
}

/** Another cached value, by the digest of the value that was used. */
export interface KeyDependency {
  readonly type: 'key';
  readonly key: Key;
  readonly digest: Digest;
}

/** What a `DependencySource` looks at: files and folders. */
export type SourceDependency = FileDependency | ExistsDependency | DirectoryDependency | GlobDependency;

/** What can be checked without running a generator. */
export type LeafDependency = SourceDependency | EnvironmentDependency;

export type Dependency = LeafDependency | KeyDependency;

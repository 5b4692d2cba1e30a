import type { Key } from './key.ts';

declare const digest: unique symbol;
/** The SHA-256 of a content in hex, or a unique text for a content that has none. Equal digests: equal contents. */
export type Digest = string & { readonly [digest]?: never };

/** In place of a file's digest: there was no such file. */
export const absent = 'absent' satisfies Digest;

/** The content of a file, by its path relative to the workspace's root, with `/`. */
export interface FileDependency {
  readonly type: 'file';
  readonly path: string;
  readonly digest: Digest | typeof absent;
}

/** Another cached value, by the digest of the value that was used. */
export interface KeyDependency {
  readonly type: 'key';
  readonly key: Key;
  readonly digest: Digest;
}

/** What can be checked without running a generator. */
export type LeafDependency = FileDependency;

export type Dependency = LeafDependency | KeyDependency;

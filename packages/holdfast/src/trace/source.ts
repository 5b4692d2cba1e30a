import type { FileDependency, LeafDependency } from '../model/dependency.ts';
import type { Verdict } from '../model/trace.ts';

/** One file as a generator got it. */
export type FileReading =
  | { readonly found: true; readonly bytes: Uint8Array; readonly dependency: FileDependency }
  /** The absence is a dependency too: the file may appear. `cause` is the file system's own error. */
  | { readonly found: false; readonly dependency: FileDependency; readonly cause: unknown };

/**
 * Where leaf dependencies come from: a port, implemented by `workspace/` for files.
 */
export interface DependencySource {
  /** The path as dependencies hold it: relative to the root, with `/`. Throws E_PATH or E_OUTSIDE_ROOT. */
  normalize(path: string): string;
  /**
   * Reads a whole file. The digest is that of exactly the bytes handed over.
   * Rejects with E_PATH, E_OUTSIDE_ROOT, E_NOT_A_FILE, or E_FILE_UNREADABLE (with the cause) for anything but absence.
   */
  read(path: string): Promise<FileReading>;
  /**
   * Whether the dependencies still hold, stopping at the first that does not. Every look at the file system begins
   * after this call. Never rejects: what cannot be looked at is `unknown`.
   */
  check(dependencies: readonly LeafDependency[]): Promise<Verdict>;
}

/**
 * How a machine tells of changes below directories: a port. What it tells are hints, in the order in which they happened
 * as far as the machine keeps it; none of them is believed without a look.
 *
 * All directories are real, absolute paths.
 */
export interface WatchPlatform {
  /** In `status()`, for people: `linux`. */
  readonly name: string;
  /**
   * Starts watching, with nothing armed. `report` is called from the event loop, never within a call of the session's.
   * A platform that cannot start reports `died`.
   */
  open(report: (report: WatchReport) => void): WatchSession;
}

/**
 * One life of a platform's watching: it ends by `close`, or when it reports `died`. None of the functions throws. What
 * they ask for is done one after the other.
 */
export interface WatchSession {
  /**
   * Watches these directories, each answered by `armed` or `refused`; one that is armed already is armed anew. What
   * happened in it before the answer may not be told.
   */
  arm(directories: readonly string[]): void;
  /**
   * Watches these files, answered like directories. For files with other names (hard links) in directories that are
   * not armed: what is written through such a name is told of only here, as a hint for the path that was armed. It
   * is the file that is watched, not the path: when the directory's hints tell that the path was given to another
   * file, arm it anew. A name that is given to a file after it was looked at is not told of: its change time tells.
   */
  armFiles(files: readonly string[]): void;
  disarm(paths: readonly string[]): void;
  /**
   * Answered by `synced`, after everything that happened before this call was reported; or by `unsynced`. A watch
   * that was asked for before is answered before.
   */
  sync(id: number): void;
  /** Resolves when no thread, handle or file of it is left. Nothing is reported any more from the call on. */
  close(): Promise<void>;
}

/** A name in a directory that something happened to. Each is told once in a batch. */
export interface Hint {
  readonly directory: string;
  /** Undefined: any of them, or the directory's own permissions. */
  readonly name: string | undefined;
  /** Whether names may have come or gone, rather than only the content or the permissions of what the name stands for. */
  readonly structural: boolean;
}

export type WatchReport =
  | { readonly type: 'touched'; readonly hints: readonly Hint[] }
  | { readonly type: 'armed'; readonly directories: readonly string[] }
  /** `exhausted`: the machine has no watches or handles left. `unsupported`: the file system tells of nothing. */
  | {
      readonly type: 'refused';
      readonly directory: string;
      readonly reason: 'absent' | 'forbidden' | 'exhausted' | 'unsupported' | 'failed';
      readonly code: string;
    }
  /** A directory (or a file) is not watched any more: it was moved or deleted, or its watch failed. */
  | { readonly type: 'lost'; readonly directory: string; readonly code: string | undefined }
  /** Hints may have been lost, of any directory. */
  | { readonly type: 'overflow'; readonly events: number }
  | { readonly type: 'synced'; readonly id: number }
  /** `missed`: the platform should have told and did not. `unwritable`: it cannot tell here. */
  | { readonly type: 'unsynced'; readonly id: number; readonly reason: 'missed' | 'unwritable' }
  /** Something that could not be understood, and was left out. */
  | { readonly type: 'warning'; readonly directory: string; readonly message: string }
  /** An error that the platform survived. */
  | { readonly type: 'error'; readonly error: Error }
  | { readonly type: 'died'; readonly error: Error };

import path from 'node:path';
import { parseSize, type Size } from '../lib/bytes.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { type FileSystem, isDirectory, nodeFileSystem } from './file-system.ts';
import { loopScheduler, type Scheduler } from './turns.ts';
import type { WatchPlatform } from './watch/platform.ts';

export interface WorkspaceOptions {
  /** The largest file that is read or hashed, in bytes or as `'64MiB'` (the default). Larger: E_FILE_TOO_LARGE. */
  readonly maxFileBytes?: Size;
  /**
   * For how many files a digest is remembered, in memory (some 0.4 KB each) and in the store of a cache that has one.
   * Default 200,000; fewer than 2 remembers none.
   */
  readonly maxSignatures?: number;
  /** How many files above 64 KiB are read at the same time; smaller ones are read one by one. Default 16. */
  readonly concurrentReads?: number;
  /** How many names in directories one search may come upon. Default 250,000, at least 1. More: E_GLOB_TOO_LARGE. */
  readonly maxGlobEntries?: number;
  /**
   * Directories outside of the root that symbolic links in it may lead into, absolute or relative to the root. Default
   * none: a link that leads out is refused with E_OUTSIDE_ROOT. Each must exist (E_OPTION); its real path at the opening
   * counts, and a link on it that is retargeted later leads nowhere new.
   */
  readonly allowLinksTo?: readonly string[];
  /**
   * Hash every file at every check, and warn (`process.emitWarning`, code W_SIGNATURE) where its time stamps would have
   * hidden a change. For tests and for file systems that are under suspicion; it makes checks as slow as reading. Default:
   * whether the environment variable HOLDFAST_PARANOID is `1`.
   */
  readonly paranoid?: boolean;
  /**
   * Whether what is read is watched, so that reads in `watched` freshness need no look, changes are told, and kinds with
   * `refresh: 'on-change'` are brought up to date. Default true: a thread watches each directory that something was read
   * in, where the machine's events are known to be reliable (Linux, local file systems), and everything else is polled.
   * `'poll'`: nothing is watched, everything is polled. `false`: neither.
   */
  readonly watch?: boolean | 'poll';
  /** For how many files, directories and patterns that was read last. Default 200,000; some 0.4 KB each. */
  readonly maxWatched?: number;
  /** For tests. What tells of changes; default: the machine's, and nothing beside a `fileSystem` of one's own. */
  readonly watchPlatform?: WatchPlatform;
  /** For tests. Default: the machine's. `wall` must be the clock that the file system's time stamps come from. */
  readonly clock?: Pick<Clock, 'now' | 'wall'> & Partial<Pick<Clock, 'setTimeout'>>;
  /** For tests. Default: the machine's. */
  readonly fileSystem?: FileSystem;
  /** For tests. Default: `setImmediate`. */
  readonly scheduler?: Scheduler;
}

export type Settings = ReturnType<typeof parseOptions>;

/** @throws E_OPTION, E_SIZE */
export function parseOptions(options: WorkspaceOptions) {
  const alone = options.fileSystem !== undefined && options.watchPlatform === undefined;
  const { watch = !alone } = options;
  if (watch !== true && watch !== false && watch !== 'poll') {
    throw new HoldfastError('E_OPTION', `watch must be true, false or 'poll', not ${String(watch)}.`);
  }
  return {
    watch,
    maxWatched: count('maxWatched', options.maxWatched ?? 200_000, 2),
    watchPlatform: options.watchPlatform,
    maxFileBytes: parseSize(options.maxFileBytes ?? '64MiB', 'maxFileBytes'),
    maxSignatures: count('maxSignatures', options.maxSignatures ?? 200_000, 0),
    concurrentReads: count('concurrentReads', options.concurrentReads ?? 16, 1),
    maxGlobEntries: count('maxGlobEntries', options.maxGlobEntries ?? 250_000, 1),
    allowLinksTo: options.allowLinksTo ?? [],
    paranoid: options.paranoid ?? process.env.HOLDFAST_PARANOID === '1',
    clock: options.clock ?? new SystemClock(),
    timing: hasTimers(options.clock) ? options.clock : new SystemClock(),
    fileSystem: options.fileSystem ?? nodeFileSystem,
    scheduler: options.scheduler ?? loopScheduler,
  };
}

function hasTimers(clock: WorkspaceOptions['clock']): clock is Clock {
  return clock?.setTimeout !== undefined;
}

function count(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new HoldfastError(
    'E_OPTION',
    `${name} must be a whole number of ${least} or more, not ${String(value)}.`,
  );
}

/** The real path of the folder to be opened. @throws E_WORKSPACE_ROOT */
export function realRoot(root: string, fileSystem: FileSystem): string {
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw new HoldfastError(
      'E_WORKSPACE_ROOT',
      `The root of a workspace must be the path of a folder, not ${JSON.stringify(root) ?? typeof root}.`,
    );
  }
  const shown = JSON.stringify(root);
  const { real, folder, cause } = realFolder(path.resolve(root), fileSystem);
  if (real === undefined) {
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

/** The real paths of the directories that links may lead to. @throws E_OPTION */
export function realTargets(directories: readonly string[], root: string, fileSystem: FileSystem): string[] {
  if (!Array.isArray(directories)) throw badTarget(directories, 'must be an array of directories');
  return directories.map((directory: unknown) => {
    if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
      throw badTarget(directory, 'must hold paths of directories');
    }
    const { real, folder, cause } = realFolder(path.resolve(root, directory), fileSystem);
    if (real !== undefined && folder) return real;
    throw badTarget(directory, 'must hold directories that exist', cause);
  });
}

function badTarget(value: unknown, what: string, cause?: unknown): HoldfastError {
  const shown = JSON.stringify(value) ?? typeof value;
  return new HoldfastError('E_OPTION', `allowLinksTo ${what}, not ${shown}.`, { cause });
}

function realFolder(given: string, fileSystem: FileSystem) {
  try {
    const real = fileSystem.realpath(given);
    return { real, folder: isDirectory(fileSystem.lstat(real)), cause: undefined };
  } catch (cause) {
    return { real: undefined, folder: false, cause };
  }
}

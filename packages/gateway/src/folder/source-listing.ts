import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GlobReading, GlobSkips, Workspace } from 'holdfast/workspace';
import { sourceGlob, sourcePaths } from './source-glob.ts';

/** One thing that could not be listed. Nothing else is lost by it. */
export interface SourceWarning {
  /** Relative to the root, with `/`; `.` is the root. */
  readonly path: string;
  /** The system's error code (`EACCES`, `EIO`, …), or `INVALID_NAME` for a name that is not UTF-8. */
  readonly code: string;
  /** What follows from it, in one sentence. */
  readonly message: string;
}

/** The source files of a folder, and what was left out without having been asked for. */
export interface SourceListing {
  /** Relative to the root, with `/`, sorted by code unit. */
  readonly files: readonly string[];
  /** Sorted by path. */
  readonly warnings: readonly SourceWarning[];
  readonly tooLarge: number;
  readonly links: number;
  readonly special: number;
}

/** Files with more bytes are left out. */
export const maxSourceBytes = 1_048_576;
const examinedAtOnce = 64;

/** The folder to be listed is gone, or cannot be read. `cause` is the library's error. */
export class FolderRootError extends Error {
  override readonly name = 'FolderRootError';
  readonly code = 'E_FOLDER_ROOT';
}

/**
 * Lists the source files of a workspace: those that `sourceGlob` finds and `sourcePaths` leaves in, up to 1 MiB. A file
 * may still turn out binary: ask `sourceText` when reading it.
 *
 * A symbolic link is left out: what one in the root leads to is listed under its own path, or left out for its own
 * reason. A folder that may not be read is a warning, and the rest is listed. Rejects with FolderRootError when that is
 * the root, with the library's error (E_FILE_UNREADABLE, E_GLOB_TOO_LARGE, E_CLOSED) when the search failed, with the
 * signal's reason when aborted.
 *
 * @param isKnown of these was seen before that they belong to it, and nothing was heard of them since: they are not examined
 */
export async function listSources(
  workspace: Pick<Workspace, 'root' | 'glob'>,
  signal: AbortSignal,
  isKnown: (path: string) => boolean = () => false,
): Promise<SourceListing> {
  signal.throwIfAborted();
  const { pattern, options } = sourceGlob;
  const reading = await orAborted(workspace.glob(pattern, options), signal);
  if (reading.state === 'refused') throw failure(reading);
  const examination = new Examination(workspace.root, reading.skipped);
  const paths = sourcePaths(reading.value);
  const files: string[] = [];
  for (let at = 0; at < paths.length; at += examinedAtOnce) {
    signal.throwIfAborted();
    const some = paths.slice(at, at + examinedAtOnce);
    const good = await Promise.all(some.map((path) => isKnown(path) || examination.isGood(path)));
    files.push(...some.filter((_, index) => good[index]));
  }
  return { files, ...examination.leftOut() };
}

/** Whether a file that was listed is still one, and not too large now: what ignore files say of it is not asked. */
export async function isSource(root: string, path: string): Promise<boolean> {
  const status = await lstat(join(root, path)).catch(() => undefined);
  return status?.isFile() === true && status.size <= maxSourceBytes;
}

function failure({ error }: Extract<GlobReading, { state: 'refused' }>): Error {
  if (error.code !== 'E_WORKSPACE_ROOT') return error;
  return new FolderRootError('The folder to list cannot be read: give the path of a readable folder.', {
    cause: error,
  });
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Looks at each file, without following it. */
class Examination {
  readonly #root: string;
  readonly #warnings: SourceWarning[];
  readonly #special: number;
  readonly #links: number;
  #tooLarge = 0;

  constructor(root: string, { links, special, unnameable, unreadable }: GlobSkips) {
    this.#root = root;
    this.#links = links;
    this.#special = special;
    this.#warnings = unnameable.map((path) => ({
      path,
      code: 'INVALID_NAME',
      message: 'A name here is not valid UTF-8: the file is left out.',
    }));
    for (const { path, cause } of unreadable) this.#warnings.push(warning(path, cause, lossOf(path)));
  }

  async isGood(path: string): Promise<boolean> {
    try {
      const status = await lstat(join(this.#root, path));
      // It was a file when it was found, and may be something else by now.
      if (!status.isFile()) return false;
      const tooLarge = status.size > maxSourceBytes;
      if (tooLarge) this.#tooLarge += 1;
      return !tooLarge;
    } catch (error) {
      const left = warning(path, error, 'The file could not be examined: it is left out.');
      if (left.code !== 'ENOENT' && left.code !== 'ENOTDIR') this.#warnings.push(left);
      return false;
    }
  }

  leftOut(): Omit<SourceListing, 'files'> {
    return {
      warnings: this.#warnings.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
      tooLarge: this.#tooLarge,
      links: this.#links,
      special: this.#special,
    };
  }
}

function lossOf(path: string): string {
  return /(?:^|\/)(?:\.gitignore|\.git|exclude)$/.test(path)
    ? 'It could not be read: its rules do not apply.'
    : 'The folder could not be read: its files are missing.';
}

function warning(path: string, cause: unknown, message: string): SourceWarning {
  const code = (cause as { code?: unknown } | null)?.code;
  return { path, code: typeof code === 'string' ? code : 'UNKNOWN', message };
}

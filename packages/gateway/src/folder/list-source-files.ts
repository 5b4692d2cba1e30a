import { setImmediate } from 'node:timers/promises';
import type { FolderListing, FolderOptions, FolderSkips, FolderWarning } from './folder-listing.ts';
import { errorCode, type FolderEntry, type FolderReader, nodeFolderReader } from './folder-reader.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { enclosingRules, excludeText } from './repository.ts';
import {
  CACHE_MARK,
  CACHE_SIGNATURE,
  ENVIRONMENT_MARK,
  isNeverSourceFolder,
  isOutputFolder,
  isSourceName,
} from './source-names.ts';

/** A folder to be read, and the rules that hold in it before its own. */
interface Pending {
  /** Root-relative, with a slash at its end; empty for the root. */
  path: string;
  rules: IgnoreRules;
}

const DEFAULT_MAXIMUM_BYTES = 1_048_576;
const FOLDERS_AT_ONCE = 8;
const ENTRIES_AT_ONCE = 256;
const MAXIMUM_IGNORE_BYTES = 1_048_576;

/** The root of a listing is not a folder, or cannot be read. `cause` is the system's error. */
export class FolderRootError extends Error {
  override readonly name = 'FolderRootError';
  readonly code = 'E_FOLDER_ROOT';
}

/**
 * The source files of a folder: what git would not ignore (`.gitignore` at every level, `.git/info/exclude`, and
 * the rules of a repository around the root), without folders and files that by their names are never source.
 * See `FolderSkips` for what is left out. A file may still turn out binary: ask `sourceText` when reading it.
 *
 * Symbolic links are not followed. What a link in the root leads to is listed under its own path or left out for
 * its own reason, so following it could only list a file twice, run in circles, or leave the root. The root
 * itself may be a link.
 *
 * A folder that cannot be read is a warning, and the rest is listed. Rejects with FolderRootError when that is
 * the root, with a RangeError for a bad option, with the signal's reason when aborted.
 */
export async function listSourceFiles(
  root: string,
  options: FolderOptions = {},
  reader: FolderReader = nodeFolderReader,
): Promise<FolderListing> {
  const maximumBytes = options.maximumBytes ?? DEFAULT_MAXIMUM_BYTES;
  if (!(maximumBytes >= 0))
    throw new RangeError(`maximumBytes must be a number of at least 0, not ${maximumBytes}`);
  const walk = new FolderWalk(await openRoot(root, reader), maximumBytes, options, reader);
  return walk.run();
}

async function openRoot(root: string, reader: FolderReader): Promise<string> {
  try {
    const real = await reader.realPath(root);
    await reader.entries(real);
    return real;
  } catch (error) {
    const what = errorCode(error) === 'ENOTDIR' ? 'is not a folder' : `cannot be read (${errorCode(error)})`;
    throw new FolderRootError(`The folder to list ${what}: give the path of a readable folder.`, {
      cause: error,
    });
  }
}

class FolderWalk {
  readonly #root: string;
  readonly #maximumBytes: number;
  readonly #options: FolderOptions;
  readonly #reader: FolderReader;
  readonly #skipFolders: ReadonlySet<string>;
  readonly #pending: Pending[] = [];
  readonly #files: string[] = [];
  readonly #warnings: FolderWarning[] = [];
  readonly #skipped: FolderSkips = {
    ignored: 0,
    folders: 0,
    notSource: 0,
    tooLarge: 0,
    links: 0,
    special: 0,
  };
  #folders = 0;
  /** Path from the ignore rules' top to the root. */
  #base = '';

  constructor(root: string, maximumBytes: number, options: FolderOptions, reader: FolderReader) {
    this.#root = root.replace(/[/\\]+$/, '');
    this.#maximumBytes = maximumBytes;
    this.#options = options;
    this.#reader = reader;
    this.#skipFolders = new Set(options.skipFolders ?? []);
  }

  async run(): Promise<FolderListing> {
    this.#pending.push({ path: '', rules: await this.#outerRules() });
    while (this.#pending.length > 0) {
      this.#options.signal?.throwIfAborted();
      await Promise.all(this.#pending.splice(-FOLDERS_AT_ONCE).map((folder) => this.#folder(folder)));
    }
    this.#warnings.sort((one, other) => compare(one.path, other.path) || compare(one.code, other.code));
    return { files: this.#files.sort(compare), warnings: this.#warnings, skipped: this.#skipped };
  }

  async #outerRules(): Promise<IgnoreRules> {
    try {
      const { rules, base } = await enclosingRules(this.#root, this.#reader);
      this.#base = base;
      return rules;
    } catch (error) {
      this.#warn('', error, 'The ignore files above the folder could not be read: their rules do not apply.');
      return IgnoreRules.none();
    }
  }

  async #folder({ path, rules: outer }: Pending): Promise<void> {
    let entries: FolderEntry[];
    try {
      entries = await this.#reader.entries(this.#absolute(path));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT')
        this.#warn(path, error, 'The folder could not be read: its files are missing.');
      return;
    }
    if (path !== '' && (await this.#isCache(path, entries))) {
      this.#skipped.folders += 1;
      return;
    }
    const rules = await this.#rulesOf(path, entries, outer);
    for (let at = 0; at < entries.length; at += ENTRIES_AT_ONCE) {
      if (at > 0) await setImmediate();
      const some = entries.slice(at, at + ENTRIES_AT_ONCE);
      await Promise.all(some.map((entry) => this.#entry(path, entry, rules)));
    }
    this.#folders += 1;
    this.#options.onProgress?.({ folders: this.#folders, files: this.#files.length });
  }

  async #rulesOf(path: string, entries: FolderEntry[], outer: IgnoreRules): Promise<IgnoreRules> {
    const depth = (this.#base + path).split('/').length - 1;
    let rules = outer;
    if (entries.some(({ name }) => name === '.git')) {
      try {
        const text = await excludeText(this.#absolute(path), this.#reader);
        if (text !== undefined) rules = rules.withExclude(depth, text);
      } catch (error) {
        this.#warn(`${path}.git/info/exclude`, error, 'It could not be read: its rules do not apply.');
      }
    }
    // git does not follow a link here either.
    if (entries.some(({ name, type }) => name === '.gitignore' && type === 'file')) {
      const file = `${path}.gitignore`;
      try {
        const tooLarge = (await this.#reader.size(this.#absolute(file))) > MAXIMUM_IGNORE_BYTES;
        if (tooLarge) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
        rules = rules.withGitignore(depth, await this.#reader.text(this.#absolute(file)));
      } catch (error) {
        this.#warn(file, error, 'It could not be read: its rules do not apply.');
      }
    }
    return rules;
  }

  async #isCache(path: string, entries: FolderEntry[]): Promise<boolean> {
    if (entries.some(({ name }) => name === ENVIRONMENT_MARK)) return true;
    if (!entries.some(({ name, type }) => name === CACHE_MARK && type === 'file')) return false;
    const text = await this.#reader.text(this.#absolute(`${path}${CACHE_MARK}`)).catch(() => '');
    return text.startsWith(CACHE_SIGNATURE);
  }

  async #entry(folder: string, { name, type }: FolderEntry, rules: IgnoreRules): Promise<void> {
    const path = folder + name;
    if (type === 'link') this.#skipped.links += 1;
    else if (type === 'special') this.#skipped.special += 1;
    else if (type === 'folder') {
      const output = rules.isEmpty && isOutputFolder(name);
      if (isNeverSourceFolder(name) || this.#skipFolders.has(name) || output) this.#skipped.folders += 1;
      else if (rules.ignores(this.#base + path, true)) this.#skipped.ignored += 1;
      else this.#pending.push({ path: `${path}/`, rules });
    } else if (name === '.git') this.#skipped.notSource += 1;
    else if (rules.ignores(this.#base + path, false)) this.#skipped.ignored += 1;
    else if (!isSourceName(name)) this.#skipped.notSource += 1;
    else await this.#file(path);
  }

  async #file(path: string): Promise<void> {
    try {
      const size = await this.#reader.size(this.#absolute(path));
      if (size > this.#maximumBytes) this.#skipped.tooLarge += 1;
      else this.#files.push(path);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'ENOENT' && path.includes('\uFFFD')) {
        const message = 'A name here is not valid UTF-8: the file is left out.';
        this.#warnings.push({ path, code: 'INVALID_NAME', message });
      } else if (code !== 'ENOENT')
        this.#warn(path, error, 'The file could not be examined: it is left out.');
    }
  }

  #absolute(path: string): string {
    return `${this.#root}/${path}`;
  }

  #warn(path: string, error: unknown, message: string): void {
    this.#warnings.push({ path: path.replace(/\/$/, '') || '.', code: errorCode(error), message });
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

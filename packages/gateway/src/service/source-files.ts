import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { counted } from '../counted.ts';
import { type FolderSkips, listSourceFiles } from '../folder/index.ts';

const maxWarnings = 100;

/** The source files of a folder as of the last look, and what is to be said of them. */
export class SourceFiles {
  readonly #root: string;
  readonly #onWarning: (warning: string) => void;
  #paths: ReadonlySet<string> = new Set();
  #warnings: readonly string[] = [];
  #leftOut: readonly string[] = [];
  #folderGone = false;

  /** @param onWarning told of each warning that was not there before */
  constructor(root: string, onWarning: (warning: string) => void) {
    this.#root = root;
    this.#onWarning = onWarning;
  }

  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  get warnings(): readonly string[] {
    return [...this.#leftOut, ...this.#warnings];
  }

  /** At the last look. */
  get folderGone(): boolean {
    return this.#folderGone;
  }

  /** Asks the file system now, without a look. */
  folderIsThere(): Promise<boolean> {
    // A slash at the end: what is not a folder is not there.
    return access(`${this.#root}/`, constants.R_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
  }

  /** What a reader may miss: kinds of entries that were left out, and how many. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /**
   * Lists the folder. Rejects with FolderRootError, or with the signal's reason.
   * @returns the paths that were there at the last look, and are not any more
   */
  async look(signal: AbortSignal): Promise<readonly string[]> {
    const { files, warnings, skipped } = await this.#list(signal);
    this.#folderGone = false;
    const before = this.#paths;
    this.#paths = new Set(files);
    this.#leftOut = describeSkips(skipped);
    this.#setWarnings(warnings.map(({ path, code, message }) => `${path}: ${message} (${code})`));
    return [...before].filter((path) => !this.#paths.has(path));
  }

  /** Adds warnings, which stand until the next look. */
  warn(warnings: readonly string[]): void {
    if (warnings.length > 0) this.#setWarnings([...this.#warnings, ...warnings]);
  }

  async #list(signal: AbortSignal) {
    try {
      return await listSourceFiles(this.#root, { signal });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'E_FOLDER_ROOT') {
        this.#folderGone = true;
        this.#setWarnings(['the folder is gone or cannot be read: what is shown of it is from before']);
      }
      throw error;
    }
  }

  #setWarnings(warnings: readonly string[]): void {
    const known = new Set(this.#warnings);
    this.#warnings = warnings.slice(0, maxWarnings);
    for (const warning of this.#warnings) if (!known.has(warning)) this.#onWarning(warning);
  }
}

/** Only what is left out without having been asked for: ignore files and names that are no source need no word. */
function describeSkips({ tooLarge, links, special }: FolderSkips): string[] {
  return [
    ...(tooLarge > 0 ? [`${counted(tooLarge, 'file')} over 1 MiB left out`] : []),
    ...(links > 0 ? [`${counted(links, 'symbolic link')} not followed`] : []),
    ...(special > 0
      ? [`${counted(special, 'pipe, socket or device', 'pipes, sockets or devices')} left out`]
      : []),
  ];
}

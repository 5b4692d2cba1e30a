import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { Workspace } from 'holdfast/workspace';
import { counted } from '../counted.ts';
import { isSource, listSources, type SourceListing } from '../folder/index.ts';

const maxWarnings = 100;

/** The source files of a folder as of the last look, and what is to be said of them. */
export class SourceFiles {
  readonly #workspace: Workspace;
  readonly #onWarning: (warning: string) => void;
  #paths: ReadonlySet<string> = new Set();
  #warnings: readonly string[] = [];
  #leftOut: readonly string[] = [];
  #folderGone = false;

  /** @param onWarning told of each warning that was not there before */
  constructor(workspace: Workspace, onWarning: (warning: string) => void) {
    this.#workspace = workspace;
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
    return access(`${this.#workspace.root}/`, constants.R_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
  }

  /** What a reader may miss: kinds of entries that were left out, and how many. */
  get leftOut(): readonly string[] {
    return this.#leftOut;
  }

  /**
   * Lists the folder. Rejects as `listSources` does; what was listed before then stands.
   *
   * @param heard the files that were heard of since the last look, if all were: others are not examined again
   * @returns the paths that were there at the last look, and are not any more
   */
  async look(signal: AbortSignal, heard?: ReadonlySet<string>): Promise<readonly string[]> {
    const before = this.#paths;
    const isKnown = (path: string) => heard !== undefined && before.has(path) && !heard.has(path);
    const listing = await this.#list(signal, isKnown);
    this.#folderGone = false;
    this.#paths = new Set(listing.files);
    this.#leftOut = describeSkips(listing);
    this.#setWarnings(listing.warnings.map(({ path, code, message }) => `${path}: ${message} (${code})`));
    return [...before].filter((path) => !this.#paths.has(path));
  }

  /** Whether these, which are listed, would be again by what they are now: for `look`, ignore files may say otherwise. */
  async areStillSources(paths: Iterable<string>): Promise<boolean> {
    const { root } = this.#workspace;
    const still = await Promise.all([...paths].map((path) => isSource(root, path)));
    return still.every(Boolean);
  }

  /** Adds warnings, which stand until the next look. */
  warn(warnings: readonly string[]): void {
    if (warnings.length > 0) this.#setWarnings([...this.#warnings, ...warnings]);
  }

  async #list(signal: AbortSignal, isKnown: (path: string) => boolean): Promise<SourceListing> {
    try {
      return await listSources(this.#workspace, signal, isKnown);
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code;
      if (code === 'E_FOLDER_ROOT') {
        this.#folderGone = true;
        this.#setWarnings(['the folder is gone or cannot be read: what is shown of it is from before']);
      } else if (typeof code === 'string' && code !== 'E_CLOSED') {
        this.#setWarnings([`the folder could not be listed: what is shown of it is from before (${code})`]);
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
function describeSkips({ tooLarge, links, special }: SourceListing): string[] {
  return [
    ...(tooLarge > 0 ? [`${counted(tooLarge, 'file')} over 1 MiB left out`] : []),
    ...(links > 0 ? [`${counted(links, 'symbolic link')} not followed`] : []),
    ...(special > 0
      ? [`${counted(special, 'pipe, socket or device', 'pipes, sockets or devices')} left out`]
      : []),
  ];
}

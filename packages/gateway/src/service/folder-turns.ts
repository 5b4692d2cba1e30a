import { performance } from 'node:perf_hooks';
import type { RefreshAnswer } from '../api/index.ts';
import { codeOf } from '../error-code.ts';
import type { Edits } from './edits.ts';
import type { FolderListener } from './folder-events.ts';
import type { FolderUpkeep } from './folder-upkeep.ts';
import type { FolderChanges } from './heard-changes.ts';
import type { SourceFiles } from './source-files.ts';

export interface FolderTurnsParts {
  readonly upkeep: FolderUpkeep;
  readonly files: SourceFiles;
  readonly edits: Edits;
  /** Whether edits are heard of within milliseconds. */
  readonly isLive: () => boolean;
  readonly tell: FolderListener;
  /** Ends whatever is under way. */
  readonly signal: AbortSignal;
}

/**
 * The turns of all who bring a folder up to date, one at a time: who asks for a look, who has heard of an edit, who was the
 * first to see one. What an edit came to is told at the end of the turn, whole.
 */
export class FolderTurns {
  readonly #parts: FolderTurnsParts;
  #last: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<RefreshAnswer> | undefined;
  #nextTelling: Promise<void> | undefined;

  constructor(parts: FolderTurnsParts) {
    this.#parts = parts;
  }

  /** Ends when all turns that were taken so far have. Never rejects. */
  get ended(): Promise<unknown> {
    return this.#last;
  }

  take<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** A call during a look is answered by the next one, which begins after it. */
  look(): Promise<RefreshAnswer> {
    const { edits, files, tell } = this.#parts;
    this.#nextLook ??= this.take(async () => {
      this.#nextLook = undefined;
      const start = performance.now();
      await this.#bringUp();
      const seconds = (performance.now() - start) / 1_000;
      const answer = { ...edits.sinceLook(files.paths), seconds };
      tell('refresh', answer);
      return answer;
    });
    return this.#nextLook;
  }

  /** An edit was heard of. Never rejects. */
  async follow(changes: FolderChanges): Promise<void> {
    await this.take(() => this.#follow(changes)).catch((error: unknown) =>
      this.#blame('an edit could not be followed up', error),
    );
  }

  /** Whether the folder is gone; what is shown is put right where that is news. Never rejects. */
  async seekFolder(): Promise<boolean> {
    const { files, signal, tell } = this.#parts;
    const isThere = await files.folderIsThere();
    if (isThere !== files.folderGone || signal.aborted) return !isThere;
    const looking = this.take(async () => {
      await this.#bringUp();
      tell('back', { files: files.paths.size });
    });
    await looking.catch((error: unknown) => this.#blame('the folder could not be looked at', error));
    return files.folderGone;
  }

  /**
   * Something was made because somebody asked for it: what that edit comes to in all is found out, and told.
   *
   * @param paths what was asked for
   */
  tellEdit(...paths: readonly string[]): void {
    const { edits, isLive } = this.#parts;
    if (!edits.untold) return;
    this.#nextTelling ??= this.take(async () => {
      this.#nextTelling = undefined;
      if (!edits.untold) return;
      if (isLive()) await this.#follow({ paths: new Set(paths), listing: false });
      else await this.#bringUp();
    }).catch((error: unknown) => this.#blame('what an edit cost could not be found out', error));
  }

  async #bringUp(): Promise<void> {
    await this.#parts.upkeep.bringUp();
    this.#tellUntold();
  }

  async #follow(changes: FolderChanges): Promise<void> {
    await this.#parts.upkeep.follow(changes);
    this.#tellUntold();
  }

  #tellUntold(): void {
    const { edits, files, tell } = this.#parts;
    if (edits.untold) tell('edit', edits.tell(files.paths));
  }

  /** Of a folder that is gone there is a warning already. */
  #blame(what: string, error: unknown): void {
    const { signal, tell } = this.#parts;
    if (signal.aborted || codeOf(error) === 'E_FOLDER_ROOT') return;
    tell('warning', `${what} (${codeOf(error)})`);
  }
}

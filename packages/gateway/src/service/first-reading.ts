import { performance } from 'node:perf_hooks';
import type { Edits } from './edits.ts';
import type { FolderListener } from './folder-events.ts';
import type { FolderStore } from './folder-store.ts';
import type { FolderTurns } from './folder-turns.ts';
import type { FolderUpkeep } from './folder-upkeep.ts';
import { fromOwnPlace } from './outlining.ts';
import type { ShownOutlines } from './shown-outlines.ts';
import type { SourceFiles } from './source-files.ts';

export interface FirstReadingParts {
  readonly turns: FolderTurns;
  readonly upkeep: FolderUpkeep;
  readonly files: SourceFiles;
  readonly shown: ShownOutlines;
  readonly edits: Edits;
  readonly store: FolderStore;
  readonly tell: FolderListener;
}

/** The first time that everything of a folder is read, and how long it took from the start of the service. */
export class FirstReading {
  readonly #parts: FirstReadingParts;
  readonly #startedAt = performance.now();
  #seconds: number | undefined;

  constructor(parts: FirstReadingParts) {
    this.#parts = parts;
  }

  /** From the start until everything was outlined; undefined before. */
  get seconds(): number | undefined {
    return this.#seconds;
  }

  get isDone(): boolean {
    return this.#seconds !== undefined;
  }

  get secondsSinceStart(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }

  /** In its turn. Rejects with FolderRootError, or when the service is closed meanwhile. */
  read(): Promise<void> {
    const { turns, upkeep, files, shown, edits, store, tell } = this.#parts;
    return turns.take(async () => {
      const paths = [...(await upkeep.list())];
      tell('progress', { outlined: 0, files: paths.length });
      let outlined = 0;
      const ordered = store.isThere ? fromOwnPlace(paths, process.pid) : paths;
      await upkeep.readAll(ordered, (stored) => {
        outlined += 1;
        if (stored) store.countStored(1);
        tell('progress', { outlined, files: paths.length });
      });
      edits.note((account) => account.clear());
      await store.settled();
      const seconds = this.secondsSinceStart;
      this.#seconds = seconds;
      tell('ready', {
        files: paths.length,
        seconds,
        stored: store.stored,
        estimatedTokens: shown.estimatedTokens,
        leftOut: files.leftOut,
      });
      await store.tidy();
    });
  }
}

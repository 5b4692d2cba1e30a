import { codeOf } from '../error-code.ts';
import type { ContextCache } from './context-cache.ts';
import type { Edits } from './edits.ts';
import type { FolderChanges } from './heard-changes.ts';
import { outlineAll, withoutOutline } from './outlining.ts';
import type { ShownOutlines } from './shown-outlines.ts';
import type { SourceFiles } from './source-files.ts';

/** Brings what is made of the folder up to date with its files, and makes nothing that still holds. */
export class FolderUpkeep {
  readonly #context: ContextCache;
  readonly #files: SourceFiles;
  readonly #shown: ShownOutlines;
  readonly #edits: Edits;
  readonly #signal: AbortSignal;

  /** @param signal ends whatever is under way */
  constructor(
    context: ContextCache,
    files: SourceFiles,
    shown: ShownOutlines,
    edits: Edits,
    signal: AbortSignal,
  ) {
    this.#context = context;
    this.#files = files;
    this.#shown = shown;
    this.#edits = edits;
    this.#signal = signal;
  }

  /** The source files as they are now; what has come and gone is noted. Rejects with FolderRootError. @param heard as in `look` */
  async list(heard?: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const before = this.#files.paths;
    const removed = await this.#files.look(this.#signal, heard);
    const { paths } = this.#files;
    for (const path of paths) if (!before.has(path)) this.#edits.note((account) => account.added(path));
    for (const path of removed) {
      this.#edits.note((account) => account.removed(path));
      this.#shown.forget(path);
      this.#context.forgetFailure(path);
    }
    return paths;
  }

  /**
   * Everything for the first time. Rejects when aborted.
   * @param done called after each file, with whether its outline was stored
   */
  async readAll(paths: readonly string[], done: (stored: boolean) => void): Promise<void> {
    const failures = await outlineAll(this.#context, paths, this.#signal, (path, outcome) => {
      this.show(path);
      done(outcome === 'stored');
    });
    this.#files.warn(failures);
    await this.#bringUpIndex();
    this.#context.learnIndex();
  }

  /** Lists the folder, and makes again what does not hold. Rejects with FolderRootError, and when aborted. */
  async bringUp(): Promise<void> {
    const files = [...(await this.list())];
    if (!(await this.#isCurrent(files))) {
      const stale = await withoutOutline(this.#context, files, this.#signal);
      this.#files.warn(await outlineAll(this.#context, stale, this.#signal, () => undefined));
      await this.#bringUpIndex();
    }
    for (const path of files) this.show(path);
  }

  /**
   * Makes again what does not hold after these changes, and looks at nothing that they are not about: not at the index either,
   * where the symbols are those that are in it. Rejects as `bringUp` does.
   */
  async follow({ paths, listing }: FolderChanges): Promise<void> {
    const before = this.#files.paths;
    // What is not listed may be by now, and what is may not: one that is too large becomes small enough, and one outgrows that.
    const isListed = !listing && [...paths].every((path) => before.has(path));
    const isSame = isListed && (await this.#files.areStillSources(paths));
    const files = isSame ? before : await this.list(paths);
    const concerned = [...files].filter(
      (path) => paths.has(path) || !before.has(path) || !this.#shown.has(path),
    );
    const stale = await withoutOutline(this.#context, concerned, this.#signal);
    this.#files.warn(await outlineAll(this.#context, stale, this.#signal, () => undefined));
    for (const path of concerned) this.show(path);
    if (!(isSame && (await this.#context.indexHas(concerned)))) await this.#bringUpIndex();
  }

  /** Lets the line of a file tell of the outline that is kept of it. */
  show(path: string): void {
    this.#shown.kept(this.#context.keptOutline(path));
  }

  /** The index is made from every outline, so if it holds, they do. */
  async #isCurrent(files: readonly string[]): Promise<boolean> {
    if (this.#context.failing.length > 0) return false;
    if ((await this.#context.explainIndex()).state !== 'fresh') return false;
    return files.every((path) => this.#shown.has(path) || this.#context.keptOutline(path) !== undefined);
  }

  async #bringUpIndex(): Promise<void> {
    try {
      if ((await this.#context.explainIndex()).state === 'fresh') return;
      await this.#context.symbolIndex();
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#files.warn([`the symbol index could not be made (${codeOf(error)})`]);
    }
  }
}

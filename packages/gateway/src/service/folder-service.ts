import { performance } from 'node:perf_hooks';
import { HoldfastError } from 'holdfast';
import { openWorkspace, type Workspace } from 'holdfast/workspace';
import type {
  InvalidateAnswer,
  LastEdit,
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  StatsAnswer,
  SymbolAnswer,
  WhyAnswer,
} from '../api.ts';
import type { Outline } from '../outline/index.ts';
import { ContextCache } from './context-cache.ts';
import { EditAccount } from './edit-account.ts';
import { editSentence } from './edit-sentence.ts';
import type { FolderEvents, FolderListener } from './folder-events.ts';
import { withoutLinks } from './linked-places.ts';
import { outlineKind } from './outline-definition.ts';
import { OutlineLines } from './outline-lines.ts';
import { codeOf, outlineAll, withoutOutline } from './outlining.ts';
import { SourceFiles } from './source-files.ts';
import { findSymbols } from './symbol-index.ts';
import { UnlistedFileError } from './unlisted-file-error.ts';
import { whyEntries } from './why.ts';

/** The source files of a folder, each with an outline that is true of it now, and the index of their symbols. */
export class FolderService {
  readonly workspace: Workspace;
  readonly #context: ContextCache;
  readonly #files: SourceFiles;
  readonly #lines = new OutlineLines();
  readonly #listeners = new Set<FolderListener>();
  readonly #ending = new AbortController();
  readonly #startedAt = performance.now();
  /** What listeners have not been told yet, and what the next answer of `refresh` tells. */
  readonly #untold = new EditAccount();
  readonly #sinceLook = new EditAccount();
  readonly #accounts = [this.#untold, this.#sinceLook];
  #readySeconds: number | undefined;
  #lastEdit: LastEdit | undefined;
  /** Ends when all reading and looking that was asked for has. */
  #turns: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<RefreshAnswer> | undefined;
  #nextTelling: Promise<void> | undefined;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.#files = new SourceFiles(workspace, (warning) => this.#tell('warning', warning));
    this.#context = new ContextCache(workspace, {
      outlineMade: (outline, seconds) => this.#made(outline, seconds),
      outlineRestored: (outline) => this.#restored(outline),
      index: (how) => {
        for (const account of this.#accounts) account.symbolIndex(how);
      },
    });
  }

  /** @throws HoldfastError E_WORKSPACE_ROOT */
  static async open(folder: string): Promise<FolderService> {
    return new FolderService(await openWorkspace(folder));
  }

  listen(listener: FolderListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Lists the folder, outlines every file of it and makes the index of all symbols. Rejects with FolderRootError, or when
   * it is closed meanwhile.
   */
  read(): Promise<void> {
    return this.#inTurn(async () => {
      const files = [...(await this.#list())];
      this.#tell('progress', { outlined: 0, files: files.length });
      let outlined = 0;
      const failures = await outlineAll(this.#context, files, this.#ending.signal, () => {
        outlined += 1;
        this.#tell('progress', { outlined, files: files.length });
      });
      this.#files.warn(failures);
      await this.#bringUpIndex();
      for (const account of this.#accounts) account.clear();
      this.#readySeconds = (performance.now() - this.#startedAt) / 1_000;
      this.#tell('ready', {
        files: files.length,
        seconds: this.#readySeconds,
        estimatedTokens: this.#lines.estimatedTokens,
        leftOut: this.#files.leftOut,
      });
    });
  }

  /** What a status says of the folder. */
  state() {
    return {
      state: this.#readySeconds === undefined ? ('reading' as const) : ('ready' as const),
      files: this.#files.paths.size,
      outlined: this.#lines.size,
      generated: this.#lines.generations,
      ...(this.#readySeconds !== undefined && { readySeconds: this.#readySeconds }),
      folderGone: this.#files.folderGone,
      warnings: this.#files.warnings,
      ...(this.#lastEdit !== undefined && { lastEdit: this.#lastEdit }),
      uptimeSeconds: (performance.now() - this.#startedAt) / 1_000,
    };
  }

  /** Whether the folder is read, and is there at this moment. */
  async readiness(): Promise<'reading' | 'ready' | 'folder gone'> {
    if (!(await this.#files.folderIsThere())) return 'folder gone';
    return this.state().state;
  }

  stats(): StatsAnswer {
    return this.#context.cache.stats();
  }

  outlines(): OutlineLine[] {
    return this.#lines.list();
  }

  /**
   * The outline of a source file as it is now. Rejects with E_PATH, E_OUTSIDE_ROOT, E_NOT_LISTED (an
   * `UnlistedFileError`) for what is no source file of the folder, E_FILE_ABSENT, E_FILE_UNREADABLE.
   */
  async outline(path: string): Promise<OutlineAnswer> {
    const { value, outcome, age, stale } = await this.#context.outline.resolve(await this.#listed(path));
    this.#tellEdit();
    return { outline: value, outcome, ageMs: age, stale };
  }

  /** Where a symbol is defined, by the files as they are now. Waits until the folder is read. */
  async symbol(name: string, limit: number): Promise<SymbolAnswer> {
    if (this.#readySeconds === undefined) await this.#turns;
    await Promise.allSettled(this.#context.failing.map((path) => this.#context.outline(path)));
    const { value: index, outcome } = await this.#context.symbolIndex();
    this.#tellEdit();
    const { matches, total } = findSymbols(index, name, limit);
    const shown = await withoutLinks(this.workspace.root, matches, this.#files.paths);
    return {
      name,
      matches: shown,
      total: total - (matches.length - shown.length),
      symbols: index.symbols.length,
      files: index.files,
      leftOut: index.leftOut,
      outcome,
    };
  }

  /** Why the outline of a source file, and what was made from it, is as it is. Generates nothing; rejects as `outline`. */
  async why(path: string): Promise<WhyAnswer> {
    const name = await this.#listed(path);
    return { path: name, entries: await whyEntries(this.#context, this.#context.outline.key(name)) };
  }

  /**
   * Lists the folder again, checks everything that is kept of it and makes those outlines again whose file has changed,
   * then the index if its symbols have. One look at a time: a call during one is answered by the next, which begins after
   * it. Checking is no call of the cache, so that looking adds no hits to the ledger.
   */
  refresh(): Promise<RefreshAnswer> {
    this.#nextLook ??= this.#inTurn(async () => {
      this.#nextLook = undefined;
      const seconds = await this.#bringUp();
      const answer = this.#sinceLook.take(this.#files.paths, seconds);
      this.#tell('refresh', answer);
      return answer;
    });
    return this.#nextLook;
  }

  async invalidate(what: { readonly path: string } | { readonly kind: string }): Promise<InvalidateAnswer> {
    if ('path' in what) {
      const path = this.workspace.normalize(what.path);
      for (const account of this.#accounts) account.invalidated(path);
      return this.#context.outline.invalidate(path);
    }
    if (what.kind === outlineKind) {
      for (const account of this.#accounts) for (const path of this.#files.paths) account.invalidated(path);
    }
    return this.#context.cache.invalidate({ kind: what.kind });
  }

  async close(): Promise<void> {
    this.#ending.abort(new HoldfastError('E_CLOSED', 'the service is closed'));
    this.#listeners.clear();
    await this.#context.cache.close({ timeout: '1s' });
    await this.workspace.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turns.then(work);
    this.#turns = result.catch(() => undefined);
    return result;
  }

  /** @returns the seconds that it took */
  async #bringUp(): Promise<number> {
    const start = performance.now();
    const files = [...(await this.#list())];
    if (!(await this.#isCurrent(files))) {
      const { signal } = this.#ending;
      const stale = await withoutOutline(this.#context, files, signal);
      this.#files.warn(await outlineAll(this.#context, stale, signal, () => undefined));
      await this.#bringUpIndex();
    }
    for (const path of files) if (!this.#lines.has(path)) this.#restored(this.#context.keptOutline(path));
    const seconds = (performance.now() - start) / 1_000;
    if (!this.#untold.isEmpty) {
      const cost = this.#untold.take(this.#files.paths, seconds);
      this.#lastEdit = { at: Date.now(), sentence: editSentence(cost) };
      this.#tell('edit', { ...this.#lastEdit, cost });
    }
    return seconds;
  }

  /** The index is made from every outline, so if it holds, they do. */
  async #isCurrent(files: readonly string[]): Promise<boolean> {
    if (this.#context.failing.length > 0) return false;
    if ((await this.#context.explainIndex()).state !== 'fresh') return false;
    return files.every((path) => this.#lines.has(path) || this.#context.keptOutline(path) !== undefined);
  }

  async #bringUpIndex(): Promise<void> {
    try {
      if ((await this.#context.explainIndex()).state === 'fresh') return;
      await this.#context.symbolIndex();
    } catch (error) {
      this.#ending.signal.throwIfAborted();
      this.#files.warn([`the symbol index could not be made (${codeOf(error)})`]);
    }
  }

  /** Something was made because somebody asked for it: what that edit comes to in all is found out, and told. */
  #tellEdit(): void {
    if (this.#untold.isEmpty) return;
    this.#nextTelling ??= this.#inTurn(async () => {
      this.#nextTelling = undefined;
      if (!this.#untold.isEmpty) await this.#bringUp();
    }).catch((error: unknown) => {
      if (!this.#ending.signal.aborted && codeOf(error) !== 'E_FOLDER_ROOT')
        this.#tell('warning', `what an edit cost could not be found out (${codeOf(error)})`);
    });
  }

  /** Its normalized path. Only what the ignore files leave in is shown; another look finds a file that is new. */
  async #listed(path: string): Promise<string> {
    const name = this.workspace.normalize(path);
    if (this.#files.paths.has(name) || (await this.#list()).has(name)) return name;
    throw new UnlistedFileError(name);
  }

  async #list(): Promise<ReadonlySet<string>> {
    const before = this.#files.paths;
    const removed = await this.#files.look(this.#ending.signal);
    const { paths } = this.#files;
    for (const account of this.#accounts) {
      for (const path of removed) account.removed(path);
      for (const path of paths) if (!before.has(path)) account.added(path);
    }
    for (const path of removed) {
      this.#lines.forget(path);
      this.#context.forgetFailure(path);
    }
    return paths;
  }

  #made(outline: Outline, seconds: number): void {
    this.#lines.generated(outline.path);
    for (const account of this.#accounts) account.made(outline.path);
    if (this.#files.paths.has(outline.path)) this.#tell('outline', { ...this.#lines.show(outline), seconds });
  }

  #restored(outline: Outline | undefined): void {
    if (outline === undefined || !this.#files.paths.has(outline.path)) return;
    for (const account of this.#accounts) account.restored(outline.path);
    this.#tell('outline', { ...this.#lines.show(outline), seconds: 0, restored: true });
  }

  #tell<N extends keyof FolderEvents>(name: N, data: FolderEvents[N]): void {
    for (const listener of this.#listeners) listener(name, data);
  }
}

import { HoldfastError } from 'holdfast';
import { openWorkspace, type Workspace, type WorkspaceOptions } from 'holdfast/workspace';
import type {
  InvalidateAnswer,
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  StatsAnswer,
  StoreAnswer,
  SummaryAnswer,
  SymbolAnswer,
  WhyAnswer,
} from '../api/index.ts';
import type { Outline } from '../outline/index.ts';
import { inMemory, type OpenedStore } from '../store/index.ts';
import { GeminiSummaries } from '../summary/index.ts';
import { ContextCache, type ContextListener } from './context-cache.ts';
import { Edits } from './edits.ts';
import { FirstReading } from './first-reading.ts';
import type { FolderListener } from './folder-events.ts';
import { FolderStore } from './folder-store.ts';
import { FolderTurns } from './folder-turns.ts';
import { FolderUpkeep } from './folder-upkeep.ts';
import { FolderWatch } from './folder-watch.ts';
import { outlineKind } from './outline-definition.ts';
import { ShownOutlines } from './shown-outlines.ts';
import { SourceFiles } from './source-files.ts';
import { Summaries } from './summaries.ts';
import { symbolAnswer } from './symbol-answer.ts';
import { UnlistedFileError } from './unlisted-file-error.ts';
import { whyEntries } from './why.ts';

/** The source files of a folder, each with an outline that is true of it now, and the index of their symbols. */
export class FolderService {
  readonly workspace: Workspace;
  readonly #context: ContextCache;
  readonly #files: SourceFiles;
  readonly #store: FolderStore;
  readonly #shown: ShownOutlines;
  readonly #upkeep: FolderUpkeep;
  readonly #turns: FolderTurns;
  readonly #watch: FolderWatch;
  readonly #summaries: Summaries;
  readonly #reading: FirstReading;
  readonly #listeners = new Set<FolderListener>();
  readonly #tell: FolderListener = (name, data) => {
    for (const listener of this.#listeners) listener(name, data);
  };
  readonly #ending = new AbortController();
  readonly #edits = new Edits();

  /**
   * @param opened where what is made outlives the process; closed with the service
   * @param gemini who summarises; closed with the service. Without a key unless said
   */
  constructor(workspace: Workspace, opened: OpenedStore = inMemory, gemini = new GeminiSummaries()) {
    this.workspace = workspace;
    const warn = (warning: string) => this.#tell('warning', warning);
    this.#files = new SourceFiles(workspace, warn);
    this.#shown = new ShownOutlines(this.#files, this.#edits, (outline) => this.#tell('outline', outline));
    const listener: ContextListener = {
      outlineMade: (outline, seconds) => this.#shown.made(outline, seconds),
      outlineRestored: (outline) => this.#shown.restored(outline),
      index: (how) => this.#edits.note((account) => account.symbolIndex(how)),
      spent: (seconds) => this.#edits.note((account) => account.spent(seconds)),
    };
    this.#context = new ContextCache(workspace, listener, opened.store);
    this.#summaries = new Summaries(this.#context, gemini);
    this.#upkeep = new FolderUpkeep(
      this.#context,
      this.#files,
      this.#shown,
      this.#edits,
      this.#ending.signal,
    );
    this.#turns = new FolderTurns({
      upkeep: this.#upkeep,
      files: this.#files,
      edits: this.#edits,
      isLive: () => this.#watch.isLive,
      tell: this.#tell,
      signal: this.#ending.signal,
    });
    this.#watch = new FolderWatch(workspace, this.#context, {
      moved: () => this.#tell('watching', this.#watch.status(this.#shown.size)),
      changed: (changes) => this.#turns.follow(changes),
      presence: () => this.#turns.seekFolder(),
      warn,
    });
    this.#store = new FolderStore(opened, this.#context, warn);
    this.#reading = new FirstReading({
      turns: this.#turns,
      upkeep: this.#upkeep,
      files: this.#files,
      shown: this.#shown,
      edits: this.#edits,
      store: this.#store,
      tell: this.#tell,
    });
  }

  /**
   * @param watch as the option of a workspace; false for somebody who asks once
   * @throws HoldfastError E_WORKSPACE_ROOT; the store is then closed
   */
  static async open(
    folder: string,
    opened: OpenedStore = inMemory,
    watch: WorkspaceOptions['watch'] = true,
    gemini?: GeminiSummaries,
  ): Promise<FolderService> {
    try {
      return new FolderService(await openWorkspace(folder, { watch }), opened, gemini);
    } catch (error) {
      await opened.store?.close();
      throw error;
    }
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
    return this.#reading.read();
  }

  /** What is amiss with the store. */
  get storeWarnings(): readonly string[] {
    return this.#store.warnings;
  }

  /** What a status says of the folder. */
  state() {
    const store = this.#store.line();
    const { seconds: readySeconds, secondsSinceStart: uptimeSeconds } = this.#reading;
    return {
      state: this.#reading.isDone ? ('ready' as const) : ('reading' as const),
      files: this.#files.paths.size,
      outlined: this.#shown.size,
      generated: this.#shown.generations,
      ...(readySeconds !== undefined && { readySeconds }),
      folderGone: this.#files.folderGone,
      warnings: [...this.storeWarnings, ...this.#files.warnings],
      watching: this.#watch.status(this.#shown.size),
      ...(store !== undefined && { store }),
      ...(this.#edits.last !== undefined && { lastEdit: this.#edits.last }),
      summary: this.#summaries.offer,
      uptimeSeconds,
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

  /** With the kind `exchange`, for a proxy: its answers stand in the same store and ledger. Closed with the service. */
  get cache(): ContextCache['cache'] {
    return this.#context.cache;
  }

  /** What the store holds, and the ledger over all runs; undefined where everything is kept in memory only. */
  stored(): Promise<StoreAnswer | undefined> {
    return this.#store.answer();
  }

  outlines(): OutlineLine[] {
    return this.#shown.list();
  }

  /**
   * The outline of a source file as it is now. Rejects with E_PATH, E_OUTSIDE_ROOT, E_NOT_LISTED (an
   * `UnlistedFileError`) for what is no source file of the folder, E_FILE_ABSENT, E_FILE_UNREADABLE.
   */
  async outline(path: string): Promise<OutlineAnswer> {
    const name = await this.#listed(path);
    const { value, outcome, age, stale } = await this.#context.checkedOutline(name);
    if (this.#reading.isDone) this.#upkeep.show(name);
    this.#turns.tellEdit(name);
    return { outline: value, outcome, ageMs: age, stale };
  }

  /**
   * The outline that is kept of a file, if it holds: without a look at the folder, and nothing is made. Rejects with E_PATH,
   * E_OUTSIDE_ROOT.
   */
  async keptOutline(path: string): Promise<Outline | undefined> {
    const name = this.workspace.normalize(path);
    const { state } = await this.#context.outline.explain(name);
    return state === 'fresh' ? this.#context.keptOutline(name) : undefined;
  }

  /**
   * A source file in a paragraph: by Gemini, or its outline in words. Rejects as `outline`.
   *
   * @param make whether Gemini may be asked, which costs money; if not, the answer is what is kept
   */
  async summary(path: string, make = true): Promise<SummaryAnswer> {
    const name = await this.#listed(path);
    const answer = await (make ? this.#summaries.summary(name) : this.#summaries.kept(name));
    // Who asks once about one file wants no others.
    if (this.#reading.isDone) this.#turns.tellEdit(name);
    return answer;
  }

  /** Where a symbol is defined, by the files as they are now. Waits until the folder is read. */
  async symbol(name: string, limit: number): Promise<SymbolAnswer> {
    if (!this.#reading.isDone) await this.#turns.ended;
    await this.#watch.caughtUp();
    await Promise.allSettled(this.#context.failing.map((path) => this.#context.outline(path)));
    const index = await this.#context.symbolIndex();
    this.#turns.tellEdit();
    return symbolAnswer(index, name, limit);
  }

  /** The same for somebody who asks once: the folder is only read if the stored index does not hold. */
  async symbolOnce(name: string, limit: number): Promise<SymbolAnswer> {
    const { state, dependencies } = await this.#context.explainIndex();
    if (state !== 'fresh') await this.read();
    else this.#store.countStored(dependencies.filter(({ type }) => type === 'key').length);
    return this.symbol(name, limit);
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
    return this.#turns.look();
  }

  async invalidate(what: { readonly path: string } | { readonly kind: string }): Promise<InvalidateAnswer> {
    if ('path' in what) {
      const path = this.workspace.normalize(what.path);
      this.#edits.note((account) => account.invalidated(path));
      return this.#context.outline.invalidate(path);
    }
    if (what.kind === outlineKind) {
      for (const path of this.#files.paths) this.#edits.note((account) => account.invalidated(path));
    }
    return this.#context.cache.invalidate({ kind: what.kind, allScopes: true });
  }

  async close(): Promise<void> {
    this.#ending.abort(new HoldfastError('E_CLOSED', 'the service is closed'));
    this.#listeners.clear();
    this.#watch.close();
    await this.#store.end();
    // Twice, as first calls are given this long and then the store: serve has two seconds for everything.
    await this.#context.cache.close({ timeout: '700ms' });
    await this.#summaries.close();
    await this.workspace.close();
  }

  /** Its normalized path. Only what the ignore files leave in is shown; another look finds a file that is new. */
  async #listed(path: string): Promise<string> {
    const name = this.workspace.normalize(path);
    if (this.#files.paths.has(name) || (await this.#upkeep.list()).has(name)) return name;
    throw new UnlistedFileError(name);
  }
}

import { performance } from 'node:perf_hooks';
import { type Cache, createCache, type Definition, HoldfastError, type KindDefinition, kind } from 'holdfast';
import { openWorkspace, type Workspace } from 'holdfast/workspace';
import type { InvalidateAnswer, OutlineAnswer, OutlineLine, RefreshAnswer, StatsAnswer } from '../api.ts';
import type { Outline } from '../outline/index.ts';
import type { FolderEvents, FolderListener } from './folder-events.ts';
import { generateOutline, outlineKind, outlineVersion } from './outline-definition.ts';
import { OutlineLines } from './outline-lines.ts';
import { SourceFiles } from './source-files.ts';
import { UnlistedFileError } from './unlisted-file-error.ts';

type Kinds = { readonly outline: KindDefinition<Outline> };

/**
 * Parses take turns, so more at once is no faster: it only lets generations wait for each other, which the ledger would
 * count as their cost. Two, so that one file is read and verified while another is parsed.
 */
const outlinesAtOnce = 2;
/** As many entries are verified together: enough to share a check, and the event loop turns in between. */
const explainedAtOnce = 256;
/** Far more than the files of a big repository, so that a look over the folder never evicts what it is about to ask. */
const maxEntries = 1_000_000;

/** The source files of a folder, each with an outline that is true of it now. */
export class FolderService {
  readonly workspace: Workspace;
  readonly #cache: Cache<Kinds>;
  readonly #outline: Definition<[path: string], Outline>;
  readonly #files: SourceFiles;
  readonly #lines = new OutlineLines();
  readonly #listeners = new Set<FolderListener>();
  readonly #ending = new AbortController();
  readonly #startedAt = performance.now();
  readonly #regenerated = new Set<string>();
  #generated = 0;
  #readySeconds: number | undefined;
  #look: Promise<RefreshAnswer> | undefined;
  #nextLook: Promise<RefreshAnswer> | undefined;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    this.#files = new SourceFiles(workspace, (warning) => this.#tell('warning', warning));
    this.#cache = createCache({
      kinds: { outline: kind<Outline>() },
      workspace,
      maxEntries,
      maxBytes: '1GiB',
    });
    this.#outline = this.#cache.define({
      kind: outlineKind,
      name: outlineKind,
      version: outlineVersion,
      generate: generateOutline,
    });
    this.#cache.on('generation.succeeded', ({ key, cost }) => {
      const content = key.content();
      if (typeof content !== 'object' || !('args' in content)) return;
      this.#generated += 1;
      this.#lines.generated(String(content.args[0]), cost.seconds);
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

  /** Lists the folder and outlines every file of it. Rejects with FolderRootError, or when it is closed meanwhile. */
  async read(): Promise<void> {
    const files = [...(await this.#list())];
    this.#tell('progress', { outlined: 0, files: files.length });
    let outlined = 0;
    const failures = await this.#outlineAll(files, () => {
      outlined += 1;
      this.#tell('progress', { outlined, files: files.length });
    });
    this.#files.warn(failures);
    this.#regenerated.clear();
    this.#readySeconds = (performance.now() - this.#startedAt) / 1_000;
    this.#tell('ready', {
      files: files.length,
      seconds: this.#readySeconds,
      estimatedTokens: this.#lines.estimatedTokens,
      leftOut: this.#files.leftOut,
    });
  }

  /** What a status says of the folder. */
  state() {
    return {
      state: this.#readySeconds === undefined ? ('reading' as const) : ('ready' as const),
      files: this.#files.paths.size,
      outlined: this.#lines.size,
      generated: this.#generated,
      ...(this.#readySeconds !== undefined && { readySeconds: this.#readySeconds }),
      folderGone: this.#files.folderGone,
      warnings: this.#files.warnings,
      uptimeSeconds: (performance.now() - this.#startedAt) / 1_000,
    };
  }

  /** Whether the folder is read, and is there at this moment. */
  async readiness(): Promise<'reading' | 'ready' | 'folder gone'> {
    if (!(await this.#files.folderIsThere())) return 'folder gone';
    return this.state().state;
  }

  stats(): StatsAnswer {
    return this.#cache.stats();
  }

  outlines(): OutlineLine[] {
    return this.#lines.list();
  }

  /**
   * The outline of a source file as it is now. Rejects with E_PATH, E_OUTSIDE_ROOT, E_NOT_LISTED (an
   * `UnlistedFileError`) for what is no source file of the folder, E_FILE_ABSENT, E_FILE_UNREADABLE.
   */
  async outline(path: string): Promise<OutlineAnswer> {
    const name = this.workspace.normalize(path);
    // Only what the ignore files leave in is shown; a file that is new since the last look is found by another one.
    if (!this.#files.paths.has(name) && !(await this.#list()).has(name)) throw new UnlistedFileError(name);
    const start = performance.now();
    const { value, outcome, age, stale } = await this.#resolve(name);
    if (outcome === 'generated') this.#tellRegenerated([name], start);
    return { outline: value, outcome, ageMs: age, stale };
  }

  /**
   * Lists the folder again, checks every outline and makes those again whose file has changed. One look at a time: a
   * call during one is answered by the next, which begins after it. Checking is no call of the cache, so that looking
   * adds no hits to the ledger.
   */
  refresh(): Promise<RefreshAnswer> {
    this.#nextLook ??= (async () => {
      await this.#look?.catch(() => undefined);
      this.#nextLook = undefined;
      this.#look = this.#lookOver();
      return this.#look;
    })();
    return this.#nextLook;
  }

  async invalidate(what: { readonly path: string } | { readonly kind: string }): Promise<InvalidateAnswer> {
    return 'path' in what
      ? this.#outline.invalidate(this.workspace.normalize(what.path))
      : this.#cache.invalidate({ kind: what.kind });
  }

  async close(): Promise<void> {
    this.#ending.abort(new HoldfastError('E_CLOSED', 'the service is closed'));
    this.#listeners.clear();
    await this.#cache.close({ timeout: '1s' });
    await this.workspace.close();
  }

  async #lookOver(): Promise<RefreshAnswer> {
    const start = performance.now();
    const files = [...(await this.#list())];
    const stale: string[] = [];
    for (let at = 0; at < files.length; at += explainedAtOnce) {
      this.#ending.signal.throwIfAborted();
      const some = files.slice(at, at + explainedAtOnce);
      const states = await Promise.all(some.map((path) => this.#outline.explain(path)));
      stale.push(...some.filter((_, index) => states[index]?.state !== 'fresh'));
    }
    const working = performance.now();
    const made: string[] = [];
    const failures = await this.#outlineAll(stale, (path, generated) => generated && made.push(path));
    this.#files.warn(failures);
    if (made.length > 0) this.#tellRegenerated(made.sort(), working);
    const regenerated = [...this.#regenerated].sort();
    this.#regenerated.clear();
    const answer = { files: files.length, regenerated, seconds: (performance.now() - start) / 1_000 };
    this.#tell('refresh', answer);
    return answer;
  }

  async #list(): Promise<ReadonlySet<string>> {
    for (const path of await this.#files.look(this.#ending.signal)) {
      this.#lines.forget(path);
      await this.#outline.invalidate(path);
    }
    return this.#files.paths;
  }

  /** @returns a warning for each file that could not be outlined */
  async #outlineAll(
    paths: readonly string[],
    done: (path: string, generated: boolean) => void,
  ): Promise<string[]> {
    const failures: string[] = [];
    const waiting = paths.values();
    const lane = async () => {
      for (const path of waiting) {
        this.#ending.signal.throwIfAborted();
        try {
          const { outcome } = await this.#resolve(path);
          done(path, outcome === 'generated');
        } catch (error) {
          this.#ending.signal.throwIfAborted();
          // A file that has gone since it was listed is no failure: the next look does not list it.
          if (codeOf(error) !== 'E_FILE_ABSENT') failures.push(`${path}: not outlined (${codeOf(error)})`);
          done(path, false);
        }
      }
    };
    await Promise.all(Array.from({ length: outlinesAtOnce }, lane));
    return failures;
  }

  async #resolve(path: string) {
    const resolution = await this.#outline.resolve(path);
    const line = this.#lines.seen(resolution.value);
    if (line !== undefined) {
      this.#regenerated.add(path);
      this.#tell('outline', line);
    }
    return resolution;
  }

  #tellRegenerated(paths: readonly string[], start: number): void {
    const seconds = (performance.now() - start) / 1_000;
    this.#tell('regenerated', { paths, files: this.#files.paths.size, seconds });
  }

  #tell<N extends keyof FolderEvents>(name: N, data: FolderEvents[N]): void {
    for (const listener of this.#listeners) listener(name, data);
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : typeof error;
}

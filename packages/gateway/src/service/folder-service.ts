import { performance } from 'node:perf_hooks';
import { type Cache, createCache, type Definition, HoldfastError, type KindDefinition, kind } from 'holdfast';
import { openWorkspace, type Workspace } from 'holdfast/workspace';
import type {
  InvalidateAnswer,
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  ServerEvents,
  StatsAnswer,
} from '../api.ts';
import { listSourceFiles } from '../folder/index.ts';
import type { Outline } from '../outline/index.ts';
import { generateOutline, outlineKind, outlineVersion } from './outline-definition.ts';
import { OutlineLines } from './outline-lines.ts';
import { UnlistedFileError } from './unlisted-file-error.ts';

/** What the service tells of: a part of what the page hears. */
export interface FolderEvents {
  /** While the folder is read for the first time. */
  progress: { readonly outlined: number; readonly files: number };
  ready: { readonly files: number; readonly seconds: number; readonly estimatedTokens: number };
  outline: ServerEvents['outline'];
  /** Outlines were made again because files had changed, were new, or had been invalidated. */
  regenerated: { readonly paths: readonly string[]; readonly files: number; readonly seconds: number };
  refresh: RefreshAnswer;
  warning: string;
}

export type FolderListener = <N extends keyof FolderEvents>(name: N, data: FolderEvents[N]) => void;

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
const maxWarnings = 100;

/** The source files of a folder, each with an outline that is true of it now. */
export class FolderService {
  readonly workspace: Workspace;
  readonly #cache: Cache<Kinds>;
  readonly #outline: Definition<[path: string], Outline>;
  readonly #lines = new OutlineLines();
  readonly #listeners = new Set<FolderListener>();
  readonly #ending = new AbortController();
  readonly #startedAt = performance.now();
  readonly #regenerated = new Set<string>();
  #files: ReadonlySet<string> = new Set();
  #warnings: readonly string[] = [];
  #generated = 0;
  #readySeconds: number | undefined;
  #look: Promise<RefreshAnswer> | undefined;
  #nextLook: Promise<RefreshAnswer> | undefined;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
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
    this.#report(failures);
    this.#regenerated.clear();
    this.#readySeconds = (performance.now() - this.#startedAt) / 1_000;
    this.#tell('ready', {
      files: files.length,
      seconds: this.#readySeconds,
      estimatedTokens: this.#lines.estimatedTokens,
    });
  }

  /** What a status says of the folder. */
  state() {
    return {
      state: this.#readySeconds === undefined ? ('reading' as const) : ('ready' as const),
      files: this.#files.size,
      outlined: this.#lines.size,
      generated: this.#generated,
      ...(this.#readySeconds !== undefined && { readySeconds: this.#readySeconds }),
      warnings: this.#warnings,
      uptimeSeconds: (performance.now() - this.#startedAt) / 1_000,
    };
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
    if (!this.#files.has(name) && !(await this.#list()).has(name)) throw new UnlistedFileError(name);
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
    this.#report(failures);
    if (made.length > 0) this.#tellRegenerated(made.sort(), working);
    const regenerated = [...this.#regenerated].sort();
    this.#regenerated.clear();
    const answer = { files: files.length, regenerated, seconds: (performance.now() - start) / 1_000 };
    this.#tell('refresh', answer);
    return answer;
  }

  async #list(): Promise<ReadonlySet<string>> {
    const { files, warnings } = await this.#listing();
    const listed = new Set(files);
    for (const path of this.#files) {
      if (listed.has(path)) continue;
      this.#lines.forget(path);
      await this.#outline.invalidate(path);
    }
    this.#files = listed;
    this.#setWarnings(warnings.map(({ path, code, message }) => `${path}: ${message} (${code})`));
    return listed;
  }

  async #listing() {
    try {
      return await listSourceFiles(this.workspace.root, { signal: this.#ending.signal });
    } catch (error) {
      if (codeOf(error) === 'E_FOLDER_ROOT') {
        this.#setWarnings(['the folder is gone or cannot be read: what is shown of it is from before']);
      }
      throw error;
    }
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

  #report(failures: readonly string[]): void {
    if (failures.length > 0) this.#setWarnings([...this.#warnings, ...failures]);
  }

  #setWarnings(warnings: readonly string[]): void {
    const known = new Set(this.#warnings);
    this.#warnings = warnings.slice(0, maxWarnings);
    for (const warning of this.#warnings) if (!known.has(warning)) this.#tell('warning', warning);
  }

  #tellRegenerated(paths: readonly string[], start: number): void {
    const seconds = (performance.now() - start) / 1_000;
    this.#tell('regenerated', { paths, files: this.#files.size, seconds });
  }

  #tell<N extends keyof FolderEvents>(name: N, data: FolderEvents[N]): void {
    for (const listener of this.#listeners) listener(name, data);
  }
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : typeof error;
}

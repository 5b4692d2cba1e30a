import { hash } from 'node:crypto';
import type { SourceChange, WorkspaceEvent } from '../../src/events/event.ts';
import { createCache, kind } from '../../src/index.ts';
import {
  absent,
  type GlobOptions,
  mismatched,
  type SourceDependency,
  unreadable,
} from '../../src/model/dependency.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../../src/workspace/index.ts';
import type { WatchStatus } from '../../src/workspace/watch/watcher.ts';

/** Something that is watched. No two of a witness have the same pattern with other options. */
export type Question =
  | { readonly ask: 'hash' | 'exists' | 'list'; readonly path: string }
  | { readonly ask: 'glob'; readonly pattern: string; readonly options?: GlobOptions };

/** How what is known by watching compares to what is there. */
export interface Reckoning {
  readonly state: string;
  /** How many things are not what they were at the last reckoning. */
  readonly changed: number;
  /** How many generators ran, of entries made from a file each. One that was something before needs none. */
  readonly runs: number;
  /** What was missed and what was invented; the first of it. */
  readonly faults: readonly string[];
}

interface Watched {
  readonly question: Question;
  /** As it is, by what was told. */
  told: string;
  /** As it was found at the last reckoning. */
  was: SourceDependency;
  /** The revision of that time. */
  since: number;
}

/** What an entry says in place of a digest. */
const words: Readonly<Record<string, string>> = {
  E_FILE_ABSENT: absent,
  E_NOT_A_FILE: mismatched,
  E_FILE_UNREADABLE: unreadable,
  E_OUTSIDE_ROOT: unreadable,
};

const mostFaults = 10;

/**
 * Somebody who knows of a folder only what watching tells: by reads in `watched` freshness, by `holds`, and by the changes
 * that are told. `reckon` compares that to what a workspace finds that was just opened and does not watch.
 */
export class Witness {
  readonly workspace: Workspace;
  readonly #watched = new Map<string, Watched>();
  readonly #paths: string[] = [];
  readonly #outline: (path: string) => Promise<string>;
  readonly #closeCache: () => Promise<void>;
  /** How a workspace is opened to compare with. */
  readonly #plain: WorkspaceOptions;
  readonly #onEvent = new Set<() => void>();
  #faults: string[] = [];
  #runs: string[] = [];

  static async open(root: string, options: WorkspaceOptions = {}): Promise<Witness> {
    return new Witness(await openWorkspace(root, { paranoid: false, ...options }), options);
  }

  private constructor(workspace: Workspace, { allowLinksTo = [] }: WorkspaceOptions) {
    this.workspace = workspace;
    this.#plain = { watch: false, paranoid: false, allowLinksTo };
    const cache = createCache({
      workspace,
      maxEntries: 200_000,
      maxBytes: '1GiB',
      kinds: { outline: kind<string>({ freshness: 'watched' }) },
    });
    this.#closeCache = () => cache.close();
    this.#outline = cache.define({
      kind: 'outline',
      name: 'outline',
      generate: async (ctx, path: string) => {
        this.#runs.push(path);
        return ctx.bytes(path).then(
          (bytes) => hash('sha256', bytes),
          ({ code }: { readonly code: string }) => words[code] ?? code,
        );
      },
    });
    workspace.watch?.subscribe((event) => this.#hear(event));
  }

  /** Has files watched, with an entry made from each, and whatever else is asked. */
  async watch(paths: readonly string[], questions: readonly Question[] = []): Promise<void> {
    const news: Watched[] = [];
    for (const question of [...paths.map((path) => ({ ask: 'hash', path }) as const), ...questions]) {
      const was = await ask(this.workspace, question);
      const watched = { question, told: was.digest, was, since: -1 };
      this.#watched.set(nameOf(was), watched);
      news.push(watched);
    }
    this.#paths.push(...paths);
    await this.#readAll();
    await this.workspace.sync();
    await this.#readAll();
    this.#runs = [];
    for (const watched of news) watched.since = this.workspace.watch?.revision ?? -1;
  }

  async reckon(): Promise<Reckoning> {
    const changed = new Set<string>();
    let state: WatchStatus;
    // A platform that may have lost something says so when it finds out, which may be in the midst of comparing.
    do {
      await this.workspace.sync();
      state = this.workspace.status();
      for (const name of await this.#compare(state)) changed.add(name);
    } while (this.workspace.status().epoch !== state.epoch);
    const count = changed.size;
    const values = await this.#readAll();
    for (const [index, path] of this.#paths.entries()) {
      const { was } = this.#watched.get(`file:${path}`) as Watched;
      if (values[index] !== was.digest) this.#faults.push(`${path} is served as it was not found`);
    }
    const runs = this.#runs;
    this.#runs = [];
    for (const path of runs) {
      // What was made from something unreadable is not kept.
      const { digest } = (this.#watched.get(`file:${path}`) as Watched).was;
      const isDue = changed.delete(`file:${path}`) || digest === unreadable;
      if (!isDue) this.#faults.push(`${path} was made again`);
    }
    const faults = this.#faults.slice(0, mostFaults);
    this.#faults = [];
    return { state: state.state, changed: count, runs: runs.length, faults };
  }

  /** Resolves once a condition holds that an event may bring about. */
  async until(holds: (witness: Witness) => boolean): Promise<void> {
    if (holds(this)) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds(this)) return;
        this.#onEvent.delete(look);
        resolve();
      };
      this.#onEvent.add(look);
    });
  }

  /** The digest of a file as it was told, or as it was read. */
  toldOf(path: string): string | undefined {
    return this.#watched.get(`file:${path}`)?.told;
  }

  async close(): Promise<void> {
    await this.#closeCache();
    await this.workspace.close();
  }

  #readAll(): Promise<string[]> {
    return Promise.all(this.#paths.map((path) => this.#outline(path)));
  }

  /** The names of what has changed. */
  async #compare({ state, refused, epoch }: WatchStatus): Promise<Set<string>> {
    const { root, watch } = this.workspace;
    const revision = watch?.revision ?? -1;
    const fresh = await openWorkspace(root, this.#plain);
    const changed = new Set<string>();
    for (const [name, watched] of this.#watched) {
      const { was, told } = watched;
      const now = await ask(fresh, watched.question);
      const isKnown = watch?.holds([now], revision) === true;
      if (now.digest !== was.digest) {
        changed.add(name);
        if (watch?.holds([was], watched.since) === true) this.#faults.push(`${name} counts as it was`);
      }
      // What is unreadable is equal to nothing: nobody keeps it, and nobody is told.
      if (now.digest !== unreadable) {
        const isWatched = state === 'LIVE' && refused === 0 && this.workspace.status().epoch === epoch;
        if (isWatched && !isKnown) this.#faults.push(`${name} is not known`);
        if (now.digest !== told && told !== unreadable) this.#faults.push(`${name} is not what was told`);
      }
      // From what was unreadable at first nobody can be told of a change.
      if (told === unreadable) watched.told = now.digest;
      watched.was = now;
      watched.since = revision;
    }
    await fresh.close();
    return changed;
  }

  #hear(event: WorkspaceEvent): void {
    if (event.type === 'workspace.changed') for (const change of event.changes) this.#learn(change);
    if (event.type === 'workspace.error') this.#faults.push(`an error: ${event.error}`);
    for (const look of this.#onEvent) look();
  }

  #learn({ type, name, before, now }: SourceChange): void {
    const watched = this.#watched.get(`${type}:${name}`);
    if (watched === undefined) return;
    if (before === now) this.#faults.push(`no change of ${type}:${name} was told`);
    if (before !== watched.told)
      this.#faults.push(`a change of ${type}:${name} from something else was told`);
    watched.told = now;
  }
}

async function ask(workspace: Workspace, question: Question): Promise<SourceDependency> {
  const reading =
    question.ask === 'glob'
      ? await workspace.glob(question.pattern, question.options)
      : await workspace[question.ask](question.path);
  return reading.dependency;
}

/** As changes are told: by the kind and the name. */
function nameOf(dependency: SourceDependency): string {
  return `${dependency.type}:${dependency.type === 'glob' ? dependency.pattern : dependency.path}`;
}

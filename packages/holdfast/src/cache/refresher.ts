import type { RefreshedEntry, SourceChange, WorkspaceEvent } from '../events/event.ts';
import type { Watch } from '../trace/source.ts';
import { type Dependent, dependentsInMemory } from './dependents.ts';
import type { Engine } from './engine.ts';
import type { RefreshBudget } from './options.ts';
import { type Refreshed, refresh } from './refresh.ts';
import { firstOf } from './trace-check.ts';

export interface RefresherOptions {
  /** Entries that are brought up to date at the same time. */
  readonly concurrency: number;
  readonly budget: RefreshBudget | undefined;
}

/**
 * Tells the cache's listeners what the workspace tells, and follows up its changes: what was made from them is brought up
 * to date (`refresh.ts`), what others are made from before them. Changes that come meanwhile are followed up together,
 * afterwards. Nothing that goes wrong with one entry keeps the next one from its turn.
 */
export class Refresher {
  readonly #engine: Engine;
  readonly #options: RefresherOptions;
  readonly #stop: () => void;
  readonly #pending = new Map<string, SourceChange>();
  #working = false;
  #errors = 0;

  constructor(engine: Engine, watch: Watch, options: RefresherOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#stop = watch.subscribe((event) => this.#hear(event));
  }

  /** Nothing more is begun. What is under way is a call, which the engine drains like every other. */
  close(): void {
    this.#stop();
  }

  #hear(event: WorkspaceEvent): void {
    const { emitter, refreshes } = this.#engine;
    emitter.emit(event);
    if (event.type !== 'workspace.changed' || !refreshes) return;
    for (const change of event.changes) {
      const name = `${change.type}:${change.name}`;
      const before = this.#pending.get(name)?.before ?? change.before;
      this.#pending.set(name, { ...change, before });
    }
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    // All who are to be told of the change are told before anything is done about it.
    await Promise.resolve();
    while (this.#pending.size > 0 && this.#isOpen) {
      const changes = [...this.#pending.values()];
      this.#pending.clear();
      await this.#followUp(changes).catch((error: unknown) => this.#announceError(error));
    }
    this.#working = false;
  }

  get #isOpen(): boolean {
    return this.#engine.state === 'open';
  }

  async #followUp(changes: readonly SourceChange[]): Promise<void> {
    const { checks } = this.#engine;
    const dependents = dependentsInMemory(this.#engine, changes);
    const refreshed = new Map<Dependent, Promise<Refreshed>>();
    const queue = dependents[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (const dependent of queue) {
        if (!this.#isOpen) return;
        // Those that it is made from stand before it, and have been begun.
        const before = [...dependent.below].map((one) => refreshed.get(one));
        const refreshing = Promise.all(before).then(() => this.#refresh(dependent));
        refreshed.set(dependent, refreshing);
        await refreshing;
      }
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, work));
    if (this.#isOpen) await this.#announce(changes, refreshed, checks);
  }

  async #refresh(dependent: Dependent): Promise<Refreshed> {
    if (!this.#isOpen) return 'left';
    try {
      return await refresh(dependent, this.#options.budget);
    } catch (cause) {
      const { note } = dependent;
      const dependency = note.trace && firstOf(note.trace);
      if (dependency !== undefined) note.verdict = { state: 'unknown', dependency, cause };
      this.#engine.watched?.doubt(note);
      this.#announceError(cause);
      return 'failed';
    }
  }

  async #announce(
    changes: readonly SourceChange[],
    refreshed: ReadonlyMap<Dependent, Promise<Refreshed>>,
    since: number,
  ): Promise<void> {
    const { emitter } = this.#engine;
    if (!emitter.wants('refresh.settled')) return;
    const entries: RefreshedEntry[] = [];
    for (const [dependent, refreshing] of refreshed) {
      const entry = this.#told(dependent, await refreshing, since);
      if (entry !== undefined) entries.push(entry);
    }
    emitter.emit({ type: 'refresh.settled', changes, entries });
  }

  /** What has become of an entry, whoever did it; undefined where it is not in memory any more. */
  #told(dependent: Dependent, refreshed: Refreshed, since: number): RefreshedEntry | undefined {
    const { partition, id } = dependent;
    const { scope, kind, engine } = partition;
    const slot = partition.slot(id);
    const note = slot === undefined ? undefined : engine.table.note(slot);
    if (slot === undefined || note === undefined) return undefined;
    const about = { scope, kind, key: partition.key(id) };
    const isNew = note !== dependent.note && !dependent.others.includes(note);
    // It may have been made and not kept: `ctx.skip`.
    if (isNew || refreshed === 'made') {
      return { ...about, came: 'made', cost: engine.costOf(slot) };
    }
    const failure = partition.failures.get(id);
    const failed = refreshed === 'failed' || (failure !== undefined && failure.order > since);
    if (failed) return { ...about, came: 'failed' };
    if (note !== dependent.note) return { ...about, came: 'restored' };
    const isSame = note.verdict.state === 'same' && note.checkedBy > since;
    return { ...about, came: isSame ? 'unchanged' : 'left' };
  }

  #announceError(error: unknown): void {
    this.#errors += 1;
    this.#engine.emitter.emit({ type: 'workspace.error', error, count: this.#errors });
  }
}

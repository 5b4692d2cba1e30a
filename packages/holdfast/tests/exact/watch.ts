import type {
  DependencySource,
  GlobOptions,
  Reading,
  SourceChange,
  SourceDependency,
  Watch,
  WorkspaceEvent,
} from '../../src/index.ts';
import { nameOf, placeOf } from '../../src/trace/place.ts';

/** A source whose watch a test writes. What is read is tracked by the watch from then on. */
export class WatchedSource implements DependencySource {
  readonly watch: Watch & { track?(dependency: SourceDependency): void };
  /** Looks at what entries were made from, so far. */
  checks = 0;
  readonly #source: DependencySource;

  constructor(source: DependencySource, watch: WatchedSource['watch']) {
    this.#source = source;
    this.watch = watch;
  }

  normalize(path: string): string {
    return this.#source.normalize(path);
  }
  read(path: string) {
    return this.#tracked(this.#source.read(path));
  }
  hash(path: string) {
    return this.#tracked(this.#source.hash(path));
  }
  exists(path: string) {
    return this.#tracked(this.#source.exists(path));
  }
  list(path: string) {
    return this.#tracked(this.#source.list(path));
  }
  glob(pattern: string, options: GlobOptions) {
    return this.#tracked(this.#source.glob(pattern, options));
  }
  check(dependencies: readonly SourceDependency[]) {
    this.checks += 1;
    return this.#source.check(dependencies);
  }

  async #tracked<T, D extends SourceDependency>(looking: Promise<Reading<T, D>>): Promise<Reading<T, D>> {
    const reading = await looking;
    this.watch.track?.(reading.dependency);
    return reading;
  }
}

interface Tracked {
  dependency: SourceDependency;
  readonly since: number;
  /** The revision at which it was last seen to be another. */
  changedAt: number;
}

abstract class Told implements Watch {
  abstract revision: number;
  readonly #listeners = new Set<() => void>();
  readonly #subscribers = new Set<(event: WorkspaceEvent) => void>();

  abstract holds(dependencies: readonly SourceDependency[], since: number): boolean;

  onRevision(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  subscribe(listener: (event: WorkspaceEvent) => void): () => void {
    this.#subscribers.add(listener);
    return () => this.#subscribers.delete(listener);
  }
  protected turned(): void {
    for (const listener of [...this.#listeners]) listener();
  }
  tell(event: WorkspaceEvent): void {
    for (const listener of [...this.#subscribers]) listener(event);
  }
}

/** A watch that knows of each change as soon as `notice` is called, and of nothing that is none. */
export class TruthfulWatch extends Told {
  revision = 1;
  readonly #source: DependencySource;
  readonly #tracked = new Map<string, Tracked>();

  constructor(source: DependencySource) {
    super();
    this.#source = source;
  }

  track(dependency: SourceDependency): void {
    const place = placeOf(dependency);
    if (!this.#tracked.has(place)) {
      this.#tracked.set(place, { dependency, since: this.revision, changedAt: 0 });
    }
  }

  holds(dependencies: readonly SourceDependency[], since: number): boolean {
    return dependencies.every((dependency) => {
      const tracked = this.#tracked.get(placeOf(dependency));
      return tracked !== undefined && tracked.since <= since && tracked.changedAt <= since;
    });
  }

  /** Looks at everything that was ever read: what is another now, has changed. */
  async notice(): Promise<SourceChange[]> {
    const changes: SourceChange[] = [];
    const changed: Tracked[] = [];
    for (const tracked of this.#tracked.values()) {
      const { dependency } = tracked;
      const verdict = await this.#source.check([dependency]);
      if (verdict.state === 'same') continue;
      const now = verdict.state === 'changed' ? verdict.seen : 'unreadable';
      tracked.dependency = { ...dependency, digest: now };
      changed.push(tracked);
      const name = String(nameOf(dependency));
      changes.push({ type: dependency.type, name, before: dependency.digest, now });
    }
    if (changed.length > 0) {
      this.revision += 1;
      for (const tracked of changed) tracked.changedAt = this.revision;
      this.turned();
    }
    return changes;
  }
}

export type Noise = 'lost' | 'doubled' | 'late' | 'invented' | 'dropped';

/** A watch that drops, doubles, reorders and invents, and says of whatever it is asked what comes next. */
export class ChaoticWatch extends Told {
  revision = 1;
  readonly #says: readonly boolean[];
  #asked = 0;

  constructor(says: readonly boolean[]) {
    super();
    this.#says = says;
  }

  holds(): boolean {
    this.#asked += 1;
    return this.#says[this.#asked % this.#says.length] ?? true;
  }

  make(noise: Noise): void {
    switch (noise) {
      case 'lost':
        this.revision = -1;
        break;
      case 'late':
        this.revision = Math.max(1, Math.abs(this.revision) - 1);
        break;
      case 'invented':
        this.revision = Math.abs(this.revision) + 1;
        break;
      case 'dropped':
        this.revision = Math.abs(this.revision) + 1;
        return;
    }
    this.turned();
  }
}

import type { SourceDependency } from '../../model/dependency.ts';
import { type Demand, DirectoryMap } from './directory-map.ts';
import { type Forgetting, Place } from './place.ts';
import { PlaceTable } from './place-table.ts';
import type { Hint } from './platform.ts';
import type { WatchedDirectory } from './watched-directory.ts';

/** Files whose content decides what a pattern finds. */
const ignoreFiles = new Set(['.gitignore', 'exclude']);

/**
 * Everything that is watched. It holds `limit` places at most and loses those that were read longest ago, roughly, as the
 * table of signatures does: a lost one costs a check.
 */
export class Places {
  readonly directories: DirectoryMap;
  readonly #half: number;
  readonly #onLost: () => void;
  readonly #forgetting: Forgetting = { at: 0 };
  #young = new PlaceTable();
  #old = new PlaceTable();

  /** @param onLost told when places are watched no more, so that what is heard says nothing of them */
  constructor(limit: number, tops: readonly string[], separator: string, demand: Demand, onLost: () => void) {
    this.#onLost = onLost;
    this.#half = Math.floor(limit / 2);
    this.directories = new DirectoryMap(tops, separator, demand);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(dependency: SourceDependency): Place | undefined {
    return this.#young.get(dependency) ?? this.#old.get(dependency);
  }

  /** A place that is new comes back. @param known its digest, if that was seen just now */
  use(dependency: SourceDependency, known: string | undefined): Place | undefined {
    if (this.#half === 0) return undefined;
    const young = this.#young.get(dependency);
    const there = young ?? this.#old.get(dependency);
    // Whoever came first could not look at it.
    if (there !== undefined) there.known ??= known;
    if (young !== undefined) return undefined;
    if (there !== undefined) this.#old.delete(there);
    this.#makeRoom();
    const place = there ?? new Place(dependency, known, this.#forgetting);
    this.#young.add(place);
    return there === undefined ? place : undefined;
  }

  /** Whoever takes their time over it may miss one that is read meanwhile. */
  *all(): Iterable<Place> {
    const [old, young] = [this.#old, this.#young];
    yield* old.values();
    yield* young.values();
  }

  /** Nothing is known of any place any more, at that revision, not even the way to it. */
  forget(revision: number): void {
    this.#forgetting.at = revision;
  }

  /**
   * The places that a hint concerns. Where a name in it is a directory that has come or gone, or that could not be watched
   * until now, those below are led astray, and that directory comes back: it has to be armed anew.
   */
  concerned({ directory: path, name, structural }: Hint, touch: (place: Place) => void): WatchedDirectory[] {
    const directory = this.directories.get(path);
    if (directory === undefined) return [];
    const moved: WatchedDirectory[] = [];
    const below = (inner: WatchedDirectory): void => {
      if (structural || inner.refused !== undefined) moved.push(inner);
      for (const each of inner.tree()) {
        for (const place of each.places()) {
          if (structural) place.astray = true;
          touch(place);
        }
      }
    };
    if (name === undefined) {
      for (const place of directory.places()) {
        if (structural) place.astray = true;
        touch(place);
      }
      for (const inner of directory.below.values()) below(inner);
      return moved;
    }
    for (const place of directory.at(name)) {
      if (structural) place.astray = true;
      touch(place);
    }
    if (structural || ignoreFiles.has(name)) for (const place of directory.whole) touch(place);
    const inner = directory.below.get(name);
    if (inner !== undefined) below(inner);
    return moved;
  }

  #makeRoom(): void {
    if (this.#young.size < this.#half) return;
    const lost = this.#old;
    this.#old = this.#young;
    this.#young = new PlaceTable();
    for (const place of lost.values()) {
      place.dropped = true;
      this.directories.remove(place);
    }
    if (lost.size > 0) this.#onLost();
  }
}

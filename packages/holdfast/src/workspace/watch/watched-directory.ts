import type { Place } from './place.ts';

/**
 * A directory that is to be watched since places depend on what happens in it, or in a directory below it; or a file with
 * several names (hard links), as its directory tells of what happens to it by this one only.
 */
export class WatchedDirectory {
  /** Real and absolute. */
  readonly path: string;
  /** The directory that it is a name in, if that one is watched, too. */
  readonly above: WatchedDirectory | undefined;
  readonly name: string;
  isFile: boolean;
  readonly below = new Map<string, WatchedDirectory>();
  /** Most names mean one place. */
  readonly named = new Map<string, Place | Set<Place>>();
  /** Those that every name that comes or goes concerns. */
  readonly whole = new Set<Place>();
  /** The revision at which it was last armed; Infinity while it is not. */
  armedAt = Number.POSITIVE_INFINITY;
  /** How often in a row the machine did not find it, although a look does. */
  absences = 0;
  /** Why it is not watched, if the machine refused. */
  refused: string | undefined;

  constructor(path: string, above: WatchedDirectory | undefined, name: string, isFile: boolean) {
    this.path = path;
    this.above = above;
    this.name = name;
    this.isFile = isFile;
  }

  get isIdle(): boolean {
    return this.below.size === 0 && this.named.size === 0 && this.whole.size === 0;
  }

  /** The same, with every directory above: each could be moved away, and this one with it. */
  armedSince(): number {
    let latest = 0;
    for (let at: WatchedDirectory | undefined = this; at !== undefined; at = at.above) {
      latest = Math.max(latest, at.armedAt);
    }
    return latest;
  }

  get isArmed(): boolean {
    return this.armedAt !== Number.POSITIVE_INFINITY;
  }

  /** Of what happens in it, and to it, nothing is told. */
  disarm(): void {
    this.armedAt = Number.POSITIVE_INFINITY;
  }

  isRefused(): boolean {
    for (let at: WatchedDirectory | undefined = this; at !== undefined; at = at.above) {
      if (at.refused !== undefined) return true;
    }
    return false;
  }

  /** @returns whether it is new */
  add(name: string | undefined, place: Place): boolean {
    if (name !== undefined) return this.#addNamed(name, place);
    if (this.whole.has(place)) return false;
    this.whole.add(place);
    return true;
  }

  remove(name: string | undefined, place: Place): void {
    if (name === undefined) {
      this.whole.delete(place);
      return;
    }
    const there = this.named.get(name);
    if (there === place) this.named.delete(name);
    else if (there instanceof Set && there.delete(place) && there.size === 0) this.named.delete(name);
  }

  #addNamed(name: string, place: Place): boolean {
    const there = this.named.get(name);
    if (there === place || (there instanceof Set && there.has(place))) return false;
    if (there === undefined) this.named.set(name, place);
    else if (there instanceof Set) there.add(place);
    else this.named.set(name, new Set([there, place]));
    return true;
  }

  /** The places that a name concerns by itself. */
  at(name: string): Iterable<Place> {
    const there = this.named.get(name);
    if (there === undefined) return [];
    return there instanceof Set ? there : [there];
  }

  /** The places of this directory alone. */
  *places(): Iterable<Place> {
    for (const name of this.named.keys()) yield* this.at(name);
    yield* this.whole;
  }

  /** Those of every directory below it as well. */
  *reach(): Iterable<Place> {
    for (const directory of this.tree()) yield* directory.places();
  }

  /** This directory and every one below it. */
  *tree(): Iterable<WatchedDirectory> {
    const pending: WatchedDirectory[] = [this];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      yield at;
      pending.push(...at.below.values());
    }
  }
}

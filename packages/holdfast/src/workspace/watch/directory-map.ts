import { isInside } from '../path.ts';
import type { Place, Spot } from './place.ts';
import { WatchedDirectory } from './watched-directory.ts';

/** A name on the way to a place, in a real directory; undefined: whatever comes and goes in it. */
export interface Step {
  readonly directory: string;
  readonly name: string | undefined;
  /** What stands in place of a directory is a file with several names, through each of which it may be written. */
  readonly isFile?: true;
}

/** Whom the map tells which directories have to be watched, and which no longer. */
export interface Demand {
  wanted(directory: WatchedDirectory): void;
  unwanted(directory: WatchedDirectory): void;
}

/**
 * The directories that are watched, as trees: of the root, and of each directory that links may lead to. A directory is in
 * it while a place depends on it, or on one below it.
 */
export class DirectoryMap {
  readonly #tops: readonly string[];
  readonly #separator: string;
  readonly #demand: Demand;
  readonly #directories = new Map<string, WatchedDirectory>();

  constructor(tops: readonly string[], separator: string, demand: Demand) {
    this.#tops = tops;
    this.#separator = separator;
    this.#demand = demand;
  }

  get size(): number {
    return this.#directories.size;
  }

  get(path: string): WatchedDirectory | undefined {
    return this.#directories.get(path);
  }

  all(): Iterable<WatchedDirectory> {
    return this.#directories.values();
  }

  /** Has a place watched along these steps, and nowhere else. @returns whether one of them is new */
  put(place: Place, steps: readonly Step[]): boolean {
    const before = place.spots;
    if (isSame(before, steps)) return false;
    place.spots = steps.map(
      ({ directory, name, isFile }): Spot => ({ directory: this.#open(directory, isFile), name }),
    );
    let isNew = false;
    for (const { directory, name } of place.spots) isNew = directory.add(name, place) || isNew;
    const staying = new Set(place.spots.map(({ directory, name }) => `${directory.path}\0${name ?? '/'}`));
    for (const { directory, name } of before) {
      if (!staying.has(`${directory.path}\0${name ?? '/'}`)) this.#leave(directory, name, place);
    }
    return isNew;
  }

  remove(place: Place): void {
    const { spots } = place;
    place.spots = [];
    for (const { directory, name } of spots) this.#leave(directory, name, place);
  }

  #open(path: string, isFile = false): WatchedDirectory {
    const known = this.#directories.get(path);
    if (known !== undefined) {
      // A directory has taken the place of a file, or the other way round.
      if (known.isFile !== isFile) {
        known.isFile = isFile;
        this.#demand.wanted(known);
      }
      return known;
    }
    const slash = path.lastIndexOf(this.#separator);
    const below = this.#tops.some((top) => top !== path && isInside(top, path, this.#separator));
    const above = below ? this.#open(this.#parent(path, slash)) : undefined;
    const name = path.slice(slash + 1);
    const directory = new WatchedDirectory(path, above, name, isFile);
    above?.below.set(name, directory);
    this.#directories.set(path, directory);
    this.#demand.wanted(directory);
    return directory;
  }

  /** `C:` alone would be the current folder of that drive. */
  #parent(path: string, slash: number): string {
    return path.indexOf(this.#separator) === slash ? path.slice(0, slash + 1) : path.slice(0, slash);
  }

  #leave(directory: WatchedDirectory, name: string | undefined, place: Place): void {
    directory.remove(name, place);
    for (let at: WatchedDirectory | undefined = directory; at?.isIdle === true; at = at.above) {
      this.#directories.delete(at.path);
      at.above?.below.delete(at.name);
      this.#demand.unwanted(at);
    }
  }
}

function isSame(spots: readonly Spot[], steps: readonly Step[]): boolean {
  return (
    spots.length === steps.length &&
    spots.every(
      ({ directory, name }, index) =>
        directory.path === steps[index]?.directory &&
        directory.isFile === (steps[index].isFile ?? false) &&
        name === steps[index].name,
    )
  );
}

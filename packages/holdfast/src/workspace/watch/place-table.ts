import type { SourceDependency } from '../../model/dependency.ts';
import { placeOf } from '../../trace/place.ts';
import type { Place } from './place.ts';

/**
 * Places, by what a dependency is about: its kind, and its path or its search. Every check asks for everything that it looks at,
 * and a path is there already, where the text of `placeOf` has to be put together first.
 */
export class PlaceTable {
  readonly #places = {
    file: new Map<string, Place>(),
    exists: new Map<string, Place>(),
    dir: new Map<string, Place>(),
    glob: new Map<string, Place>(),
  };
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(dependency: SourceDependency): Place | undefined {
    return this.#places[dependency.type].get(keyOf(dependency));
  }

  /** One that is not there yet. */
  add(place: Place): void {
    const { dependency } = place;
    this.#places[dependency.type].set(keyOf(dependency), place);
    this.#size += 1;
  }

  /** One that is there. */
  delete({ dependency }: Place): void {
    this.#places[dependency.type].delete(keyOf(dependency));
    this.#size -= 1;
  }

  *values(): Iterable<Place> {
    for (const places of Object.values(this.#places)) yield* places.values();
  }
}

function keyOf(dependency: SourceDependency): string {
  return dependency.type === 'glob' ? placeOf(dependency) : dependency.path;
}

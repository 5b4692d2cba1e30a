/** Fewer than so many are not worth looking through. */
const few = 1_000;

/**
 * What is kept for each name, made when it is first asked for. Names come with the calls and may be without end, as a
 * project for each tenant; so whenever there are twice as many as were needed, those at rest are forgotten.
 */
export class ByName<V> {
  readonly #make: (name: string) => V;
  readonly #isAtRest: (value: V) => boolean;
  readonly #values = new Map<string, V>();
  #enough = few;

  /** @param isAtRest whether a new one would do as well */
  constructor(make: (name: string) => V, isAtRest: (value: V) => boolean) {
    this.#make = make;
    this.#isAtRest = isAtRest;
  }

  get size(): number {
    return this.#values.size;
  }

  of(name: string): V {
    let value = this.#values.get(name);
    if (value === undefined) {
      if (this.#values.size >= this.#enough) this.#forget();
      value = this.#make(name);
      this.#values.set(name, value);
    }
    return value;
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.#values.entries();
  }

  #forget(): void {
    for (const [name, value] of this.#values) if (this.#isAtRest(value)) this.#values.delete(name);
    this.#enough = Math.max(few, 2 * this.#values.size);
  }
}

import type { OutlineLine } from '../api.ts';
import type { Outline } from '../outline/index.ts';

/** What is known of a generation whose outline has not been seen yet. */
interface Generation {
  count: number;
  seconds: number;
}

/** A line for each outlined file, and how often each was generated. Kept apart from the cache, which may evict. */
export class OutlineLines {
  readonly #lines = new Map<string, OutlineLine>();
  readonly #generations = new Map<string, Generation>();

  /** A generation of this file's outline has ended well. */
  generated(path: string, seconds: number): void {
    const generation = this.#generations.get(path);
    if (generation === undefined) this.#generations.set(path, { count: 1, seconds });
    else {
      generation.count += 1;
      generation.seconds = seconds;
    }
  }

  /**
   * The outline of a file was handed over.
   * @returns its line and the seconds of its generation, if it is another one than was seen last
   */
  seen(outline: Outline): (OutlineLine & { readonly seconds: number }) | undefined {
    const { path, language, lines, estimatedTokens } = outline;
    const { count, seconds } = this.#generations.get(path) ?? { count: 0, seconds: 0 };
    if (this.#lines.get(path)?.generations === count) return undefined;
    const line = {
      path,
      language,
      lines,
      symbols: outline.symbols.length,
      estimatedTokens,
      generations: count,
    };
    this.#lines.set(path, line);
    return { ...line, seconds };
  }

  /** The file is gone; should it come back, it is a new one. */
  forget(path: string): void {
    this.#lines.delete(path);
    this.#generations.delete(path);
  }

  get size(): number {
    return this.#lines.size;
  }

  /** In the order of the paths. */
  list(): OutlineLine[] {
    return [...this.#lines.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  get estimatedTokens(): number {
    let sum = 0;
    for (const line of this.#lines.values()) sum += line.estimatedTokens;
    return sum;
  }
}

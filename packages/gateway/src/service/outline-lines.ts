import { isDeepStrictEqual } from 'node:util';
import type { OutlineLine } from '../api/index.ts';
import type { Outline } from '../outline/index.ts';

/** A line for each outlined file, and how often each was generated. Kept apart from the cache, which may evict. */
export class OutlineLines {
  readonly #lines = new Map<string, OutlineLine>();
  readonly #generations = new Map<string, number>();
  /** What each line tells of: what another process has made of the same text is another object, and no news. */
  readonly #shown = new Map<string, Outline>();

  /** A generation of this file's outline has ended well. */
  generated(path: string): void {
    this.#generations.set(path, (this.#generations.get(path) ?? 0) + 1);
  }

  /** The outline of a file as it is now. @returns its line */
  show(outline: Outline): OutlineLine {
    const { path, language, lines, estimatedTokens } = outline;
    const line = {
      path,
      language,
      lines,
      symbols: outline.symbols.length,
      estimatedTokens,
      generations: this.#generations.get(path) ?? 0,
    };
    this.#lines.set(path, line);
    this.#shown.set(path, outline);
    return line;
  }

  /** Whether the line of its file tells of this outline, or of an equal one. */
  tellsOf(outline: Outline): boolean {
    const shown = this.#shown.get(outline.path);
    if (shown === outline) return true;
    if (!isDeepStrictEqual(shown, outline)) return false;
    // The same object is found the same at once the next time.
    this.#shown.set(outline.path, outline);
    return true;
  }

  has(path: string): boolean {
    return this.#lines.has(path);
  }

  /** The file is gone. Should it come back, its generations still count. */
  forget(path: string): void {
    this.#lines.delete(path);
    this.#shown.delete(path);
  }

  get size(): number {
    return this.#lines.size;
  }

  /** Generations of the outlines that are shown. */
  get generations(): number {
    let sum = 0;
    for (const line of this.#lines.values()) sum += line.generations;
    return sum;
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

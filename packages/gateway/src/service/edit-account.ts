import type { EditCost } from '../api/index.ts';

/** What happened to outlines and the index since it was asked last. */
export class EditAccount {
  readonly #added = new Set<string>();
  readonly #removed = new Set<string>();
  readonly #made = new Set<string>();
  readonly #restored = new Set<string>();
  readonly #invalidated = new Set<string>();
  #symbolIndex: EditCost['symbolIndex'] = 'unchanged';
  #spentSeconds = 0;

  added(path: string): void {
    if (!this.#removed.delete(path)) this.#added.add(path);
  }

  removed(path: string): void {
    if (!this.#added.delete(path)) this.#removed.add(path);
  }

  made(path: string): void {
    this.#restored.delete(path);
    this.#made.add(path);
  }

  restored(path: string): void {
    if (!this.#made.has(path)) this.#restored.add(path);
  }

  invalidated(path: string): void {
    this.#invalidated.add(path);
  }

  spent(seconds: number): void {
    this.#spentSeconds += seconds;
  }

  symbolIndex(how: 'made' | 'restored' | 'failed'): void {
    // Made once and found again since then is still made.
    if (how !== 'restored' || this.#symbolIndex !== 'made') this.#symbolIndex = how;
  }

  /** Nothing happened that anybody has to be told. */
  get isEmpty(): boolean {
    const sets = [this.#added, this.#removed, this.#made, this.#restored];
    return this.#symbolIndex === 'unchanged' && sets.every(({ size }) => size === 0);
  }

  /** What it comes to; the account begins anew. @param files those that are listed now */
  take(files: ReadonlySet<string>): EditCost {
    const listed = (paths: ReadonlySet<string>) => [...paths].filter((path) => files.has(path)).sort();
    const cost: EditCost = {
      files: files.size,
      added: listed(this.#added),
      removed: [...this.#removed].filter((path) => !files.has(path)).sort(),
      regenerated: listed(this.#made),
      invalidated: listed(this.#made).filter((path) => this.#invalidated.has(path)),
      restored: listed(this.#restored),
      symbolIndex: this.#symbolIndex,
      spentSeconds: this.#spentSeconds,
    };
    this.clear();
    return cost;
  }

  clear(): void {
    for (const paths of [this.#added, this.#removed, this.#made, this.#restored]) paths.clear();
    this.#invalidated.clear();
    this.#symbolIndex = 'unchanged';
    this.#spentSeconds = 0;
  }
}

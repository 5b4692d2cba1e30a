/** Writes that were accepted, and have not settled. */
export class PendingWrites {
  readonly #writes = new Set<Promise<unknown>>();

  add<R>(writing: Promise<R>): Promise<R> {
    const settled: Promise<void> = writing.then(nothing, nothing).then(() => {
      this.#writes.delete(settled);
    });
    this.#writes.add(settled);
    return writing;
  }

  /** Resolves when all of them have settled, and those that came of them. */
  async settled(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled(this.#writes);
  }
}

function nothing(): void {}

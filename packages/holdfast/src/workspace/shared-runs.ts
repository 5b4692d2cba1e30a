interface Run<T> {
  readonly result: Promise<T>;
  next?: Promise<T>;
}

/**
 * One run per name at a time: a hashing, a search. Who comes while one is under way cannot use it, since it may have
 * passed what has changed before they asked; all of them share the next one.
 */
export class SharedRuns<T> {
  readonly #runs = new Map<string, Run<T>>();

  /** Resolves to what a run that begins after this call comes to. `run` must not reject for one caller only. */
  join(name: string, run: () => Promise<T>): Promise<T> {
    const current = this.#runs.get(name);
    if (current === undefined) return this.#begin(name, run);
    current.next ??= current.result.then(nothing, nothing).then(() => this.#begin(name, run));
    return current.next;
  }

  #begin(name: string, run: () => Promise<T>): Promise<T> {
    const current: Run<T> = { result: run() };
    this.#runs.set(name, current);
    const end = () => {
      if (current.next === undefined) this.#runs.delete(name);
    };
    current.result.then(end, end);
    return current.result;
  }
}

function nothing(): void {}

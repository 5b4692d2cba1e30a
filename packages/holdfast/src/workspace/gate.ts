interface Run<T> {
  readonly result: Promise<T>;
  next?: Promise<T>;
}

/** Lets a bounded number of tasks run at once, so that a thousand large files need no thousand handles and buffers. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next !== undefined) next();
      else this.#free += 1;
    }
  }
}

/**
 * One hashing per path at a time. Who comes while one is under way cannot use it, since it may have read what has
 * changed before they asked; all of them share the next one.
 */
export class SharedHashing<T> {
  readonly #gate: Gate;
  readonly #runs = new Map<string, Run<T>>();

  constructor(gate: Gate) {
    this.#gate = gate;
  }

  /** `hash` never rejects. */
  join(path: string, hash: () => Promise<T>): Promise<T> {
    const run = this.#runs.get(path);
    if (run === undefined) return this.#begin(path, hash);
    run.next ??= run.result.then(() => this.#begin(path, hash));
    return run.next;
  }

  #begin(path: string, hash: () => Promise<T>): Promise<T> {
    const run: Run<T> = { result: this.#gate.run(hash) };
    this.#runs.set(path, run);
    void run.result.then(() => {
      if (run.next === undefined) this.#runs.delete(path);
    });
    return run.result;
  }
}

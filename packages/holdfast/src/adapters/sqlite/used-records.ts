/** How old the note of a use may be, in milliseconds. */
const grain = 600_000;
const flushAfter = 1_000;
const most = 10_000;

/** Notes which records were used, only about when, and tells of many at once: reading must not become writing. */
export class UsedRecords {
  readonly #tell: (hashes: readonly string[], at: number) => Promise<unknown>;
  readonly #hashes = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (hashes: readonly string[], at: number) => Promise<unknown>) {
    this.#tell = tell;
  }

  /** @param noted when the file says that the record was last used */
  add(hash: string, noted: number): void {
    if (Date.now() - noted < grain || this.#hashes.size >= most) return;
    this.#hashes.add(hash);
    this.#timer ??= setTimeout(() => this.flush(), flushAfter).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#hashes.size === 0) return;
    const hashes = [...this.#hashes];
    this.#hashes.clear();
    // A use that was not noted makes a record leave sooner, and no more.
    this.#tell(hashes, Date.now()).catch(() => {});
  }
}

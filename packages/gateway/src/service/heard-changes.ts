/** What was heard of since it was followed up last. */
export interface FolderChanges {
  /** Files whose content is another one, or that are gone. */
  readonly paths: ReadonlySet<string>;
  /** Files have come or gone, or an ignore file says something else. */
  readonly listing: boolean;
}

/** More files at once are the work of a program, which may be writing others. */
const byHand = 3;
/** Then the edit is over when nothing was heard for so long, in milliseconds. */
const quietMs = 100;
/** How often git's lock is looked at. */
const lockedMs = 25;
/** Whatever goes on, so long at most is waited for the end of it. */
const patienceMs = 3_000;

/**
 * Puts together what is one edit: a file that was saved is handed on at once, the files of a branch switch when git is done,
 * those of another program when it is quiet. While one edit is followed up, the next one is gathered.
 */
export class HeardChanges {
  readonly #isLocked: () => boolean;
  readonly #followUp: (changes: FolderChanges) => Promise<void>;
  #paths = new Set<string>();
  #listing = false;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #working = false;
  #isClosed = false;

  /**
   * @param isLocked whether git is changing the folder
   * @param followUp never rejects
   */
  constructor(isLocked: () => boolean, followUp: (changes: FolderChanges) => Promise<void>) {
    this.#isLocked = isLocked;
    this.#followUp = followUp;
  }

  hear(paths: Iterable<string>, listing: boolean): void {
    if (this.#isClosed) return;
    if (!this.#isPending) this.#since = performance.now();
    for (const path of paths) this.#paths.add(path);
    this.#listing ||= listing;
    if (this.#isPending && !this.#working) this.#wait();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  get #isPending(): boolean {
    return this.#listing || this.#paths.size > 0;
  }

  /** Each change that is heard begins the wait anew. */
  #wait(): void {
    clearTimeout(this.#timer);
    const left = this.#since + patienceMs - performance.now();
    const locked = this.#isLocked();
    const many = this.#paths.size > byHand;
    if (left <= 0 || !(locked || many)) return void this.#work();
    this.#timer = setTimeout(
      () => (this.#isLocked() ? this.#wait() : void this.#work()),
      Math.min(left, many ? quietMs : lockedMs),
    );
    this.#timer.unref();
  }

  async #work(): Promise<void> {
    const changes = { paths: this.#paths, listing: this.#listing };
    this.#paths = new Set();
    this.#listing = false;
    this.#working = true;
    await this.#followUp(changes);
    this.#working = false;
    if (this.#isPending && !this.#isClosed) this.#wait();
  }
}

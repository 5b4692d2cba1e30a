/** Shortest pause between the end of a look and the start of the next. */
const pauseMs = 2_000;
/**
 * Pauses are at least this many times as long as the look before, so that looking takes at most 5 % of the time. A
 * look over 550 files takes some 35 ms and comes every two seconds; one over 5,000 takes 0.33 s (two cores, warm
 * directory cache, nothing edited), and comes every six.
 */
const pausePerLook = 19;

/**
 * Looks over the folder again and again while a page is open, so that it shows what the last edit cost. Every answer
 * of the API checks its files by itself; this only makes edits visible that nobody asked about.
 */
export class PeriodicLook {
  readonly #look: () => Promise<unknown>;
  readonly #onError: (error: unknown) => void;
  #running = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(look: () => Promise<unknown>, onError: (error: unknown) => void) {
    this.#look = look;
    this.#onError = onError;
  }

  run(wanted: boolean): void {
    if (wanted === this.#running) return;
    this.#running = wanted;
    clearTimeout(this.#timer);
    if (wanted) this.#pause(pauseMs);
  }

  #pause(milliseconds: number): void {
    this.#timer = setTimeout(() => void this.#once(), milliseconds);
  }

  async #once(): Promise<void> {
    const start = performance.now();
    try {
      await this.#look();
    } catch (error) {
      if (this.#running) this.#onError(error);
    }
    // Stopped and started again meanwhile: then another timer is under way, and this one is replaced.
    clearTimeout(this.#timer);
    if (this.#running) this.#pause(Math.max(pauseMs, pausePerLook * (performance.now() - start)));
  }
}

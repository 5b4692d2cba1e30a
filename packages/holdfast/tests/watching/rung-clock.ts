import { SystemClock, type Timer } from '../../src/lib/clock.ts';

/** The machine's clock, except that who waits for exactly so long is called when a test rings. */
export class RungClock extends SystemClock {
  readonly #length: number;
  readonly #waiting = new Set<() => void>();

  /** @param length milliseconds */
  constructor(length: number) {
    super();
    this.#length = length;
  }

  override setTimeout(call: () => void, milliseconds: number): Timer {
    if (milliseconds !== this.#length) return super.setTimeout(call, milliseconds);
    this.#waiting.add(call);
    return { cancel: () => void this.#waiting.delete(call), ref: () => {}, unref: () => {} };
  }

  /** @throws where nobody waits: then the test would wait for real time, or for ever */
  ring(): void {
    const due = [...this.#waiting];
    if (due.length === 0) throw new Error(`nobody waits for ${this.#length} ms`);
    this.#waiting.clear();
    for (const call of due) call();
  }
}

import type { Caller } from './caller.ts';

/**
 * A closed door that calls wait at until it is opened, so that a test decides when an answer comes and never sleeps.
 * Hand one to a scripted step (`hold: gate`), or take the one before every call from `fake.hold()`.
 */
export class Gate implements Disposable {
  readonly #waiting = new Set<() => void>();
  #open = false;

  /** How many calls stand before the gate. */
  get waiting(): number {
    return this.#waiting.size;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Lets the first `count` of the waiting calls through, in order of arrival; returns how many there were. */
  pass(count = 1): number {
    let passed = 0;
    for (const go of this.#waiting) {
      if (passed >= count) break;
      this.#waiting.delete(go);
      passed += 1;
      go();
    }
    return passed;
  }

  /** Opens the gate for good: for those who wait and for all that come later. */
  release(): void {
    this.#open = true;
    this.pass(Number.POSITIVE_INFINITY);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** Ends when the gate lets the caller through. @throws ClientGone when the client leaves first. */
  async through(caller: Caller): Promise<void> {
    if (this.#open) return;
    await caller.wait<void>((go) => {
      this.#waiting.add(go);
      return () => this.#waiting.delete(go);
    });
  }
}

import { Gathering } from './gathering.ts';
import type { Word } from './order.ts';

/** What is told in one turn of the event loop, and whether it may be less than what happened. */
export class Burst {
  readonly hints = new Gathering();
  readonly #overflow: number;
  #events = 0;
  #told = 0;
  #doubtful = false;

  /**
   * Node does not tell that the kernel's queue was full. But all of a queue is read in one turn, and a full one hardly
   * ever holds less than half of it that we are told of.
   */
  constructor(queueLength: number) {
    this.#overflow = Math.floor(queueLength / 2);
  }

  get events(): number {
    return this.#events;
  }

  get isDoubtful(): boolean {
    return this.#doubtful;
  }

  count(events: number): void {
    this.#events += events;
  }

  /** Hints may be lost for another reason than their number. */
  doubt(): void {
    this.#doubtful = true;
  }

  take(): Extract<Word, { type: 'overflow' | 'gathered' }> | undefined {
    const isNew = this.#events > this.#told;
    this.#told = this.#events;
    if (this.#doubtful || (isNew && this.#events >= this.#overflow)) {
      this.#doubtful = false;
      // Everything is looked at, whatever the hints say.
      this.hints.clear();
      return { type: 'overflow', events: this.#events };
    }
    return this.hints.isEmpty ? undefined : { type: 'gathered', directories: this.hints.take() };
  }

  /** All that was told in the turn is taken. */
  end(): void {
    this.#events = 0;
    this.#told = 0;
  }
}

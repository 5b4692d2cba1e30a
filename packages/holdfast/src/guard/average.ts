/** Weight of the latest value. */
const latest = 0.1;

/** An exponential moving average; 0 until there is a value. */
export class Average {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  add(value: number): void {
    this.#value = this.#value === 0 ? value : this.#value * (1 - latest) + value * latest;
  }
}

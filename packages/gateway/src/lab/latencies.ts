import { createHistogram } from 'node:perf_hooks';

/** Times that callers waited. Bounded, however many there were. */
export class Latencies {
  readonly #histogram = createHistogram({ lowest: 1, highest: 120_000_000, figures: 3 });

  /** @param milliseconds fractions of one count as well */
  record(milliseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(milliseconds * 1_000)));
  }

  reset(): void {
    this.#histogram.reset();
  }

  /** In milliseconds; all are 0 before the first. */
  snapshot(): { readonly p50: number; readonly p99: number; readonly max: number } {
    const empty = this.#histogram.count === 0;
    const milliseconds = (microseconds: number) => (empty ? 0 : microseconds / 1_000);
    return {
      p50: milliseconds(this.#histogram.percentile(50)),
      p99: milliseconds(this.#histogram.percentile(99)),
      max: milliseconds(this.#histogram.max),
    };
  }
}

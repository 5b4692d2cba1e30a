import { performance } from 'node:perf_hooks';
import { HoldfastRefusedError } from 'holdfast';
import type { LabSide as SideState } from '../api/index.ts';
import { Latencies } from './latencies.ts';

/** How the callers of one side fared since the last reset. Bounded, however many there were. */
export class Tally {
  readonly #latency = new Latencies();
  #answered = 0;
  #stale = 0;
  #failures = 0;
  #waiting = 0;
  #refused = 0;
  /** When the last one of these may come back; milliseconds since 1970. */
  #comeBackAt = 0;

  /** One caller, from its question to its answer, refusal or failure, which is counted and goes no further. */
  async follow(ask: () => Promise<{ readonly stale: boolean }>): Promise<void> {
    const start = performance.now();
    this.#waiting += 1;
    try {
      const { stale } = await ask();
      this.#answered += 1;
      if (stale) this.#stale += 1;
    } catch (error) {
      if (error instanceof HoldfastRefusedError) {
        this.#refused += 1;
        this.#comeBackAt = Math.max(this.#comeBackAt, error.retryAt);
      } else this.#failures += 1;
    }
    this.#waiting -= 1;
    this.#latency.record(performance.now() - start);
  }

  reset(): void {
    this.#latency.reset();
    this.#answered = 0;
    this.#stale = 0;
    this.#failures = 0;
    this.#refused = 0;
    this.#comeBackAt = 0;
  }

  snapshot(): Omit<SideState, 'providerCalls' | 'usd' | 'rateLimited' | 'guard' | 'stream'> {
    return {
      answered: this.#answered,
      stale: this.#stale,
      failures: this.#failures,
      refused: this.#refused,
      comeBackIn: Math.max(0, Math.ceil((this.#comeBackAt - Date.now()) / 1_000)),
      waiting: this.#waiting,
      latency: this.#latency.snapshot(),
    };
  }
}

import type { Landing } from './answer.ts';
import type { Partition } from './partition.ts';

/** Those of the callers of a flight that have no options of their own: they are only counted, and share one promise. */
export class Herd {
  #size = 0;
  #shared: PromiseWithResolvers<unknown> | undefined;

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  /** The promise is the same for all. */
  join(): Promise<unknown> {
    this.#size += 1;
    this.#shared ??= Promise.withResolvers();
    return this.#shared.promise;
  }

  /** Tells the account and all of them; who comes later waits for something else. */
  settle(partition: Partition, landing: Landing): void {
    const [size, shared] = [this.#size, this.#shared];
    if (shared === undefined) return;
    this.#size = 0;
    this.#shared = undefined;
    if (landing.ok) {
      const outcome = landing.stale ? 'stale' : landing.by === 'store' ? 'stored' : 'coalesced';
      partition.engine.count(partition, outcome, size, landing.cost);
      shared.resolve(landing.value);
    } else {
      partition.engine.count(partition, 'failed', size, undefined);
      shared.reject(landing.error);
    }
  }
}

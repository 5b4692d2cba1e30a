import type { Milliseconds } from '../lib/duration.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { Store } from '../stores/store.ts';
import type { Engine } from './engine.ts';

/** Milliseconds that a store is given for each thing that it is asked for. */
export const patience = { read: 1_000, acquire: 1_000, commit: 10_000, forbid: 5_000 } as const;
/** Failures in a row after which the store is left alone for a while. */
const mostFailures = 5;
const rest = { first: 1_000, longest: 30_000 } as const;

/**
 * Asks a store, so that whatever it does or does not do costs a bounded wait: each question has a deadline, and after some
 * failures in a row nothing is asked for a while.
 */
export class StoreLine {
  readonly #engine: Engine;
  readonly #store: Store;
  readonly #onRecovery: () => void;
  #failures = 0;
  #askAgainAt = 0;

  constructor(engine: Engine, store: Store, onRecovery: () => void) {
    this.#engine = engine;
    this.#store = store;
    this.#onRecovery = onRecovery;
  }

  /** What the store answers; undefined where it fails, takes longer than `limit`, or is left alone. Never rejects. */
  async ask<R>(
    operation: string,
    limit: Milliseconds,
    work: (store: Store) => Promise<R>,
  ): Promise<R | undefined> {
    const { clock } = this.#engine;
    if (this.#failures >= mostFailures && clock.now() < this.#askAgainAt) return undefined;
    const { promise, resolve } = Promise.withResolvers<'late'>();
    const timer = clock.setTimeout(() => resolve('late'), limit);
    timer.unref();
    try {
      const working = work(this.#store);
      const done = await Promise.race([working.then((result) => ({ result })), promise]);
      if (done === 'late') {
        // Whatever it comes to is nobody's business any more.
        working.catch(() => undefined);
        throw new HoldfastError('E_STORE', `the store did not answer within ${limit} ms (${operation})`);
      }
      this.#succeed();
      return done.result;
    } catch (error) {
      this.#fail(operation, error);
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  /** Closes the store, however it was left alone. Never rejects. */
  async close(): Promise<void> {
    await this.#store.close().catch((error: unknown) => this.#fail('close', error));
  }

  #fail(operation: string, error: unknown): void {
    const { clock, emitter } = this.#engine;
    this.#failures += 1;
    const over = this.#failures - mostFailures;
    if (over >= 0) {
      this.#askAgainAt = clock.now() + Math.min(rest.longest, rest.first * 2 ** Math.min(over, 20));
    }
    if (emitter.wants('store.failed')) {
      emitter.emit({ type: 'store.failed', operation, error, resting: over >= 0 });
    }
  }

  #succeed(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    const { emitter } = this.#engine;
    if (emitter.wants('store.recovered')) emitter.emit({ type: 'store.recovered' });
    this.#onRecovery();
  }
}

import type { KeyId } from '../model/key.ts';
import type { Trace } from '../model/trace.ts';
import type { KindPolicy } from './kind.ts';

/** The last failure of a key. Times are milliseconds of the cache's clock. */
export interface Failure {
  readonly error: unknown;
  /** How many times in a row. */
  readonly count: number;
  /** Until then regeneration is held back, while something stale can be served. */
  readonly retryAt: number;
  /** Until then later callers get the failure, where nothing stale can be served. */
  readonly negativeUntil: number;
  /** What the failed attempt had read: when it changes, the failure is forgotten. */
  readonly trace: Trace;
  /** When it began, among all checks and runs of the cache: whoever asked before takes it as the answer. */
  readonly order: number;
}

/** More than this are not remembered per kind and scope; the oldest is forgotten, which costs a generation. */
const most = 10_000;

/** The failures of one partition. */
export class Failures {
  readonly #byKey = new Map<KeyId, Failure>();

  get size(): number {
    return this.#byKey.size;
  }

  get(id: KeyId): Failure | undefined {
    return this.#byKey.get(id);
  }

  /** Remembers a failure; the back-off doubles with each in a row. */
  record(
    id: KeyId,
    error: unknown,
    { trace, order }: Pick<Failure, 'trace' | 'order'>,
    policy: KindPolicy,
    now: number,
  ): Failure {
    const count = (this.#byKey.get(id)?.count ?? 0) + 1;
    const { first, longest } = policy.backoff;
    const failure: Failure = {
      error,
      count,
      retryAt: now + Math.min(longest, first * 2 ** Math.min(count - 1, 60)),
      negativeUntil: now + policy.negativeTtl,
      trace,
      order,
    };
    this.#byKey.delete(id);
    this.#byKey.set(id, failure);
    if (this.#byKey.size > most) {
      const oldest = this.#byKey.keys().next();
      if (!oldest.done) this.#byKey.delete(oldest.value);
    }
    return failure;
  }

  forget(id: KeyId): void {
    this.#byKey.delete(id);
  }

  forgetAll(matches: (id: KeyId, failure: Failure) => boolean): void {
    for (const [id, failure] of this.#byKey) {
      if (matches(id, failure)) this.#byKey.delete(id);
    }
  }

  clear(): void {
    this.#byKey.clear();
  }
}

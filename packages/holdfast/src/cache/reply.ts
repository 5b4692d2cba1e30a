import type { Timer } from '../lib/clock.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';

/**
 * What the caller gets: one answer, or one error, which is one outcome for the account. Whatever comes first ends the call,
 * and everything later finds it `done`.
 */
export class Reply {
  done = false;
  readonly #call: Call;
  readonly #began: number;
  readonly #resolvers = Promise.withResolvers<Answer>();
  readonly #timers: Timer[] = [];
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(call: Call) {
    this.#call = call;
    const { engine } = call.partition;
    this.#began = engine.horizon.read();
    engine.calls.add(call);
  }

  get promise(): Promise<Answer> {
    return this.#resolvers.promise;
  }

  /** Does something when the caller's signal aborts; not any more once the call is done. */
  onAbort(signal: AbortSignal, then: () => void): void {
    this.#signal = signal;
    this.#onAbort = then;
    signal.addEventListener('abort', then, { once: true });
  }

  /** Does something after so many milliseconds; not any more once the call is done. */
  after(milliseconds: number, then: () => void): void {
    this.#timers.push(this.#call.partition.engine.clock.setTimeout(then, milliseconds));
  }

  /** @param paid the call's own generation made the value: nothing was saved */
  give(answer: Answer, paid = false): void {
    if (this.done) return;
    this.#end(answer.outcome, answer, paid);
    this.#resolvers.resolve(answer);
  }

  fail(outcome: Outcome, error: unknown): void {
    if (this.done) return;
    this.#end(outcome);
    this.#resolvers.reject(error);
  }

  #end(outcome: Outcome, { stale, cost }: Partial<Answer> = {}, paid = false): void {
    this.done = true;
    const { partition, id, internal } = this.#call;
    const { engine } = partition;
    for (const timer of this.#timers) timer.cancel();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    engine.calls.delete(this.#call);
    engine.noteEnd();
    // A hit is counted in its entry's record, an internal one here.
    if (outcome !== 'hit' || internal) engine.count(partition, outcome, 1, paid ? undefined : cost, internal);
    if (!internal) engine.announce(partition, id, outcome, stale ?? false, this.#began);
  }
}

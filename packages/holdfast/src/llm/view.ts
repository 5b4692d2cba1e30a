import type { Viewer } from '../cache/viewer.ts';
import { nobodyReadsOn } from '../lib/left.ts';
import type { Outcome } from '../model/outcome.ts';
import type { ReadOptions } from './tape.ts';

/** What came first: the whole of an answer, or one that is on its way. */
export type Sight<A, T> =
  | { readonly is: 'whole'; readonly whole: T }
  | {
      readonly is: 'live';
      readonly answer: A;
      /** Of the call, if the answer comes to a good end. */
      readonly outcome: Outcome;
      /** For the tape of the answer: who stops reading leaves. */
      readonly reading: ReadOptions;
    };

/** Takes an answer that is on its way, if it is one that its caller can use; of any other the whole is waited for. */
export class View<A> implements Viewer {
  readonly #use: (unfinished: unknown) => A | undefined;
  readonly refusalOf: (value: unknown) => unknown;
  readonly #shown = Promise.withResolvers<{ readonly answer: A; readonly outcome: Outcome }>();
  isCommitted = false;

  /**
   * @param use the answer in what is shown; undefined for one that cannot be used
   * @param refusalOf why the whole of an answer cannot be used; undefined for one that can
   */
  constructor(use: (unfinished: unknown) => A | undefined, refusalOf: (value: unknown) => unknown) {
    this.#use = use;
    this.refusalOf = refusalOf;
  }

  show(unfinished: unknown, outcome: Outcome): void {
    const answer = this.#use(unfinished);
    if (answer === undefined) return;
    this.isCommitted = true;
    this.#shown.resolve({ answer, outcome });
  }

  /**
   * Asks with this view. The call lasts as long as what is still coming is read. Rejects as `ask` does.
   * @param signal of the caller
   */
  async look<T>(
    signal: AbortSignal | undefined,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<Sight<A, T>> {
    const leaving = new AbortController();
    const leave = () => leaving.abort(signal?.reason);
    const release = () => signal?.removeEventListener('abort', leave);
    if (signal?.aborted) leave();
    else signal?.addEventListener('abort', leave, { once: true });
    const left = () => leaving.abort(nobodyReadsOn());
    const live = this.#shown.promise.then((shown) => {
      // From now on the reading hears of it: whoever has read all of it has not left, whatever its signal does.
      release();
      return { is: 'live', ...shown, reading: { left, signal } } as const;
    });
    const whole = ask(leaving.signal)
      .finally(release)
      .then((found) => ({ is: 'whole', whole: found }) as const);
    // Where it is live, how it ends is told by the tape.
    return Promise.race([live, whole]);
  }
}

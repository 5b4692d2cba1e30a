import { type BodyLimits, guardBody } from '../guard/body.ts';
import { runWithin } from '../guard/deadline.ts';
import type { Clock } from '../lib/clock.ts';
import { nobodyReadsOn } from '../lib/left.ts';
import { limited } from './answer-limit.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import type { Upstream } from './upstream.ts';

export interface Passing {
  readonly upstream: Upstream;
  readonly clock: Clock;
  /** Milliseconds until the answer begins. */
  readonly timeout: number;
  readonly body: BodyLimits;
  readonly maxAnswerBytes: number;
  readonly key: string | undefined;
  /** The caller's own, and that of who hands the request on. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Hands on a request that is no question to a model, and its answer as it comes: neither shared nor kept. Rejects with
 * E_PROVIDER_TIMEOUT and the reason of a signal; so does the body, when it is read.
 */
export async function passOn(request: ExchangeRequest, passing: Passing): Promise<ExchangeAnswer> {
  const { upstream, clock, timeout, body, maxAnswerBytes, key } = passing;
  const from = AbortSignal.any([...passing.signals]);
  from.throwIfAborted();
  const ending = new AbortController();
  const { signal } = ending;
  const abort = (reason: unknown) => ending.abort(reason);
  const leave = () => abort(from.reason);
  from.addEventListener('abort', leave, { once: true });
  // Where the body has ended, there is nothing left to abort.
  const end = (reason: unknown = nobodyReadsOn()) => {
    from.removeEventListener('abort', leave);
    abort(reason);
  };
  try {
    const sending = () => upstream.send(request, { key, signal });
    const response = await runWithin(sending, { clock, timeout, limit: 'attempt', signal });
    const headers = { ...upstream.headersOf(response.headers), 'holdfast-outcome': 'bypassed' };
    if (response.body === null) {
      end();
      return { status: response.status, headers, body: new Uint8Array() };
    }
    const guarded = guardBody<Uint8Array>(response.body, { ...body, clock, signal, abort });
    return { status: response.status, headers, body: new PassedBody(limited(guarded, maxAnswerBytes), end) };
  } catch (error) {
    end(error);
    throw error;
  }
}

/** What comes, for as long as it is read; who leaves ends the request, also one who has not begun to read. */
class PassedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #chunks: AsyncIterator<Uint8Array, undefined>;
  readonly #end: () => void;

  constructor(chunks: AsyncIterable<Uint8Array>, end: () => void) {
    this.#chunks = chunks[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
    this.#end = end;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    try {
      const result = await this.#chunks.next();
      if (result.done === true) this.#end();
      return result;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    await this.#chunks.return?.();
    return { done: true, value: undefined };
  }
}

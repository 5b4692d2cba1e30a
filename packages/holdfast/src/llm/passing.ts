import { type BodyLimits, guardBody } from '../guard/body.ts';
import type { Clock } from '../lib/clock.ts';
import { limited } from './answer-limit.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import type { Upstream } from './upstream.ts';

export interface Passing {
  readonly upstream: Upstream;
  readonly clock: Clock;
  readonly body: BodyLimits;
  readonly maxAnswerBytes: number;
  readonly key: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Hands on a request that is no question to a model, and its answer as it comes: neither shared nor kept. */
export async function passOn(request: ExchangeRequest, passing: Passing): Promise<ExchangeAnswer> {
  const { upstream, clock, body, maxAnswerBytes, key, signal } = passing;
  const ending = new AbortController();
  const leave = () => ending.abort(signal?.reason);
  const abort = (reason: unknown) => ending.abort(reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', leave, { once: true });
  const release = () => signal?.removeEventListener('abort', leave);
  try {
    const response = await upstream.send(request, { key, signal: ending.signal });
    const headers = { ...upstream.headersOf(response.headers), 'holdfast-outcome': 'bypassed' };
    if (response.body === null) {
      release();
      return { status: response.status, headers, body: new Uint8Array() };
    }
    // Where the body has ended, there is nothing left to abort.
    const end = () => {
      release();
      ending.abort(new DOMException('nobody reads on', 'AbortError'));
    };
    const guarded = guardBody<Uint8Array>(response.body, { ...body, clock, signal, abort });
    return { status: response.status, headers, body: new PassedBody(limited(guarded, maxAnswerBytes), end) };
  } catch (error) {
    release();
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

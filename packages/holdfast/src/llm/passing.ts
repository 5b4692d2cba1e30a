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
    const guarded = guardBody<Uint8Array>(response.body, { ...body, clock, signal, abort });
    return { status: response.status, headers, body: released(limited(guarded, maxAnswerBytes), release) };
  } catch (error) {
    release();
    throw error;
  }
}

async function* released(
  chunks: AsyncIterable<Uint8Array>,
  release: () => void,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  try {
    yield* chunks;
  } finally {
    release();
  }
}

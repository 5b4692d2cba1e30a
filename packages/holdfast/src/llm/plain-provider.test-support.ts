import { canonical } from '../lib/canonical.ts';
import type { ExchangeRequest, Form, Recording } from './exchange.ts';
import type { Judgement, Provider, Question } from './provider.ts';

/** What the plain provider is asked. */
export interface PlainQuestion {
  readonly model?: string;
  readonly prompt: string;
  readonly stream?: boolean;
}

/**
 * A provider without history, for tests of the exchange layer: `POST /ask` with `{ model, prompt, stream }` in, lines of text out.
 * An answer is good if its last line is `end`; it is a failure if one is `error 503`.
 */
export const plain: Provider = {
  name: 'plain',
  baseUrl: 'https://plain.example',
  requestHeaders: new Set(['content-type']),
  responseHeaders: new Set(['content-type', 'retry-after']),
  read: ({ method, target, body }): Question | undefined => {
    if (method !== 'POST' || target !== '/ask') return undefined;
    const {
      model = 'small',
      prompt,
      stream = false,
    } = JSON.parse(Buffer.from(body).toString()) as PlainQuestion;
    const form = stream ? 'events' : 'document';
    const identity = canonical([model, prompt], 'a question');
    const unkept = prompt.startsWith('weather') ? 'it looks outside' : undefined;
    return { model, form, identity, unkept, estimatedTokens: prompt.length, expectation: undefined };
  },
  takeKey: (request: ExchangeRequest) => {
    const { 'x-key': key, ...headers } = request.headers;
    return { key, request: { ...request, headers } };
  },
  keyHeaders: (key) => ({ 'x-key': key }),
  judge: ({ model }, { body }): Judgement => {
    const lines = body.split('\n').filter((line) => line !== '');
    const error = lines.find((line) => line.startsWith('error '));
    const usage = { model, inputTokens: 10, cachedTokens: 0, outputTokens: lines.length };
    if (error !== undefined) return { is: 'failure', status: Number(error.slice(6)), body: error, usage };
    if (lines.at(-1) === 'end') return { is: 'good', usage };
    return { is: 'unkept', why: 'it was cut', usage, isBroken: true };
  },
  write: (recording: Recording, form: Form): Recording =>
    recording.form === form ? recording : { form, type: 'text/plain', body: `as ${form}\n${recording.body}` },
  explain: ({ status, message }) => ({ type: 'text/plain', body: `${status} ${message}` }),
};

export function asking(question: PlainQuestion, headers: Record<string, string> = {}): ExchangeRequest {
  const body = Buffer.from(JSON.stringify(question));
  return {
    method: 'POST',
    target: '/ask',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  };
}

/** One request that has come upstream, and the answer that a test gives it, piece by piece. */
export class Arrival {
  readonly url: string;
  readonly init: RequestInit;
  readonly #response = Promise.withResolvers<Response>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(url: string, init: RequestInit) {
    this.url = url;
    this.init = init;
    init.signal?.addEventListener('abort', () => {
      this.#response.reject(init.signal?.reason);
      this.#controller?.error(init.signal?.reason);
    });
  }

  get response(): Promise<Response> {
    return this.#response.promise;
  }

  get headers(): Headers {
    return new Headers(this.init.headers);
  }

  get aborted(): boolean {
    return this.init.signal?.aborted ?? false;
  }

  begin(status = 200, headers: Record<string, string> = { 'content-type': 'text/plain' }): this {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
    });
    this.#response.resolve(new Response(body, { status, headers }));
    return this;
  }

  write(text: string): this {
    this.#controller?.enqueue(Buffer.from(text));
    return this;
  }

  bytes(...bytes: number[]): this {
    this.#controller?.enqueue(Uint8Array.from(bytes));
    return this;
  }

  end(): void {
    this.#controller?.close();
  }

  /** The connection breaks. */
  reset(): void {
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const error = new TypeError('fetch failed', { cause });
    this.#response.reject(error);
    this.#controller?.error(error);
  }

  whole(text: string, status = 200, headers?: Record<string, string>): void {
    this.begin(status, headers).write(text).end();
  }
}

/** The upstream of a test: keeps what comes. */
export class PlainUpstream {
  readonly arrivals: Arrival[] = [];

  readonly fetch = (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const arrival = new Arrival(String(url), init);
    this.arrivals.push(arrival);
    return arrival.response;
  };

  at(index: number): Arrival {
    const arrival = this.arrivals[index];
    if (arrival === undefined) throw new Error(`only ${this.arrivals.length} requests have come upstream`);
    return arrival;
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { HoldfastError } from 'holdfast';
import type { ExchangeAnswer, ExchangeRequest, Exchanges, Provider } from 'holdfast/llm';
import { checkSource, type Token } from '../server/access.ts';
import { hasBody } from '../server/body.ts';
import { Refusal, refusalOf } from '../server/refusal.ts';
import { type Sending, sendAnswer } from './answer.ts';
import { Callers } from './callers.ts';
import { type BodyBounds, RequestBodies } from './request-body.ts';
import { providerTarget } from './target.ts';

export interface ProxyOptions {
  readonly exchanges: Pick<Exchanges, 'ask'>;
  readonly provider: Provider;
  readonly token: Token;
  /** Put in for clients that present the token in the place of a key. */
  readonly ownKey?: string | undefined;
  readonly bodies: BodyBounds;
  /** Milliseconds after which a client that reads nothing of what waits for it is left; a minute unless said. */
  readonly stalled?: number;
  /** Told of what no answer tells: errors of the gateway itself. */
  readonly onError: (error: unknown) => void;
}

const methods: ReadonlySet<string | undefined> = new Set(['GET', 'POST', 'PATCH', 'DELETE']);
const nothing = new Uint8Array(0);

/** Hands requests to a provider through the cache, and its answers back. */
export class ProviderProxy {
  readonly #exchanges: ProxyOptions['exchanges'];
  readonly #provider: Provider;
  readonly #callers: Callers;
  readonly #bodies: RequestBodies;
  readonly #sending: Sending;
  readonly #onError: (error: unknown) => void;

  constructor({ exchanges, provider, token, ownKey, bodies, stalled = 60_000, onError }: ProxyOptions) {
    this.#exchanges = exchanges;
    this.#provider = provider;
    this.#callers = new Callers(provider, token, ownKey);
    this.#bodies = new RequestBodies(bodies);
    this.#sending = {
      stalled,
      lastWords: (error) => `data: ${this.#explain(breakOf(error)).body}\r\n\r\n`,
    };
    this.#onError = onError;
  }

  /** @param port that the server listens on. Never rejects. */
  async answer(request: IncomingMessage, response: ServerResponse, port: number): Promise<void> {
    // A connection that breaks while it is written to is its client's business.
    response.on('error', () => undefined);
    try {
      checkSource(request, port, 'api');
      await sendAnswer(response, await this.#ask(request, response), this.#sending);
    } catch (error) {
      // Whoever asked has gone.
      if (response.destroyed || error === request.errored) return;
      const refusal = this.#refusalOf(error);
      const headers = { ...refusal.headers, ...(!this.#bodies.discard(request) && { connection: 'close' }) };
      const { type, body } = this.#explain(refusal);
      const answer = {
        status: refusal.status,
        headers: { 'content-type': type, ...headers },
        body: Buffer.from(body),
      };
      await sendAnswer(response, answer, this.#sending);
    }
  }

  async #ask(request: IncomingMessage, response: ServerResponse): Promise<ExchangeAnswer> {
    const { method = '', headers, url = '' } = request;
    if (!methods.has(method)) {
      throw new Refusal(405, 'E_METHOD', `the proxy takes ${[...methods].join(', ')}`, {
        allow: [...methods].join(', '),
      });
    }
    // Others, such as h2c, are offers that need not be taken: Java's own client makes it with every first request.
    if (headers.upgrade?.toLowerCase().includes('websocket')) {
      throw new Refusal(501, 'E_UPGRADE', 'the proxy hands on requests, no WebSockets');
    }
    if (method === 'GET' && hasBody(request)) {
      throw new Refusal(400, 'E_BODY', 'a GET is handed on without a body: send none, or POST');
    }
    // No header that is an array (`set-cookie`) is one that a provider is sent.
    const asked = { method, target: providerTarget(url), headers, body: nothing } as ExchangeRequest;
    const { request: bare, key, scope, mode } = this.#callers.identify(asked);
    const body = await this.#bodies.read(request);
    const leaving = new AbortController();
    response.on('close', () => {
      if (!response.writableFinished) leaving.abort();
    });
    // It may have left as its body ended.
    if (response.destroyed) leaving.abort();
    try {
      const options = { key, scope, signal: leaving.signal, ...(mode !== undefined && { mode }) };
      return await this.#exchanges.ask({ ...bare, body }, options);
    } finally {
      this.#bodies.release(body);
    }
  }

  #refusalOf(error: unknown): Refusal {
    const refusal = knownRefusal(error) ?? refusalOf(error);
    if (refusal.status === 500) this.#onError(error);
    return refusal;
  }

  /** In the words of the provider, so that its own client takes it for an error of its kind. */
  #explain({ status, code, message }: Refusal): { readonly type: string; readonly body: string } {
    return this.#provider.explain({ status, message: `${code}: ${message}` });
  }
}

/** What broke an answer off: whatever it was, its end did not come from the provider. */
function breakOf(error: unknown): Refusal {
  return knownRefusal(error) ?? new Refusal(502, 'E_PROVIDER', 'the answer of the provider broke off');
}

function knownRefusal(error: unknown): Refusal | undefined {
  if (!HoldfastError.isInstance(error)) return undefined;
  const status = statuses[error.code];
  return status === undefined ? undefined : new Refusal(status, error.code, error.message);
}

/** Of what the exchanges do not put into words themselves, and of what ends a stream. */
const statuses: Readonly<Record<string, number>> = {
  E_OPTION: 400,
  E_DURATION: 400,
  E_CLOSED: 503,
  E_ANSWER_TOO_LARGE: 502,
  E_PROVIDER: 502,
  E_PROVIDER_TIMEOUT: 504,
  E_GENERATION_TIMEOUT: 504,
};

import type { Kinds } from '../cache/options.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { ExchangeRequest } from './exchange.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import { Exchanges, type ExchangesOptions } from './exchanges.ts';
import { readable } from './readable.ts';

/** A `fetch` whose exchanges are shared, kept and guarded. */
export interface GuardedFetch<K extends Kinds = Kinds> extends AsyncDisposable {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  readonly exchanges: Exchanges<K>;
  close(): Promise<void>;
}

/**
 * A `fetch` for the client of a provider: `httpOptions.fetch` of `@google/genai`, `fetch` of the AI SDK's Google provider. It
 * reaches `baseUrl` and nothing else. Failures of the provider and the guard are responses, as they would be without it.
 * @throws E_OPTION, E_DURATION, E_SIZE, E_SCOPE, E_UNKNOWN_KIND
 */
export function guardedFetch<K extends Kinds = Kinds>(options: ExchangesOptions<K>): GuardedFetch<K> {
  const exchanges = new Exchanges(options);
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { request, signal } = await read(exchanges.baseUrl, input, init);
    return responseOf(await exchanges.ask(request, { signal }));
  };
  const close = (): Promise<void> => exchanges.close();
  return Object.assign(fetch, { exchanges, close, [Symbol.asyncDispose]: close });
}

interface Read {
  readonly request: ExchangeRequest;
  readonly signal: AbortSignal | undefined;
}

async function read(baseUrl: string, input: string | URL | Request, init: RequestInit = {}): Promise<Read> {
  // Most clients hand over a text: a `Request` would only copy it.
  if (!(input instanceof Request) && (init.body === undefined || typeof init.body === 'string')) {
    const body = init.body === undefined ? new Uint8Array() : Buffer.from(init.body);
    const headers = Object.fromEntries(new Headers(init.headers));
    const method = (init.method ?? 'GET').toUpperCase();
    const target = targetOf(baseUrl, String(input));
    return { request: { method, target, headers, body }, signal: init.signal ?? undefined };
  }
  const isStream = init.body instanceof ReadableStream;
  const request = new Request(input, isStream ? ({ duplex: 'half', ...init } as RequestInit) : init);
  const { method, signal } = request;
  const target = targetOf(baseUrl, request.url);
  const headers = Object.fromEntries(request.headers);
  return { request: { method, target, headers, body: new Uint8Array(await request.arrayBuffer()) }, signal };
}

/** @throws E_OPTION for an address that is not below the base URL */
function targetOf(baseUrl: string, address: string): string {
  const url = URL.parse(address);
  if (url?.href.startsWith(`${baseUrl}/`)) {
    return `${url.origin}${url.pathname}${url.search}`.slice(baseUrl.length);
  }
  throw new HoldfastError(
    'E_OPTION',
    `this guardedFetch reaches ${baseUrl} only, not ${url === null ? 'an address without a host' : url.origin}: set its baseUrl to that of the client`,
  );
}

const withoutBody = new Set([101, 103, 204, 205, 304]);

function responseOf({ status, headers, body }: ExchangeAnswer): Response {
  if (withoutBody.has(status)) return new Response(null, { status, headers });
  // Copies, as others read the same chunks, and so does who keeps the answer.
  const content =
    body instanceof Uint8Array
      ? (body as Uint8Array<ArrayBuffer>)
      : readable(body, (chunk) => new Uint8Array(chunk));
  return new Response(content, { status, headers });
}

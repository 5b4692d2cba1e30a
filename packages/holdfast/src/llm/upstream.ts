import { HoldfastError } from '../lib/errors.ts';
import type { ExchangeRequest } from './exchange.ts';
import { named } from './named-headers.ts';
import type { Provider } from './provider.ts';

export interface UpstreamOptions {
  readonly provider: Provider;
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
}

/** Where a request goes besides what it says itself. */
export interface Dispatch {
  /** Of the provider; none where nobody has one. */
  readonly key: string | undefined;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The one place that requests are sent to: what a request says of its address is only what stands below that. */
export class Upstream {
  readonly baseUrl: string;
  readonly #provider: Provider;
  readonly #fetch: typeof fetch;

  /** @throws E_OPTION */
  constructor({ provider, baseUrl, fetch }: UpstreamOptions) {
    this.baseUrl = checkBaseUrl(baseUrl);
    this.#provider = provider;
    this.#fetch = fetch;
  }

  /** Rejects with what `fetch` does, with E_OPTION, and with E_PROVIDER for a redirect, which could lead the key elsewhere. */
  async send(request: ExchangeRequest, { key, signal, headers }: Dispatch): Promise<Response> {
    const { method, target, body } = request;
    const sent: RequestInit = {
      method,
      headers: {
        ...named(Object.entries(request.headers), this.#provider.requestHeaders),
        ...headers,
        ...(key !== undefined && this.#provider.keyHeaders(key)),
      },
      signal,
      redirect: 'manual',
    };
    // `fetch` refuses it with others, to which it says nothing.
    const takesBody = method !== 'GET' && method !== 'HEAD';
    if (takesBody && body.byteLength > 0) sent.body = body as Uint8Array<ArrayBuffer>;
    const response = await this.#fetch(this.#addressOf(target), sent);
    if (response.status < 300 || response.status >= 400) return response;
    await response.body?.cancel();
    throw new HoldfastError(
      'E_PROVIDER',
      `the provider answered with a redirect (${response.status}), which is not followed`,
    );
  }

  /** @throws E_OPTION for a target that would lead elsewhere: `@host`, `/../` */
  #addressOf(target: string): string {
    const url = URL.parse(this.baseUrl + target);
    if (target.startsWith('/') && url?.href.startsWith(`${this.baseUrl}/`)) return url.href;
    throw new HoldfastError('E_OPTION', "a request's target must be a path below the provider's address");
  }

  /** Of the headers of an answer, those that are handed back. */
  headersOf(headers: Headers): Record<string, string> {
    return named(headers, this.#provider.responseHeaders);
  }
}

function checkBaseUrl(baseUrl: string): string {
  const url = URL.parse(baseUrl);
  const fits =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!fits) {
    // Not repeated: it may hold a password.
    throw new HoldfastError(
      'E_OPTION',
      'baseUrl must be an http(s) address without user, query and fragment',
    );
  }
  return url.href.replace(/\/+$/, '');
}

import type { Cache, Kinds } from 'holdfast';
import { Exchanges, type Guard, gemini } from 'holdfast/llm';
import type { Token } from '../server/access.ts';
import { ProviderProxy } from './provider-proxy.ts';
import type { Upstream } from './upstream.ts';

export interface GeminiProxyOptions<K extends Kinds> {
  /** In which the kind `exchange` is declared; not closed here. */
  readonly cache: Cache<K>;
  /** Google's own unless said. */
  readonly upstream: Upstream | undefined;
  /** Put in for clients that present the token in the place of a key. */
  readonly ownKey: string | undefined;
  readonly token: Token;
  /** Not closed here. */
  readonly guard: Guard;
  /** Bytes of a request's body. */
  readonly maxBody: number;
  readonly onError: (error: unknown) => void;
}

/** What the bodies of all requests under way may take up, unless one alone may have more. */
const bodiesTogether = 256 * 2 ** 20;

/** Clients of Gemini, through a cache and a guard that are others' to close. */
export function geminiProxy<K extends Kinds>(options: GeminiProxyOptions<K>): ProviderProxy {
  const { cache, upstream, ownKey, token, guard, maxBody, onError } = options;
  const provider = gemini();
  const exchanges = new Exchanges({
    provider,
    cache,
    guard,
    ...(upstream !== undefined && { baseUrl: upstream.baseUrl, simulated: upstream.isLoopback }),
  });
  const bodies = { each: maxBody, together: Math.max(maxBody, bodiesTogether) };
  return new ProviderProxy({ exchanges, provider, token, ownKey, bodies, onError });
}

import type { GoogleGenAI } from '@google/genai';
import type { Cache } from '../cache/cache.ts';
import type { Kinds } from '../cache/options.ts';
import type { Guard } from '../guard/guard.ts';
import { HoldfastError } from '../lib/errors.ts';
import { Exchanges, type ExchangesOptions } from '../llm/exchanges.ts';
import { type GeminiOptions, gemini } from '../llm/gemini/index.ts';
import { guardedFetch } from '../llm/guarded-fetch.ts';
import { baseUrlOf } from './address.ts';
import { type FetchBy, guardedChats, guardedModels } from './client.ts';

/** Those of exchanges, whose provider is Gemini. */
export interface GuardGeminiOptions<K extends Kinds = Kinds>
  extends Omit<ExchangesOptions<K>, 'provider'>,
    GeminiOptions {
  /** Where requests must go: a client with another address is refused. The client's own address unless said. */
  readonly baseUrl?: string;
}

/** The client that was given, whose `models` and `chats` are guarded. */
export type GuardedGemini<C extends GoogleGenAI, K extends Kinds = Kinds> = C &
  AsyncDisposable & {
    /** Where its answers are kept, and what stands between it and the provider. */
    readonly holdfast: { readonly cache: Cache<K>; readonly guard: Guard };
    /** Ends what is under way, and closes the cache and the guard that were made here. */
    close(): Promise<void>;
  };

/**
 * A client of `@google/genai` whose exchanges are shared, kept and guarded: everything that `models` and `chats` ask goes
 * through Holdfast, everything else through the client as before. A `fetch` in the options of one request
 * (`config.httpOptions.fetch`) reaches the provider in place of the one in `options`; one in the options of the client is
 * not seen: hand it in as `fetch` here.
 * @throws E_OPTION, E_DURATION, E_SIZE, E_SCOPE, E_UNKNOWN_KIND
 */
export function guardGemini<C extends GoogleGenAI, K extends Kinds = Kinds>(
  client: C,
  options: GuardGeminiOptions<K> = {},
): GuardedGemini<C, K> {
  if (client.vertexai) {
    throw new HoldfastError('E_OPTION', 'guardGemini takes a client of the Gemini API, not one of Vertex AI');
  }
  const all: ExchangesOptions<K> = { ...options, provider: gemini(options) };
  const exchanges = new Exchanges<K>(all);
  const { cache, guard } = exchanges;
  const closing = new AbortController();
  const ways = new Ways((more) => guardedFetch<K>({ ...all, cache, guard, ...more }));
  const fetchBy: FetchBy =
    (own = options.fetch ?? globalThis.fetch, leaving) =>
    (input, init) => {
      const baseUrl = options.baseUrl ?? baseUrlOf(input instanceof Request ? input.url : String(input));
      const signals = [closing.signal, init?.signal, leaving].filter(
        (signal) => signal instanceof AbortSignal,
      );
      return ways.to(baseUrl, own)(input, { ...init, signal: AbortSignal.any(signals) });
    };

  const models = guardedModels(client.models, fetchBy);
  const chats = guardedChats(client.chats, fetchBy);
  const close = (): Promise<void> => {
    closing.abort(new HoldfastError('E_CLOSED', 'the guarded client is closed'));
    return exchanges.close();
  };
  const own: object = { models, chats, holdfast: { cache, guard }, close, [Symbol.asyncDispose]: close };
  return new Proxy(client, {
    get: (target, name) => (Object.hasOwn(own, name) ? Reflect.get(own, name) : Reflect.get(target, name)),
    has: (target, name) => Object.hasOwn(own, name) || Reflect.has(target, name),
  }) as GuardedGemini<C, K>;
}

type Make = (more: Required<Pick<ExchangesOptions, 'baseUrl' | 'fetch'>>) => typeof fetch;

/** The ways to the provider: one for each address of it and each `fetch` that reaches it. All share cache and guard. */
class Ways {
  readonly #make: Make;
  readonly #byFetch = new WeakMap<typeof fetch, Map<string, typeof fetch>>();

  constructor(make: Make) {
    this.#make = make;
  }

  to(baseUrl: string, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    const byBase = this.#byFetch.get(fetch) ?? new Map<string, typeof fetch>();
    this.#byFetch.set(fetch, byBase);
    const way = byBase.get(baseUrl) ?? this.#make({ baseUrl, fetch });
    byBase.set(baseUrl, way);
    return way;
  }
}

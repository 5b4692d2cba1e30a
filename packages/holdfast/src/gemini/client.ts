import type { Chat, Chats, GoogleGenAI, HttpOptions } from '@google/genai';
import { nobodyReadsOn } from '../lib/left.ts';

type Models = GoogleGenAI['models'];

/**
 * The `fetch` of one call.
 * @param own the call's own, which then is what reaches the provider
 * @param leaving aborted when the caller wants no more of it
 */
export type FetchBy = (own: typeof fetch | undefined, leaving?: AbortSignal) => typeof fetch;

/** As far as parameters of the client's methods are alike. */
interface Parameters {
  readonly config?: { readonly httpOptions?: HttpOptions };
}

/** The same module, each of whose requests goes through `fetchBy`: its methods take their `fetch` by `config.httpOptions`. */
export function guardedModels(models: Models, fetchBy: FetchBy): Models {
  return viewed(models, (method, name) =>
    name === 'generateContentStream' ? streaming(method, fetchBy) : plain(method, fetchBy),
  );
}

export function guardedChats(chats: Chats, fetchBy: FetchBy): Chats {
  return viewed(chats, (create) => (parameters, ...rest) => {
    const { config } = (parameters ?? {}) as Parameters;
    return guardedChat(create(parameters, ...rest) as Chat, config, fetchBy);
  });
}

/** @param config of the chat: holds for messages without one */
function guardedChat(chat: Chat, config: Parameters['config'], fetchBy: FetchBy): Chat {
  const withConfig =
    (method: Method): Method =>
    (parameters, ...rest) => {
      const own = parameters as Parameters | undefined;
      return method(own?.config === undefined && config !== undefined ? { ...own, config } : own, ...rest);
    };
  return viewed(chat, (method, name) => {
    if (name === 'sendMessage') return withConfig(plain(method, fetchBy));
    return name === 'sendMessageStream' ? withConfig(streaming(method, fetchBy)) : method;
  });
}

type Method = (parameters: unknown, ...rest: unknown[]) => unknown;

function plain(method: Method, fetchBy: FetchBy): Method {
  return (parameters, ...rest) => method(withFetch(parameters, fetchBy), ...rest);
}

/** The client lets a response go on that nobody reads to its end: here, whoever stops has left. */
function streaming(method: Method, fetchBy: FetchBy): Method {
  return async (parameters, ...rest) => {
    const leaving = new AbortController();
    const stream = await method(
      withFetch(parameters, (own) => fetchBy(own, leaving.signal)),
      ...rest,
    );
    return untilLeft(stream as AsyncGenerator, () => leaving.abort(nobodyReadsOn()));
  };
}

async function* untilLeft<C>(stream: AsyncGenerator<C>, leave: () => void): AsyncGenerator<C> {
  try {
    yield* stream;
  } finally {
    leave();
  }
}

function withFetch(parameters: unknown, fetchBy: FetchBy): unknown {
  const { config, ...rest } = (parameters ?? {}) as Parameters;
  const { httpOptions } = config ?? {};
  const fetch = fetchBy(httpOptions?.fetch as typeof globalThis.fetch | undefined);
  return { ...rest, config: { ...config, httpOptions: { ...httpOptions, fetch } } };
}

/** A view of an object whose methods are others. They are called on the object itself, as it may have private state. */
function viewed<T extends object>(object: T, wrap: (method: Method, name: string | symbol) => Method): T {
  const wrapped = new Map<string | symbol, { readonly of: unknown; readonly method: Method }>();
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function' || name === 'constructor') return value;
      const known = wrapped.get(name);
      if (known?.of === value) return known.method;
      const method = wrap((...all) => Reflect.apply(value, target, all), name);
      wrapped.set(name, { of: value, method });
      return method;
    },
  });
}

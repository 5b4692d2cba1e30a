import type { Chat, Chats, GoogleGenAI, HttpOptions } from '@google/genai';

type Models = GoogleGenAI['models'];

/** The `fetch` for one request; what reaches the provider may be the request's own. */
type FetchBy = (own: typeof fetch | undefined) => typeof fetch;

/** As far as parameters of the client's methods are alike. */
interface Parameters {
  readonly config?: { readonly httpOptions?: HttpOptions };
}

/** The same module, each of whose requests goes through `fetchBy`: its methods take their `fetch` by `config.httpOptions`. */
export function guardedModels(models: Models, fetchBy: FetchBy): Models {
  return guarded(
    models,
    (method) =>
      (parameters, ...rest) =>
        method(withFetch(parameters, fetchBy), ...rest),
  );
}

export function guardedChats(chats: Chats, fetchBy: FetchBy): Chats {
  return guarded(chats, (method) => (parameters, ...rest) => {
    const made = method(withFetch(parameters, fetchBy), ...rest);
    return guardedChat(made as Chat, fetchBy);
  });
}

/** A message that brings options of its own replaces those of its chat, the `fetch` among them. */
function guardedChat(chat: Chat, fetchBy: FetchBy): Chat {
  return guarded(chat, (method, name) => {
    if (name !== 'sendMessage' && name !== 'sendMessageStream') return method;
    return (parameters, ...rest) => {
      const hasOwn = (parameters as Parameters | undefined)?.config !== undefined;
      return method(hasOwn ? withFetch(parameters, fetchBy) : parameters, ...rest);
    };
  });
}

type Method = (parameters: unknown, ...rest: unknown[]) => unknown;

/** A view of an object whose methods are others. They are called on the object itself, as it may have private state. */
function guarded<T extends object>(object: T, wrap: (method: Method, name: string | symbol) => Method): T {
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

function withFetch(parameters: unknown, fetchBy: FetchBy): unknown {
  const { config, ...rest } = (parameters ?? {}) as Parameters;
  const { httpOptions } = config ?? {};
  const fetch = fetchBy(httpOptions?.fetch as typeof globalThis.fetch | undefined);
  return { ...rest, config: { ...config, httpOptions: { ...httpOptions, fetch } } };
}

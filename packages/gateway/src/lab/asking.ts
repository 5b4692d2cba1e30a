import { type Cache, createCache, type KindDefinition, kind } from 'holdfast';
import { ModelClient } from './model-client.ts';

/** One way for a caller to come by the answer. */
export interface Asking extends AsyncDisposable {
  /** @param signal ends the waiting of this caller */
  ask(signal: AbortSignal): Promise<{ readonly stale: boolean }>;
  /** Makes what is kept aged. */
  expire(): Promise<void>;
  /** Forgets what is kept. */
  forget(): Promise<void>;
}

/** Every caller of the lab wants the answer to the same question. */
const question = 'What does a context cache do for an LLM application?';

/** The longest that a caller of either side waits. */
const callerTimeoutMs = 5_000;

/** Each caller calls the provider by itself, waits for at most its time-out, and does not try again. */
export class Unprotected implements Asking {
  readonly #client = new ModelClient();
  readonly #url: () => string;

  constructor(url: () => string) {
    this.#url = url;
  }

  async ask(signal: AbortSignal): Promise<{ stale: boolean }> {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new Error('no answer in time')), callerTimeoutMs);
    const stop = () => ending.abort(signal.reason);
    signal.addEventListener('abort', stop);
    try {
      signal.throwIfAborted();
      await this.#client.ask(this.#url(), question, ending.signal);
      return { stale: false };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  async expire(): Promise<void> {}
  async forget(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}

type Kinds = { readonly answer: KindDefinition<string> };

/** The same callers, through a cache. */
export class Protected implements Asking {
  readonly #client = new ModelClient();
  readonly #url: () => string;
  readonly #cache: Cache<Kinds> = createCache({
    kinds: { answer: kind<string>({ ttl: '1m', staleIfError: '1h', generationTimeout: '3s' }) },
  });
  readonly #answers = this.#cache.kind('answer');

  constructor(url: () => string) {
    this.#url = url;
  }

  async ask(signal: AbortSignal): Promise<{ stale: boolean }> {
    const { stale } = await this.#answers.resolve(
      question,
      async (ctx) => {
        const { text, cost } = await this.#client.ask(this.#url(), question, ctx.signal);
        ctx.cost(cost);
        return text;
      },
      // A caller that has waited for a second is content with a stale answer, if there is one.
      { signal, timeout: callerTimeoutMs, staleAfter: '1s' },
    );
    return { stale: stale !== false };
  }

  async expire(): Promise<void> {
    await this.#cache.expire({ kind: 'answer' });
  }

  async forget(): Promise<void> {
    await this.#cache.invalidate({ kind: 'answer' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cache.close({ timeout: 0 });
    this.#client.close();
  }
}

import { type Cache, createCache, type KindDefinition, kind } from 'holdfast';
import type { LabGuard } from '../api/index.ts';
import { type ModelAnswer, ModelClient } from './model-client.ts';
import type { LabProvider, Project } from './provider.ts';
import type { Question } from './scene.ts';
import { WatchedGuard } from './watched-guard.ts';

/** One way for a caller to come by the answer. */
export interface Asking extends AsyncDisposable {
  /** @param signal ends the waiting of this caller */
  ask(question: Question, signal: AbortSignal): Promise<{ readonly stale: boolean }>;
  /** Makes what is kept aged. */
  expire(): Promise<void>;
  /** Forgets what is kept, and what was learnt of the provider. */
  forget(): Promise<void>;
  /** What stands between the callers and the provider, if anything does. */
  guard(): Promise<LabGuard | undefined>;
}

/** The longest that a caller of either side waits. */
const callerTimeoutMs = 5_000;

/** Each caller calls the provider by itself, waits for at most its time-out, and does not try again. */
export class Unprotected implements Asking {
  readonly #client = new ModelClient();
  readonly #provider: () => LabProvider;

  constructor(provider: () => LabProvider) {
    this.#provider = provider;
  }

  async ask({ text }: Question, signal: AbortSignal): Promise<{ stale: boolean }> {
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new Error('no answer in time')), callerTimeoutMs);
    const stop = () => ending.abort(signal.reason);
    signal.addEventListener('abort', stop);
    try {
      signal.throwIfAborted();
      const provider = this.#provider();
      await this.#client.ask(provider.dispatch(provider.project), text, ending.signal);
      return { stale: false };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  async expire(): Promise<void> {}
  async forget(): Promise<void> {}
  async guard(): Promise<undefined> {}

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
  }
}

type Kinds = { readonly answer: KindDefinition<string>; readonly advice: KindDefinition<string> };

/** The same callers, through a cache, and a guard between it and the provider. */
export class Protected implements Asking {
  readonly #client = new ModelClient();
  readonly #provider: () => LabProvider;
  readonly #cache: Cache<Kinds> = createCache({
    kinds: {
      answer: kind<string>({ ttl: '1m', staleIfError: '1h', generationTimeout: callerTimeoutMs }),
      advice: kind<string>({ ttl: '2s', staleIfError: '1h', generationTimeout: callerTimeoutMs }),
    },
  });
  #guard = new WatchedGuard();
  /** Of the last call: whose minute is shown. */
  #project: Project = 'open';

  constructor(provider: () => LabProvider) {
    this.#provider = provider;
  }

  async ask({ kind, text }: Question, signal: AbortSignal): Promise<{ stale: boolean }> {
    const { stale } = await this.#cache.kind(kind).resolve(
      text,
      async (ctx) => {
        const answer = await this.#call(text, ctx.signal);
        ctx.cost(answer.cost);
        return answer.text;
      },
      // A caller that has waited for a second is content with a stale answer, if there is one.
      { signal, timeout: callerTimeoutMs, staleAfter: '1s' },
    );
    return { stale: stale !== false };
  }

  #call(text: string, signal: AbortSignal): Promise<ModelAnswer> {
    const provider = this.#provider();
    const { project } = provider;
    this.#project = project;
    const work = (own: AbortSignal) => this.#client.ask(provider.dispatch(project), text, own);
    return this.#guard.call(project, work, { signal, usage: ({ cost }) => cost });
  }

  async expire(): Promise<void> {
    await this.#cache.expire({ kind: 'answer' });
  }

  async forget(): Promise<void> {
    await this.#cache.invalidate({ kind: 'answer' });
    await this.#cache.invalidate({ kind: 'advice' });
    const guard = this.#guard;
    this.#guard = new WatchedGuard();
    this.#project = 'open';
    await guard[Symbol.asyncDispose]();
  }

  guard(): Promise<LabGuard> {
    return this.#guard.status(this.#project);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guard[Symbol.asyncDispose]();
    await this.#cache.close({ timeout: 0 });
    this.#client.close();
  }
}

import { type Guard, type GuardOptions, guard, type Usage } from 'holdfast/llm';
import type { LabGuard } from '../api/index.ts';
import { concurrent, type Project, requestsPerMinute } from './provider.ts';
import { simulatedModel } from './simulated-model.ts';

/**
 * Limits that are the provider's own, and times in which all can be watched: with the defaults an open breaker rests
 * for five seconds at first, and for a minute at last.
 */
const options: GuardOptions = {
  timeout: '5s',
  attemptTimeout: '3s',
  retry: { base: '100ms', longest: '1s' },
  limits: (project) => {
    const limit = limitOf(project);
    return limit === null ? {} : { requestsPerMinute: limit };
  },
  breaker: { rest: '1s', longestRest: '2s' },
  admission: { concurrency: concurrent },
};

/** A guard before the simulated provider, and what it does in numbers for the page. */
export class WatchedGuard implements AsyncDisposable {
  readonly #guard: Guard = guard(options);
  #retries = 0;
  #opened = 0;

  constructor() {
    this.#guard.on((event) => {
      if (event.type === 'retry.decided' && event.decision.retry) this.#retries += 1;
      if (event.type === 'breaker.changed' && event.state === 'open') this.#opened += 1;
    });
  }

  call<T>(
    project: Project,
    work: (signal: AbortSignal) => Promise<T>,
    { signal, usage }: { readonly signal: AbortSignal; readonly usage: (value: T) => Usage },
  ): Promise<T> {
    return this.#guard(work, { model: simulatedModel, project, signal, usage });
  }

  /** @param project whose minute it is about */
  async status(project: Project): Promise<LabGuard> {
    const { admission, breakers, lines } = await this.#guard.status();
    const line = lines.find((one) => one.project === project);
    return {
      minute: { used: line?.requestsThisMinute ?? 0, limit: limitOf(project) },
      waiting: admission.waiting + lines.reduce((sum, { waiting }) => sum + waiting, 0),
      underWay: admission.running,
      breaker: breakers[simulatedModel]?.kind ?? 'closed',
      opened: this.#opened,
      retries: this.#retries,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#guard.close();
  }
}

function limitOf(project: string): number | null {
  return project === 'limited' || project === 'rationed' ? requestsPerMinute[project] : null;
}

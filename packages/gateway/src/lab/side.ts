import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { ProviderMood, LabSide as SideState } from '../api.ts';
import { type Asking, Protected, Unprotected } from './asking.ts';
import { LabProvider } from './provider.ts';
import { Tally } from './tally.ts';

export type SideName = 'protected' | 'unprotected';

/** One side of the lab: callers, their way to the answer, and a provider of their own that counts what it was asked. */
export interface Side extends AsyncDisposable {
  state(): SideState;
  /** Resolves when every caller has its answer or has failed, or a reset has ended them. One herd at a time. */
  herd(callers: number): Promise<void>;
  mood(mood: ProviderMood): Promise<void>;
  expire(): Promise<void>;
  /** Ends the herd, if one runs, and forgets counts and kept values. */
  reset(): Promise<void>;
}

/** As many callers start at a time; then the answers that have come are taken. */
const startedAtOnce = 500;

export class LocalSide implements Side {
  #provider: LabProvider;
  readonly #asking: Asking;
  readonly #tally = new Tally();
  #mood: ProviderMood = 'normal';
  #underWay: { readonly ending: AbortController; readonly ended: Promise<unknown> } | undefined;

  private constructor(provider: LabProvider, name: SideName) {
    this.#provider = provider;
    const url = () => this.#provider.url;
    this.#asking = name === 'protected' ? new Protected(url) : new Unprotected(url);
  }

  static async start(name: SideName): Promise<LocalSide> {
    return new LocalSide(await LabProvider.start(), name);
  }

  state(): SideState {
    const { calls, usd } = this.#provider.counts();
    return { providerCalls: calls, usd, ...this.#tally.snapshot() };
  }

  async herd(callers: number): Promise<void> {
    const ending = new AbortController();
    // One for every caller, and none for longer than it waits.
    setMaxListeners(0, ending.signal);
    const ended = this.#send(callers, ending.signal);
    const underWay = { ending, ended };
    this.#underWay = underWay;
    try {
      await ended;
    } finally {
      if (this.#underWay === underWay) this.#underWay = undefined;
    }
  }

  async #send(callers: number, signal: AbortSignal): Promise<void> {
    const all: Promise<void>[] = [];
    for (let started = 0; started < callers; started += 1) {
      if (started > 0 && started % startedAtOnce === 0) await setImmediate();
      if (signal.aborted) break;
      all.push(this.#tally.follow(() => this.#asking.ask(signal)));
    }
    await Promise.all(all);
  }

  async mood(mood: ProviderMood): Promise<void> {
    this.#mood = mood;
    this.#provider.setMood(mood);
  }

  expire(): Promise<void> {
    return this.#asking.expire();
  }

  async reset(): Promise<void> {
    const underWay = this.#underWay;
    underWay?.ending.abort(new Error('the lab was reset'));
    await underWay?.ended;
    await this.#asking.forget();
    if (underWay === undefined) this.#provider.reset();
    else await this.#replaceProvider();
    this.#tally.reset();
  }

  /** Calls that were cut off may reach the provider yet: the next herd's one must not count them. */
  async #replaceProvider(): Promise<void> {
    const old = this.#provider;
    const next = await LabProvider.start();
    next.setMood(this.#mood);
    this.#provider = next;
    await old[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asking[Symbol.asyncDispose]();
    await this.#provider[Symbol.asyncDispose]();
  }
}

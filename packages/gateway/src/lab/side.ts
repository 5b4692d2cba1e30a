import { setImmediate } from 'node:timers/promises';
import type { ProviderMood, LabSide as SideState } from '../api.ts';
import { type Asking, Protected, Unprotected } from './asking.ts';
import { LabProvider } from './provider.ts';
import { Tally } from './tally.ts';

export type SideName = 'protected' | 'unprotected';

/** One side of the lab: callers, their way to the answer, and a provider of their own that counts what it was asked. */
export interface Side extends AsyncDisposable {
  state(): SideState;
  /** Resolves when every caller has its answer or has failed. */
  herd(callers: number): Promise<void>;
  mood(mood: ProviderMood): Promise<void>;
  expire(): Promise<void>;
  /** Forgets counts and kept values. Not while a herd runs. */
  reset(): Promise<void>;
}

/** As many callers start at a time; then the answers that have come are taken. */
const startedAtOnce = 500;

export class LocalSide implements Side {
  readonly #provider: LabProvider;
  readonly #asking: Asking;
  readonly #tally = new Tally();

  private constructor(provider: LabProvider, asking: Asking) {
    this.#provider = provider;
    this.#asking = asking;
  }

  static async start(name: SideName): Promise<LocalSide> {
    const provider = await LabProvider.start();
    const url = () => provider.url;
    return new LocalSide(provider, name === 'protected' ? new Protected(url) : new Unprotected(url));
  }

  state(): SideState {
    const { calls, usd } = this.#provider.counts();
    return { providerCalls: calls, usd, ...this.#tally.snapshot() };
  }

  async herd(callers: number): Promise<void> {
    const all: Promise<void>[] = [];
    for (let started = 0; started < callers; started += 1) {
      if (started > 0 && started % startedAtOnce === 0) await setImmediate();
      all.push(this.#tally.follow(() => this.#asking.ask()));
    }
    await Promise.all(all);
  }

  async mood(mood: ProviderMood): Promise<void> {
    this.#provider.setMood(mood);
  }

  expire(): Promise<void> {
    return this.#asking.expire();
  }

  async reset(): Promise<void> {
    await this.#asking.forget();
    this.#provider.reset();
    this.#tally.reset();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asking[Symbol.asyncDispose]();
    await this.#provider[Symbol.asyncDispose]();
  }
}

import { setMaxListeners } from 'node:events';
import type { ProviderHealth, ProviderMood, LabSide as SideState } from '../api/index.ts';
import { type Asking, Protected, Unprotected } from './asking.ts';
import { LabProvider } from './provider.ts';
import { callersOf, type Scene } from './scene.ts';
import { StreamPlay } from './stream-play.ts';
import { Tally } from './tally.ts';

export type SideName = 'protected' | 'unprotected';

/** What one side of the lab is told to do: callers, their way to the answer, and a provider that counts its calls. */
export interface Orders {
  /** Resolves when every caller has its answer or has failed, or a reset has ended them. One scene at a time. */
  play(scene: Scene): Promise<void>;
  mood(mood: ProviderMood): Promise<void>;
  expire(): Promise<void>;
  /** Ends the scene, if one is played, and forgets counts and kept values. */
  reset(): Promise<void>;
}

/** How a side stands: what is counted, and how the scene goes. */
export interface Standing {
  readonly counts: SideState;
  readonly health: ProviderHealth | null;
}

/** One side of the lab, as the lab sees it. */
export interface Side extends Orders, AsyncDisposable {
  state(): Standing;
}

export class LocalSide implements Orders, AsyncDisposable {
  #provider: LabProvider;
  readonly #asking: Asking;
  readonly #tally = new Tally();
  readonly #name: SideName;
  /** The last one that was played. */
  #stream: StreamPlay | undefined;
  #health: ProviderHealth | null = null;
  #played = 0;
  #underWay: { readonly ending: AbortController; readonly ended: Promise<unknown> } | undefined;

  private constructor(provider: LabProvider, name: SideName) {
    this.#provider = provider;
    this.#name = name;
    const current = () => this.#provider;
    this.#asking = name === 'protected' ? new Protected(current) : new Unprotected(current);
  }

  static async start(name: SideName): Promise<LocalSide> {
    return new LocalSide(await LabProvider.start(), name);
  }

  async state(): Promise<Standing> {
    const guard = await this.#asking.guard();
    const { calls, usd, rateLimited } = this.#provider.counts();
    const counts = {
      providerCalls: calls,
      usd,
      rateLimited,
      ...this.#tally.snapshot(),
      ...(guard !== undefined && { guard }),
      ...(this.#stream !== undefined && { stream: this.#stream.state() }),
    };
    return { counts, health: this.#health };
  }

  async play(scene: Scene): Promise<void> {
    const ending = new AbortController();
    // One for every caller, and none for longer than it waits.
    setMaxListeners(0, ending.signal);
    const ended = this.#send(scene, ending.signal).finally(() => {
      this.#health = null;
      this.#provider.play(undefined);
    });
    const underWay = { ending, ended };
    this.#underWay = underWay;
    try {
      await ended;
    } finally {
      if (this.#underWay === underWay) this.#underWay = undefined;
    }
  }

  async #send(scene: Scene, signal: AbortSignal): Promise<void> {
    this.#played += 1;
    if (scene.name === 'stream') {
      this.#stream = new StreamPlay(scene, this.#provider, this.#name === 'protected');
      return this.#stream.play(signal);
    }
    if (scene.name === 'storm') this.#provider.play('rationed');
    const stage = (health: ProviderHealth) => {
      this.#health = health;
      this.#provider.play(health);
    };
    const all: Promise<void>[] = [];
    for await (const question of callersOf(scene, { run: this.#played, signal, stage })) {
      all.push(this.#tally.follow(() => this.#asking.ask(question, signal)));
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
    const underWay = this.#underWay;
    underWay?.ending.abort(new Error('the lab was reset'));
    await underWay?.ended;
    await this.#asking.forget();
    if (underWay === undefined) this.#provider.reset();
    else await this.#replaceProvider();
    this.#tally.reset();
    this.#stream = undefined;
  }

  /** Calls that were cut off may reach the provider yet: the next herd's one must not count them. */
  async #replaceProvider(): Promise<void> {
    const old = this.#provider;
    const next = await LabProvider.start();
    next.setMood(old.mood);
    this.#provider = next;
    await old[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#asking[Symbol.asyncDispose]();
    await this.#provider[Symbol.asyncDispose]();
  }
}

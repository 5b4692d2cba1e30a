import type { LabSceneName, LabState, ProviderMood } from '../api/index.ts';
import { RemoteSide } from './remote-side.ts';
import { type Scene, sickCourse, streamPace } from './scene.ts';
import type { Orders, Side, SideName, Standing } from './side.ts';
import { priceSource, simulatedModel } from './simulated-model.ts';
import { Tally } from './tally.ts';

/** A herd or a scene is under way already. */
export class LabBusyError extends Error {
  override readonly name = 'LabBusyError';
  readonly code = 'E_LAB_BUSY';
  constructor() {
    super('a herd or a scene is under way: wait until it has ended, or reset the lab');
  }
}

export type StartSide = (name: SideName, onState: () => void) => Promise<Side & { readonly ended?: unknown }>;

interface Sides {
  readonly protected: Side & { readonly ended?: unknown };
  readonly unprotected: Side & { readonly ended?: unknown };
}

const reportMs = 100;

const scenes: Readonly<Record<LabSceneName, Scene>> = {
  // With 60 calls a minute the last of them would wait for a quarter of an hour.
  storm: { name: 'storm', callers: 1_000 },
  sick: { name: 'sick', course: sickCourse },
  stream: { name: 'stream', callers: 1_000, pace: streamPace },
};

const nothing: Standing = {
  counts: { providerCalls: 0, usd: 0, rateLimited: 0, ...new Tally().snapshot() },
  health: null,
};
const nobody: Scene = { name: 'herd', callers: 0 };

/** Scenes before a simulated provider, through cache and guard and unprotected, side by side. Starts with its first order. */
export class Lab implements AsyncDisposable {
  readonly #startSide: StartSide;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(state: LabState) => void>();
  #starting: Promise<Sides> | undefined;
  #sides: Sides | undefined;
  #mood: ProviderMood = 'normal';
  /** What is played, or was played last. */
  #scene: Scene = nobody;
  #running = false;
  #played: Promise<void> | undefined;
  #reset: Promise<void> | undefined;
  #report: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(onError: (error: unknown) => void, startSide: StartSide = RemoteSide.start) {
    this.#onError = onError;
    this.#startSide = startSide;
  }

  /** Told of every change, at most ten times a second. */
  listen(listener: (state: LabState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(): LabState {
    const one = this.#sides?.protected.state() ?? nothing;
    const other = this.#sides?.unprotected.state() ?? nothing;
    return {
      simulated: true,
      mood: this.#mood,
      model: simulatedModel,
      prices: priceSource,
      running: this.#running,
      scene: this.#scene.name,
      health: one.health,
      callers: this.#scene.name === 'sick' ? 0 : this.#scene.callers,
      protected: one.counts,
      unprotected: other.counts,
    };
  }

  /** Sends the same herd to both sides; resolves when it has started. @throws LabBusyError */
  herd(callers: number): Promise<LabState> {
    return this.#play({ name: 'herd', callers });
  }

  /** Plays the same scene on both sides; resolves when it has started. @throws LabBusyError */
  scene(name: LabSceneName): Promise<LabState> {
    return this.#play(scenes[name]);
  }

  async #play(scene: Scene): Promise<LabState> {
    if (this.#running || this.#reset !== undefined) throw new LabBusyError();
    this.#running = true;
    try {
      const sides = await this.#started();
      this.#scene = scene;
      this.#played = this.#run(sides, scene);
    } catch (error) {
      this.#running = false;
      throw error;
    }
    return this.#changed();
  }

  async mood(mood: ProviderMood): Promise<LabState> {
    await this.#both((side) => side.mood(mood));
    this.#mood = mood;
    return this.#changed();
  }

  async expire(): Promise<LabState> {
    await this.#both((side) => side.expire());
    return this.#changed();
  }

  /** Ends what is played, if anything is, and forgets what both sides have counted and kept. */
  async reset(): Promise<LabState> {
    this.#reset ??= this.#resetBoth().finally(() => {
      this.#reset = undefined;
    });
    await this.#reset;
    return this.#changed();
  }

  async #resetBoth(): Promise<void> {
    await this.#both((side) => side.reset());
    await this.#played;
    this.#scene = nobody;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#report);
    this.#listeners.clear();
    const sides = await this.#starting?.catch(() => undefined);
    if (sides !== undefined) await this.#dispose(sides);
  }

  async #run(sides: Sides, scene: Scene): Promise<void> {
    try {
      await Promise.all([sides.protected.play(scene), sides.unprotected.play(scene)]);
    } catch (error) {
      if (!this.#closed) this.#onError(error);
    } finally {
      this.#running = false;
      this.#changed();
    }
  }

  async #both(order: (side: Orders) => Promise<void>): Promise<void> {
    const sides = await this.#started();
    await Promise.all([order(sides.protected), order(sides.unprotected)]);
  }

  /** The sides, started with the first order, and anew when one of them has broken down. */
  #started(): Promise<Sides> {
    const broken = this.#sides?.protected.ended ?? this.#sides?.unprotected.ended;
    if (broken !== undefined && this.#sides !== undefined) {
      void this.#dispose(this.#sides);
      this.#starting = undefined;
    }
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #start(): Promise<Sides> {
    const onState = () => this.#soon();
    const [one, other] = await Promise.all([
      this.#startSide('protected', onState),
      this.#startSide('unprotected', onState),
    ]);
    this.#sides = { protected: one, unprotected: other };
    await Promise.all([one.mood(this.#mood), other.mood(this.#mood)]);
    return this.#sides;
  }

  async #dispose(sides: Sides): Promise<void> {
    await Promise.all([sides.protected[Symbol.asyncDispose](), sides.unprotected[Symbol.asyncDispose]()]);
  }

  #soon(): void {
    if (this.#closed) return;
    this.#report ??= setTimeout(() => this.#changed(), reportMs);
  }

  #changed(): LabState {
    clearTimeout(this.#report);
    this.#report = undefined;
    const state = this.state();
    for (const listener of this.#listeners) listener(state);
    return state;
  }
}

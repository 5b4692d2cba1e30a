import { type FakeGemini, type FakeGeminiLimits, type ScriptedStep, startFakeGemini } from 'holdfast/testing';
import type { ProviderHealth, ProviderMood } from '../api/index.ts';
import type { StreamPace } from './scene.ts';
import { priceTable, simulatedReply, streamedReply } from './simulated-model.ts';

/** Milliseconds until the simulated model answers. */
export const normalLatencyMs = 300;
const slowLatencyMs = 2_500;

/** Calls at the same time that the provider works at; one more is a 503, as an overloaded provider answers. */
export const concurrent = 64;

/** Calls a minute that each of the provider's projects lets in; one more is a 429. `open` has no such limit. */
export const requestsPerMinute = { limited: 5, rationed: 60 } as const;

/** How the provider stands to its callers: a mood, or what a scene makes of it. */
export type Condition = ProviderMood | ProviderHealth | 'rationed';

/** A fake has its limits for life, so there is one for each limit, and a condition is which of them is asked. */
export type Project = 'open' | keyof typeof requestsPerMinute;

const steps: Readonly<Record<Condition, ScriptedStep | undefined>> = {
  normal: undefined,
  limited: undefined,
  rationed: undefined,
  well: undefined,
  wobbly: undefined,
  slow: { latency: slowLatencyMs },
  fail: { fail: '503' },
  failing: { fail: '503' },
  hang: { hang: true },
  hanging: { hang: true },
};

/** While the provider wobbles, one call in so many fails. */
const wobble = 4;

/** The simulated provider of one side. Its condition decides on new calls; calls under way end as they began. */
export class LabProvider implements AsyncDisposable {
  readonly #fakes: Readonly<Record<Project, FakeGemini>>;
  /** For the stream scene, with room for every one of its callers, and with counts of its own. */
  readonly #streaming: FakeGemini;
  #mood: ProviderMood = 'normal';
  /** What a scene has made of it, as long as the scene lasts. */
  #played: Condition | undefined;
  #wobbled = 0;

  private constructor(fakes: Readonly<Record<Project, FakeGemini>>, streaming: FakeGemini) {
    this.#fakes = fakes;
    this.#streaming = streaming;
  }

  static async start(): Promise<LabProvider> {
    const [open, limited, rationed, streaming] = await Promise.all([
      start({ concurrent }),
      start({ concurrent, requestsPerMinute: requestsPerMinute.limited }),
      start({ concurrent, requestsPerMinute: requestsPerMinute.rationed }),
      start({}),
    ]);
    return new LabProvider({ open, limited, rationed }, streaming);
  }

  /** Where calls go now. */
  get url(): string {
    return this.#fakes[this.project].url;
  }

  /** Which project calls belong to now. */
  get project(): Project {
    const condition = this.#condition;
    return condition === 'limited' || condition === 'rationed' ? condition : 'open';
  }

  /** Where one call of this project goes: asked for once for each. */
  dispatch(project: Project): string {
    if (this.#condition === 'wobbly' && project === 'open') {
      this.#wobbled += 1;
      this.#fakes.open.next(this.#wobbled % wobble === 0 ? { fail: '503' } : {});
    }
    return this.#fakes[project].url;
  }

  get mood(): ProviderMood {
    return this.#mood;
  }

  setMood(mood: ProviderMood): void {
    this.#mood = mood;
    this.#apply();
  }

  /** What the scene makes of the provider, in place of its mood; `undefined` when the scene is over. */
  play(condition: Condition | undefined): void {
    this.#played = condition;
    this.#apply();
  }

  /** Since the start or the last reset. A call counts when it has come, whatever becomes of it; dollars when answered. */
  counts(): { readonly calls: number; readonly usd: number; readonly rateLimited: number } {
    let [calls, usd, rateLimited] = [0, 0, 0];
    for (const fake of Object.values(this.#fakes)) {
      const stats = fake.stats();
      calls += stats.calls.generateContent;
      usd += stats.dollars ?? 0;
      rateLimited += stats.failures['429'];
    }
    return { calls, usd, rateLimited };
  }

  /** Streams of this pace are counted from now on. @returns where they are to be asked for */
  stream({ first, perPiece, pieces }: StreamPace): string {
    this.#streaming.reset();
    this.#streaming.always({ latency: { first, perChunk: perPiece }, reply: streamedReply(pieces) });
    return this.#streaming.url;
  }

  /** Streams that have come, those that are under way, and the dollars of those that have ended. */
  streams(): { readonly streams: number; readonly underWay: number; readonly usd: number } {
    const { calls, inFlight, dollars } = this.#streaming.stats();
    return { streams: calls.streamGenerateContent, underWay: inFlight, usd: dollars ?? 0 };
  }

  /** Resolves once so many calls have come to the project without limits, since the start or the last reset. */
  received(calls: number): Promise<void> {
    return this.#fakes.open.received(calls);
  }

  /** Forgets counts and the minutes of the limits; the mood stays. */
  reset(): void {
    for (const fake of [...Object.values(this.#fakes), this.#streaming]) fake.reset();
    this.#apply();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...Object.values(this.#fakes), this.#streaming];
    await Promise.all(all.map((fake) => fake.close()));
  }

  get #condition(): Condition {
    return this.#played ?? this.#mood;
  }

  #apply(): void {
    this.#fakes.open.always(steps[this.#condition]);
  }
}

function start(limits: FakeGeminiLimits): Promise<FakeGemini> {
  return startFakeGemini({ latency: normalLatencyMs, reply: simulatedReply, price: priceTable, limits });
}

import { type FakeGemini, type FakeGeminiLimits, type ScriptedStep, startFakeGemini } from 'holdfast/testing';
import type { ProviderMood } from '../api.ts';
import { priceTable, simulatedReply } from './simulated-model.ts';

/** Milliseconds until the simulated model answers. */
export const normalLatencyMs = 300;
const slowLatencyMs = 2_500;

/** Calls at the same time that the provider works at; one more is a 503, as an overloaded provider answers. */
const concurrent = 64;
/** Calls a minute that it lets in while its mood is `limited`; one more is a 429. */
const requestsPerMinute = 5;

const steps: Readonly<Record<ProviderMood, ScriptedStep | undefined>> = {
  normal: undefined,
  limited: undefined,
  slow: { latency: slowLatencyMs },
  fail: { fail: '503' },
  hang: { hang: true },
};

/**
 * The simulated provider of one side: two fakes, as a fake has its limits for life. The mood says which one new calls
 * go to, and how it behaves; calls under way end as they began.
 */
export class LabProvider implements AsyncDisposable {
  readonly #open: FakeGemini;
  readonly #limited: FakeGemini;
  #mood: ProviderMood = 'normal';

  private constructor(open: FakeGemini, limited: FakeGemini) {
    this.#open = open;
    this.#limited = limited;
  }

  static async start(): Promise<LabProvider> {
    const [open, limited] = await Promise.all([
      start({ concurrent }),
      start({ concurrent, requestsPerMinute }),
    ]);
    return new LabProvider(open, limited);
  }

  /** Where a call goes now. */
  get url(): string {
    return this.#mood === 'limited' ? this.#limited.url : this.#open.url;
  }

  setMood(mood: ProviderMood): void {
    this.#mood = mood;
    this.#open.always(steps[mood]);
  }

  /** Since the start or the last reset. A call counts when it has come, whatever becomes of it; dollars when answered. */
  counts(): { readonly calls: number; readonly usd: number } {
    const [open, limited] = [this.#open.stats(), this.#limited.stats()];
    return {
      calls: open.calls.generateContent + limited.calls.generateContent,
      usd: (open.dollars ?? 0) + (limited.dollars ?? 0),
    };
  }

  /** Resolves once so many calls have come while the mood was not `limited`, since the start or the last reset. */
  received(calls: number): Promise<void> {
    return this.#open.received(calls);
  }

  /** Forgets counts and the minute of the limit; the mood stays. */
  reset(): void {
    this.#open.reset();
    this.#limited.reset();
    this.setMood(this.#mood);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#open.close(), this.#limited.close()]);
  }
}

function start(limits: FakeGeminiLimits): Promise<FakeGemini> {
  return startFakeGemini({ latency: normalLatencyMs, reply: simulatedReply, price: priceTable, limits });
}

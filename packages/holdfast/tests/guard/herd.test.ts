import { GoogleGenAI } from '@google/genai';
import { type Guard, type GuardOptions, guard } from 'holdfast/llm';
import { type FakeGemini, type FakeGeminiLimits, ManualClock, startFakeGemini } from 'holdfast/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

const model = 'gemini-2.5-flash';
const minute = 60_000;

/** Guard and fake keep the same time, which moves on only when nothing is on its way between them. */
async function bench(limits: FakeGeminiLimits, options: GuardOptions) {
  const clock = new ManualClock();
  const fake = await startFakeGemini({ clock, limits, latency: '800ms' });
  const gemini = guard({ clock, ...options });
  onTestFinished(async () => {
    await gemini.close();
    await fake.close();
  });
  const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });
  return { clock, fake, gemini, client };
}

/** Turns the clock until all have settled; a request in flight keeps it from passing its own answer. */
async function turn(
  clock: ManualClock,
  fake: FakeGemini,
  gemini: Guard,
  all: Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const over = all.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await clock.flow(0);
    const { running } = (await gemini.status()).admission;
    const isOnItsWay = running !== fake.stats().inFlight;
    if (isOnItsWay || clock.untilNext === undefined) continue;
    await clock.flow(clock.untilNext);
  }
  await over;
}

type End = 'answered' | { readonly code: unknown; readonly retryAt: unknown } | { readonly other: unknown };

describe('a herd of 1,000 different prompts against 60 requests a minute', () => {
  const ask = ({ gemini, client }: Awaited<ReturnType<typeof bench>>, index: number, timeout: number) =>
    gemini(
      (signal) =>
        client.models.generateContent({
          model,
          contents: `prompt ${index}`,
          config: { abortSignal: signal },
        }),
      {
        model,
        scope: `scope ${index % 7}`,
        timeout,
        estimate: { inputTokens: 3 },
        usage: ({ usageMetadata }) => ({ inputTokens: usageMetadata?.promptTokenCount }),
      },
    ).then(
      (): End => 'answered',
      (error): End => ('retryAt' in error ? { code: error.code, retryAt: error.retryAt } : { other: error }),
    );

  test('ends with every caller answered or told when to come back, and never a 429', async () => {
    const limits = { requestsPerMinute: 60, inputTokensPerMinute: 1_000 };
    const made = await bench(limits, { limits: { [model]: limits } });
    const { clock, fake, gemini } = made;
    const all = Promise.all(Array.from({ length: 1_000 }, (_, index) => ask(made, index, 5 * minute)));
    const began = clock.wall();
    await turn(clock, fake, gemini, all);
    const ends = await all;
    const answered = ends.filter((end) => end === 'answered').length;
    const told = ends.filter((end) => typeof end === 'object' && 'retryAt' in end);
    expect(ends.filter((end) => typeof end === 'object' && 'other' in end)).toEqual([]);
    expect(answered + told.length).toBe(1_000);
    // Five minutes, the first answer of each a little more than a minute after the last one's.
    expect(answered).toBe(300);
    for (const end of told) {
      expect(end).toMatchObject({ code: 'E_RATE_LIMITED' });
      expect((end as { retryAt: number }).retryAt).toBeGreaterThan(began);
    }
    expect(fake.stats()).toMatchObject({ answered: 300, requests: 300, failures: { '429': 0 } });
    expect(clock.timers).toBe(0);
  });

  test('ends with all answered where all can wait, and where all come back when they are told to', async () => {
    const limits = { requestsPerMinute: 60 };
    const made = await bench(limits, { limits: { [model]: limits }, queue: 300 });
    const { clock, fake, gemini } = made;
    let refusals = 0;
    const persist = async (index: number): Promise<void> => {
      for (;;) {
        const end = await ask(made, index, 10 * minute);
        if (end === 'answered') return;
        if ('other' in end) throw end.other;
        refusals += 1;
        await new Promise<void>((resolve) => {
          clock.setTimeout(resolve, Number(end.retryAt) - clock.wall());
        });
      }
    };
    const all = Promise.all(Array.from({ length: 1_000 }, (_, index) => persist(index)));
    await turn(clock, fake, gemini, all);
    expect(refusals).toBeGreaterThan(0);
    expect(fake.stats()).toMatchObject({ answered: 1_000, requests: 1_000, failures: { '429': 0 } });
  });

  test('learns by its first 429 what it was not told, and asks in vain no more until then', async () => {
    const concurrency = 10;
    const made = await bench({ requestsPerMinute: 60 }, { admission: { concurrency } });
    const { clock, fake, gemini } = made;
    const all = Promise.all(Array.from({ length: 200 }, (_, index) => ask(made, index, 20_000)));
    await turn(clock, fake, gemini, all);
    const ends = await all;
    expect(ends.filter((end) => end === 'answered')).toHaveLength(60);
    expect(ends.filter((end) => typeof end === 'object' && 'other' in end)).toEqual([]);
    // Those that were under way with it.
    expect(fake.stats().failures['429']).toBeGreaterThan(0);
    expect(fake.stats().failures['429']).toBeLessThanOrEqual(concurrency);
  });

  test('of a day that is used up is told midnight Pacific', async () => {
    const limits = { requestsPerDay: 20 };
    const made = await bench(limits, { limits: { [model]: limits } });
    const { clock, fake, gemini } = made;
    const all = Promise.all(Array.from({ length: 50 }, (_, index) => ask(made, index, minute)));
    await turn(clock, fake, gemini, all);
    const told = (await all).filter((end) => end !== 'answered');
    expect(told).toHaveLength(30);
    for (const end of told) expect(end).toMatchObject({ retryAt: Date.UTC(2026, 0, 1, 8) });
    expect(fake.stats()).toMatchObject({ answered: 20, failures: { '429': 0 } });
  });
});

import { expect, onTestFinished, test, vi } from 'vitest';
import { HeapGrowth } from './heap-growth.ts';
import { ModelClient } from './model-client.ts';
import { LabProvider } from './provider.ts';
import type { Course, Scene, StreamPace } from './scene.ts';
import { LocalSide } from './side.ts';
import { answerPieces } from './streamed-answer.ts';

const herd = (callers: number): Scene => ({ name: 'herd', callers });
const counts = async (side: LocalSide) => (await side.state()).counts;

test('through the cache a herd is one call; unprotected, each caller is one', async () => {
  await using one = await LocalSide.start('protected');
  await using other = await LocalSide.start('unprotected');
  await Promise.all([one.play(herd(20)), other.play(herd(20))]);
  expect(await counts(one)).toMatchObject({ providerCalls: 1, answered: 20, failures: 0, waiting: 0 });
  expect(await counts(other)).toMatchObject({ providerCalls: 20, answered: 20, failures: 0, waiting: 0 });
  await one.reset();
  expect(await counts(one)).toEqual({
    providerCalls: 0,
    usd: 0,
    answered: 0,
    stale: 0,
    failures: 0,
    refused: 0,
    comeBackIn: 0,
    waiting: 0,
    rateLimited: 0,
    guard: {
      minute: { used: 0, limit: null },
      waiting: 0,
      underWay: 0,
      breaker: 'closed',
      opened: 0,
      retries: 0,
    },
    latency: { p50: 0, p99: 0, max: 0 },
  });
});

test('a slow provider: who has waited for a second gets the expired answer, marked stale', async () => {
  await using side = await LocalSide.start('protected');
  await side.play(herd(1));
  await side.expire();
  await side.mood('slow');
  await side.play(herd(10));
  const { stale, latency, providerCalls } = await counts(side);
  expect({ stale, providerCalls }).toEqual({ stale: 10, providerCalls: 2 });
  expect(latency.max).toBeLessThan(2_500);
});

test('a cold cache before a failing provider: one call and its retries, and every caller gets their failure', async () => {
  await using side = await LocalSide.start('protected');
  await side.mood('fail');
  await side.play(herd(10));
  expect(await counts(side)).toMatchObject({ providerCalls: 4, answered: 0, failures: 10, usd: 0 });
});

test.each(['protected', 'unprotected'] as const)(
  'a reset ends a herd whose calls hang, and the next herd of the %s side is counted alone',
  async (name) => {
    await using side = await LocalSide.start(name);
    await side.mood('hang');
    const hanging = side.play(herd(1_500));
    await side.reset();
    await hanging;
    expect(await counts(side)).toMatchObject({ providerCalls: 0, answered: 0, failures: 0, waiting: 0 });
    await side.mood('normal');
    await side.play(herd(5));
    expect(await counts(side)).toMatchObject({
      providerCalls: name === 'protected' ? 1 : 5,
      answered: 5,
      failures: 0,
    });
  },
);

test('the client of the model counts tokens and dollars, and tells a refusal by its status', async () => {
  await using provider = await LabProvider.start();
  const client = new ModelClient();
  const { cost, text } = await client.ask(provider.url, 'a question', undefined);
  expect(text).not.toBe('');
  expect(cost).toMatchObject({ inputTokens: 4_000, outputTokens: 500 });
  expect(cost.usd).toBeCloseTo(provider.counts().usd, 10);
  provider.setMood('fail');
  const refused = client.ask(provider.url, 'a question', undefined);
  await expect(refused).rejects.toMatchObject({ name: 'ProviderError', status: 503 });
  client.close();
});

test('a call that hangs ends with the reason of its signal, and so does one that never began', async () => {
  await using provider = await LabProvider.start();
  const client = new ModelClient();
  provider.setMood('hang');
  const ending = new AbortController();
  const reason = new Error('enough');
  const hanging = client.ask(provider.url, 'a question', ending.signal);
  const ended = expect(hanging).rejects.toBe(reason);
  await provider.received(1);
  ending.abort(reason);
  await ended;
  await expect(client.ask(provider.url, 'a question', ending.signal)).rejects.toBe(reason);
  client.close();
});

test('a storm: who can be let in is answered, all others are told when to come back, and no call is a 429', async () => {
  await using side = await LocalSide.start('protected');
  const storm: Scene = { name: 'storm', callers: 300 };
  await side.play(storm);
  const { comeBackIn, guard, ...told } = await counts(side);
  expect(told).toMatchObject({ providerCalls: 60, answered: 60, refused: 240, failures: 0, rateLimited: 0 });
  expect(guard).toMatchObject({ minute: { used: 60, limit: 60 }, waiting: 0, underWay: 0 });
  expect(comeBackIn).toBeGreaterThan(50);
  expect(comeBackIn).toBeLessThanOrEqual(60);
  // The minute is still full.
  await side.play(storm);
  expect(await counts(side)).toMatchObject({ providerCalls: 60, answered: 60, refused: 540, rateLimited: 0 });
});

test('an unprotected storm: who is over the limit gets a 429', async () => {
  await using side = await LocalSide.start('unprotected');
  await side.play({ name: 'storm', callers: 200 });
  expect(await counts(side)).toMatchObject({
    providerCalls: 200,
    answered: 60,
    failures: 140,
    refused: 0,
    rateLimited: 140,
  });
});

test('a sick provider: retries, then an open breaker, stale answers and refusals, and at last its recovery', async () => {
  await using one = await LocalSide.start('protected');
  await using other = await LocalSide.start('unprotected');
  const course: Course = [
    { health: 'well', milliseconds: 2_000 },
    { health: 'wobbly', milliseconds: 1_000 },
    { health: 'failing', milliseconds: 2_000 },
    { health: 'well', milliseconds: 4_000 },
  ];
  const sick: Scene = { name: 'sick', course };
  await Promise.all([one.play(sick), other.play(sick)]);
  const { health, counts: guarded } = await one.state();
  const bare = await counts(other);
  expect(health).toBeNull();
  expect(guarded.guard).toMatchObject({ breaker: 'closed' });
  expect(guarded.guard?.opened).toBeGreaterThan(0);
  expect(guarded.guard?.retries).toBeGreaterThan(0);
  expect(guarded.stale).toBeGreaterThan(0);
  expect(guarded.refused).toBeGreaterThan(0);
  expect(guarded.answered + guarded.refused + guarded.failures).toBe(180);
  expect(bare.answered + bare.failures).toBe(180);
  expect(guarded.failures).toBeLessThan(bare.failures);
  expect(guarded.answered).toBeGreaterThan(bare.answered);
  expect(guarded.providerCalls).toBeLessThan(bare.providerCalls);
}, 20_000);

const streamed = (callers: number, pace: Partial<StreamPace> = {}): Scene => ({
  name: 'stream',
  callers,
  pace: { first: 20, perPiece: 4, pieces: 30, lateFor: 60, ...pace },
});

test('a stream: one for all through the cache, one for each unprotected, to the same readers', async () => {
  await using one = await LocalSide.start('protected');
  await using other = await LocalSide.start('unprotected');
  await Promise.all([one.play(streamed(60)), other.play(streamed(60))]);
  const { stream: shared, ...counted } = await counts(one);
  const { stream: own } = await counts(other);
  expect(shared).toMatchObject({ streams: 1, underWay: 0, waiting: 0, reading: 0, failed: 0, late: 42 });
  expect(own).toMatchObject({ streams: 60, waiting: 0, reading: 0, failed: 0, late: 42, replayed: 0 });
  expect(shared?.replayed).toBe(42);
  expect(shared?.left).toBeGreaterThan(0);
  expect(shared?.progress.match(/Y/g)).toHaveLength(60 - Number(shared?.left));
  // Over the network several pieces may come at once, so who leaves may have read a little more.
  expect(own?.progress.replace(/[a-y]/g, '*')).toBe(shared?.progress.replace(/[a-y]/g, '*'));
  expect(own?.text).toBe(answerPieces.slice(0, 30).join(''));
  expect(shared?.text).toBe(own?.text);
  expect(own?.usd).toBeGreaterThan(30 * Number(shared?.usd));
  // Counted apart from herds.
  expect(counted).toMatchObject({ providerCalls: 0, usd: 0, answered: 0, failures: 0, latency: { max: 0 } });
});

test('the second stream is counted alone, and is not the first one again', async () => {
  await using side = await LocalSide.start('protected');
  await side.play(streamed(5));
  await side.play(streamed(10));
  expect((await counts(side)).stream).toMatchObject({ streams: 1, late: 7 });
});

test.each(['protected', 'unprotected'] as const)(
  'a reset ends a stream of the %s side in the middle, and with it what the provider does',
  async (name) => {
    // What the stream takes is measured once all have their first word.
    const allRead = Promise.withResolvers<void>();
    const measure = vi.spyOn(HeapGrowth.prototype, 'measure').mockImplementation(async () => {
      allRead.resolve();
      return 0;
    });
    onTestFinished(() => measure.mockRestore());
    await using side = await LocalSide.start(name);
    const playing = side.play(streamed(20, { perPiece: 60_000, lateFor: 0 }));
    await allRead.promise;
    expect((await counts(side)).stream).toMatchObject({ reading: 20, waiting: 0 });
    await side.reset();
    await playing;
    expect(await counts(side)).not.toHaveProperty('stream');
    await side.play(herd(3));
    expect(await counts(side)).toMatchObject({ answered: 3, failures: 0 });
  },
);

test('a reset ends a scene at its stage, and the next herd meets the mood again and a guard that knows nothing', async () => {
  await using side = await LocalSide.start('protected');
  const playing = side.play({ name: 'sick', course: [{ health: 'failing', milliseconds: 60_000 }] });
  await side.reset();
  await playing;
  expect(await side.state()).toMatchObject({
    health: null,
    counts: { answered: 0, failures: 0, refused: 0, waiting: 0, guard: { breaker: 'closed', retries: 0 } },
  });
  await side.play(herd(3));
  expect(await counts(side)).toMatchObject({ answered: 3, failures: 0 });
});

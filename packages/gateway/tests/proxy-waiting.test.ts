/** Through the proxy: what passes by itself is waited for, so that clients see none of it, and nothing is waited for for ever. */
import { type Guard, type GuardOptions, guard } from 'holdfast/llm';
import { type FakeGemini, ManualClock, startFakeGemini } from 'holdfast/testing';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { generate, model, type Proxied, prompt, startProxied, stream } from './proxied.ts';

let fake: FakeGemini;
let clock: ManualClock;

beforeEach(async () => {
  fake = await startFakeGemini();
  clock = new ManualClock();
});
afterEach(() => fake.close());

async function start(options: GuardOptions): Promise<{ proxied: Proxied; before: Guard }> {
  const before = guard({ clock, random: () => 0, ...options });
  const proxied = await startProxied(fake.url, { exchanging: { clock, guard: before } });
  onTestFinished(() => before.close());
  return { proxied, before };
}

test.each([generate, stream])(
  'a failure that passes is tried again, when the provider says so: %s',
  async (path) => {
    const { proxied, before } = await start({});
    const waits: number[] = [];
    before.on((event) => {
      if (event.type !== 'retry.decided' || !event.decision.retry) return;
      const { delay } = event.decision;
      waits.push(delay);
      queueMicrotask(() => void clock.advance(delay));
    });
    fake.next({ fail: '503' }, { fail: '429', retryDelay: '20s' });
    const answer = await proxied.ask(path, prompt('Why?'));
    expect(answer).toMatchObject({ status: 200, headers: { 'holdfast-outcome': 'generated' } });
    expect(waits).toEqual([0, 20_000]);
    expect(fake.stats()).toMatchObject({ requests: 3, answered: 1, failures: { '503': 1, '429': 1 } });
  },
);

test('who would be over the limit of a minute waits for its turn, and is answered', async () => {
  const { proxied, before } = await start({ limits: { [model]: { requestsPerMinute: 1 } } });
  expect((await proxied.ask(generate, prompt('Why?'))).status).toBe(200);
  const waits = Promise.withResolvers<void>();
  // Whoever waits has the clock told until when.
  const { setTimeout } = clock;
  vi.spyOn(clock, 'setTimeout').mockImplementation((call, milliseconds) => {
    if (milliseconds === 60_000) waits.resolve();
    return setTimeout.call(clock, call, milliseconds);
  });
  const asked = proxied.ask(generate, prompt('And then?'));
  await waits.promise;
  await clock.advance(59_999);
  expect(await before.status()).toMatchObject({ lines: [{ waiting: 1 }] });
  expect(fake.stats().requests).toBe(1);
  await clock.advance(1);
  expect(await asked).toMatchObject({ status: 200, headers: { 'holdfast-outcome': 'generated' } });
  expect(fake.stats()).toMatchObject({ requests: 2, answered: 2 });
});

test('a stream that stalls is given up in time, and who has read of it is told', async () => {
  const { proxied } = await start({ body: { betweenChunks: '15s' } });
  fake.next({ reply: 'one two three four', hang: true, afterChunks: 1 });
  const response = await fetch(proxied.url + stream.slice('/gemini'.length), {
    method: 'POST',
    headers: { 'x-goog-api-key': 'key' },
    body: prompt('Why?'),
  });
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toContain('"text"');
  await clock.advance(14_999);
  expect(fake.stats()).toMatchObject({ inFlight: 1 });
  await clock.advance(1);
  const { value = '' } = await reader.read();
  expect(JSON.parse(value.slice('data: '.length))).toMatchObject({
    error: { code: 504, message: expect.stringMatching(/^E_PROVIDER_TIMEOUT: /) },
  });
  expect((await reader.read()).done).toBe(true);
  await fake.idle();
  expect((await proxied.ask(stream, prompt('Why?'))).headers['holdfast-outcome']).toBe('generated');
  expect(proxied.errors).toEqual([]);
});

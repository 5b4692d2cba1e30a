import { getEventListeners } from 'node:events';
import { GoogleGenAI } from '@google/genai';
import { type Attempt, checkResponse, type GuardEvent, type GuardOptions, guard } from 'holdfast/llm';
import {
  type FakeGemini,
  type FakeGeminiOptions,
  ManualClock,
  settled,
  startFakeGemini,
} from 'holdfast/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { passBackOffs } from './back-offs.ts';

const model = 'gemini-2.5-flash';
const contents = 'What holds fast?';

async function bench(options: GuardOptions = {}, fakeOptions: FakeGeminiOptions = {}) {
  const fake = await startFakeGemini(fakeOptions);
  const clock = new ManualClock();
  const gemini = guard({ clock, ...options });
  passBackOffs(gemini, clock);
  onTestFinished(async () => {
    await gemini.close();
    await fake.close();
  });
  const events: GuardEvent[] = [];
  gemini.on((event) => events.push(event));
  const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });
  const generate = (signal: AbortSignal, attempt: Attempt) =>
    client.models.generateContent({
      model,
      contents,
      config: { abortSignal: signal, httpOptions: { headers: attempt.headers() } },
    });
  return { clock, fake, gemini, client, events, generate };
}

function post(fake: FakeGemini, method: string, signal: AbortSignal): Promise<Response> {
  return fetch(`${fake.url}/v1/models/${model}:${method}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'any' },
    body: JSON.stringify({ contents: [{ parts: [{ text: contents }] }] }),
    signal,
  });
}

describe('the official client behind a guard, against a real server', () => {
  test.each(['500', '503', '504', 'reset'] as const)('is answered after a %s', async (fail) => {
    const { fake, gemini, generate } = await bench();
    fake.next({ fail }, { fail });
    expect((await gemini(generate, { model })).text).toContain('Answer');
    expect(fake.stats()).toMatchObject({ requests: 3, answered: 1, failures: { [fail]: 2 } });
  });

  test('is answered after a 429, no sooner than the provider said', async () => {
    const { fake, gemini, generate, events } = await bench();
    fake.next({ fail: '429', retryDelay: '0.05s' });
    expect((await gemini(generate, { model })).text).toContain('Answer');
    const decided = events.find((event) => event.type === 'retry.decided');
    expect(decided?.decision).toMatchObject({ retry: true, failure: { retryAfter: 50 } });
    expect(decided?.decision.retry && decided.decision.delay).toBeGreaterThanOrEqual(50);
    expect(fake.stats()).toMatchObject({ requests: 2, answered: 1 });
  });

  test.each(['400', '403', '404'] as const)(
    'is told of a %s at once, by the error of its client',
    async (fail) => {
      const { fake, gemini, generate } = await bench();
      fake.always({ fail });
      await expect(gemini(generate, { model })).rejects.toMatchObject({
        name: 'ApiError',
        status: Number(fail),
      });
      expect(fake.stats().requests).toBe(1);
    },
  );

  test('is told when a day is back, and asks no more', async () => {
    const { fake, gemini, generate } = await bench();
    fake.always({ fail: '429', perDay: true, retryDelay: '2s' });
    for (let call = 0; call < 3; call += 1) {
      const error = await gemini(generate, { model }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'E_RATE_LIMITED', retryAt: expect.any(Number) });
    }
    expect(fake.stats().requests).toBe(1);
  });

  test('is cut off by a time-out, down to the socket, and the server was told of it', async () => {
    const { clock, fake, gemini, client } = await bench({ attemptTimeout: 50 });
    fake.next({ hang: true });
    let headers: Record<string, string> = {};
    const call = gemini(
      (signal, attempt) => {
        headers = attempt.headers();
        return client.models.generateContent({ model, contents, config: { abortSignal: signal } });
      },
      { model },
    );
    const failed = call.catch((error: unknown) => error);
    await fake.received(1);
    await clock.advance(50);
    expect(await failed).toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit: 'attempt' });
    await fake.idle();
    expect(headers).toEqual({ 'x-server-timeout': '1' });
    expect(fake.stats()).toMatchObject({ inFlight: 0, requests: 1, failures: { hang: 1 } });
  });

  test('is cut off by its caller, with the caller’s reason', async () => {
    const { fake, gemini, generate } = await bench();
    fake.next({ hang: true });
    const controller = new AbortController();
    const call = gemini(generate, { model, signal: controller.signal });
    const failed = call.catch((error: unknown) => error);
    await fake.received(1);
    controller.abort('mine');
    expect(await failed).toBe('mine');
    await fake.idle();
    expect(fake.stats()).toMatchObject({ inFlight: 0, requests: 1 });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  test('reads a stream whose error part comes in its middle: the whole attempt is made again', async () => {
    const { fake, gemini, client } = await bench();
    fake.next({ fail: '503', afterChunks: 2 });
    const text = await gemini(
      async (signal, attempt) => {
        const stream = await client.models.generateContentStream({
          model,
          contents,
          config: { abortSignal: signal },
        });
        let all = '';
        for await (const chunk of attempt.guardBody(stream)) all += chunk.text ?? '';
        return all;
      },
      { model },
    );
    expect(text).toMatch(/^Answer [0-9a-f]{12}: /);
    expect(fake.stats()).toMatchObject({ requests: 2, answered: 1, failures: { '503': 1 } });
  });

  test.each([
    [0, 'first byte'],
    [1, 'between chunks'],
  ] as const)(
    'reads a stream that stalls after %i chunks: it ends by a time-out, and so does its connection',
    async (afterChunks, limit) => {
      const { clock, fake, gemini, client } = await bench({ body: { firstByte: 60, betweenChunks: 60 } });
      fake.next({ hang: true, afterChunks });
      const waiting = Promise.withResolvers<void>();
      const call = gemini(
        async (signal, attempt) => {
          const stream = await client.models.generateContentStream({
            model,
            contents,
            config: { abortSignal: signal },
          });
          const chunks = attempt.guardBody(stream);
          for (let read = 0; read < afterChunks; read += 1) await chunks.next();
          const stalled = chunks.next();
          waiting.resolve();
          await stalled;
        },
        { model },
      );
      const failed = call.catch((error: unknown) => error);
      await waiting.promise;
      await clock.advance(60);
      expect(await failed).toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit });
      await fake.idle();
      expect(fake.stats()).toMatchObject({ inFlight: 0, failures: { hang: 1 } });
    },
  );
});

describe('fetch behind a guard, against a real server', () => {
  test('is answered after a 503 and a connection that broke in the middle of a body', async () => {
    const { fake, gemini } = await bench();
    fake.next({ fail: '503' }, { fail: 'reset', afterChunks: 1 });
    const text = await gemini(
      async (signal, attempt) => {
        const response = await checkResponse(await post(fake, 'generateContent', signal));
        return attempt.guardBody(response).text();
      },
      { model },
    );
    expect(JSON.parse(text)).toHaveProperty('candidates');
    expect(fake.stats()).toMatchObject({ requests: 3, answered: 1, failures: { '503': 1, reset: 1 } });
  });

  test('finds a stall in a body that was handed out, and a caller who leaves it', async () => {
    const { clock, fake, gemini } = await bench({ body: { firstByte: '5s', betweenChunks: 60 } });
    const open = (signal?: AbortSignal) =>
      gemini(
        async (own, attempt) => {
          return attempt.guardBody(
            await checkResponse(await post(fake, 'streamGenerateContent?alt=sse', own)),
          );
        },
        { model, signal },
      );
    fake.next({ hang: true, afterChunks: 1 });
    const reader = (await open()).body?.getReader();
    expect(await reader?.read()).toMatchObject({ done: false });
    const stalled = reader?.read().catch((error: unknown) => error);
    await settled();
    await clock.advance(60);
    expect(await stalled).toMatchObject({ limit: 'between chunks' });
    fake.next({ hang: true, afterChunks: 1 });
    const controller = new AbortController();
    const response = await open(controller.signal);
    controller.abort('mine');
    expect(await response.text().catch((error: unknown) => error)).toBe('mine');
    await fake.idle();
    expect(fake.stats()).toMatchObject({ inFlight: 0, failures: { hang: 2 } });
  });

  test('opens the breaker of a sick provider: callers are told at once, and a probe finds it well', async () => {
    const { clock, fake, gemini, generate, events } = await bench({
      breaker: { consecutive: 3, rest: 50, probes: 1 },
      retry: { attempts: 1 },
    });
    fake.always({ fail: '503' });
    const codes: unknown[] = [];
    for (let call = 0; call < 6; call += 1) {
      codes.push(await gemini(generate, { model }).catch(({ status, code }) => status ?? code));
    }
    expect(codes).toEqual([503, 503, 503, 'E_CIRCUIT_OPEN', 'E_CIRCUIT_OPEN', 'E_CIRCUIT_OPEN']);
    expect(fake.stats().requests).toBe(3);
    fake.always(undefined);
    await clock.advance(50);
    expect((await gemini(generate, { model })).text).toContain('Answer');
    const states = events.flatMap((event) => (event.type === 'breaker.changed' ? [event.state] : []));
    expect(states).toEqual(['open', 'half-open', 'closed']);
  });

  test('does not melt a sick provider: retries stay within their budget', async () => {
    const { fake, gemini, generate } = await bench({
      breaker: false,
      retry: { attempts: 5, budget: { share: 0.1, burst: 5 } },
    });
    fake.always({ fail: '503' });
    await Promise.all(Array.from({ length: 100 }, () => gemini(generate, { model }).catch(() => undefined)));
    expect(fake.stats().requests).toBeLessThanOrEqual(100 + 5 + 10);
    expect(fake.stats().requests).toBeGreaterThan(100);
  });
});

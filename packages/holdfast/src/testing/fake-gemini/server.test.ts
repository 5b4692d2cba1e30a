import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Clock, Timer } from '../../lib/clock.ts';
import { HoldfastError } from '../../lib/errors.ts';
import {
  type FakeGemini,
  type FakeGeminiOptions,
  type FakeGeminiStats,
  Gate,
  startFakeGemini,
} from './index.ts';

const model = 'gemini-2.5-flash';
const prompt = { contents: [{ role: 'user', parts: [{ text: 'What holds fast?' }] }] };

async function start(options: FakeGeminiOptions = {}): Promise<FakeGemini> {
  const fake = await startFakeGemini(options);
  onTestFinished(async () => {
    await fake.close();
    expectToAddUp(fake.stats());
    expect(fake.stats().inFlight).toBe(0);
  });
  return fake;
}

function expectToAddUp(stats: FakeGeminiStats): void {
  const failed = Object.values(stats.failures).reduce((sum, count) => sum + count, 0);
  expect(stats.inFlight + stats.answered + stats.disconnected + failed).toBe(stats.requests);
}

interface Sent {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  readonly method?: string;
}

function send(fake: FakeGemini, path: string, sent: Sent = {}): Promise<Response> {
  return fetch(`${fake.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(prompt),
    headers: { 'x-goog-api-key': 'any' },
    ...sent,
  });
}

const generate = (fake: FakeGemini, sent?: Sent) => send(fake, `/v1/models/${model}:generateContent`, sent);
const stream = (fake: FakeGemini, sent?: Sent) =>
  send(fake, `/v1/models/${model}:streamGenerateContent?alt=sse`, sent);

/** Fires timers in order of their time when it is told to. */
class HandClock implements Clock {
  time = 0;
  readonly timers = new Set<{ at: number; run: () => void }>();
  now(): number {
    return this.time;
  }
  wall(): number {
    return this.time;
  }
  setTimeout(run: () => void, milliseconds: number): Timer {
    const timer = { at: this.time + milliseconds, run };
    this.timers.add(timer);
    return { cancel: () => void this.timers.delete(timer), unref: () => {} };
  }
  pass(milliseconds: number): void {
    this.time += milliseconds;
    for (const timer of this.timers) {
      if (timer.at > this.time) continue;
      this.timers.delete(timer);
      timer.run();
    }
  }
}

async function errorCode(promise: Promise<unknown>): Promise<unknown> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause) return cause.code;
  }
  return error;
}

describe('the way of a request', () => {
  test('answers all three methods under both versions', async () => {
    const fake = await start();
    for (const version of ['v1', 'v1beta']) {
      const whole = await send(fake, `/${version}/models/${model}:generateContent`);
      expect(whole.status).toBe(200);
      expect(await whole.json()).toMatchObject({
        modelVersion: model,
        usageMetadata: { promptTokenCount: 4 },
      });
      const counted = await send(fake, `/${version}/models/${model}:countTokens`);
      expect(await counted.json()).toMatchObject({ totalTokens: 4 });
      const events = await send(fake, `/${version}/models/${model}:streamGenerateContent?alt=sse`);
      expect(events.headers.get('content-type')).toBe('text/event-stream');
      expect(await events.text()).toMatch(/^data: \{.*\}\r\n\r\n(data: \{.*\}\r\n\r\n)+$/);
    }
    expect(fake.stats()).toMatchObject({
      requests: 6,
      answered: 6,
      calls: { generateContent: 2, countTokens: 2, streamGenerateContent: 2 },
      models: { [model]: { calls: 6 } },
    });
  });

  test('streams one JSON array where no events were asked for, with the same chunks', async () => {
    const fake = await start();
    const array = (await (await send(fake, `/v1/models/${model}:streamGenerateContent`)).json()) as unknown[];
    const events = await (await stream(fake)).text();
    const chunks = events
      .split('\r\n\r\n')
      .filter((event) => event !== '')
      .map((event) => JSON.parse(event.slice('data: '.length)) as unknown);
    expect(array).toEqual(chunks);
  });

  test.each<[string, string, Sent]>([
    ['an unknown method', `/v1/models/${model}:embedContent`, {}],
    ['an unknown version', `/v2/models/${model}:generateContent`, {}],
    ['no model', '/v1/models/:generateContent', {}],
    ['a climbing model', '/v1/models/../x:generateContent', {}],
    ['another HTTP method', `/v1/models/${model}:generateContent`, { method: 'PUT' }],
  ])('is 404 for %s', async (_, path, sent) => {
    const fake = await start();
    const response = await send(fake, path, sent);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
    expect(fake.stats()).toMatchObject({ failures: { '404': 1 }, models: {} });
  });

  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['blank', { 'x-goog-api-key': ' ' }],
  ])('is 403 where the API key is %s', async (_, headers) => {
    const fake = await start();
    const response = await generate(fake, { headers });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED' } });
  });

  test('never shows the API key or the prompt, in counts or in errors', async () => {
    const fake = await start();
    const headers = { 'x-goog-api-key': 'the-key' };
    const bad = await generate(fake, { headers, body: '{"contents": the-prompt' });
    fake.next({ fail: '429' });
    const refused = await generate(fake, { headers, body: JSON.stringify(prompt) });
    const shown = (await bad.text()) + (await refused.text()) + JSON.stringify(fake.stats());
    expect(shown).not.toMatch(/the-key|the-prompt|What holds/);
  });

  test.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['is not JSON', '{', 'Invalid JSON'],
    ['is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'Invalid JSON'],
    ['is no object', '[]', 'must be a JSON object'],
    ['has no contents', '{}', 'contents is not specified'],
    ['has empty contents', '{"contents":[]}', 'contents is not specified'],
    ['has a content without parts', '{"contents":[{"role":"user"}]}', 'contents[0].parts'],
    ['has an unknown role', '{"contents":[{"role":"boss","parts":[{"text":"x"}]}]}', 'valid role'],
    ['is nested without end', `{"contents":${'['.repeat(200)}${']'.repeat(200)}}`, 'too deep'],
  ])('is 400 where the body %s', async (_, body, message) => {
    const fake = await start();
    const response = await generate(fake, { body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string; status: string } };
    expect(error.status).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(message);
    expect(fake.stats()).toMatchObject({ failures: { '400': 1 }, calls: { generateContent: 0 } });
  });

  test('is 400 where the body is over the limit, and the connection goes on', async () => {
    const fake = await start({ bodyLimit: 1_000 });
    const response = await generate(fake, { body: 'x'.repeat(3_000_000) });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('exceeds the limit: 1000 bytes');
    expect((await generate(fake)).status).toBe(200);
  });

  test('is 403 for cached content, of which there is none', async () => {
    const fake = await start();
    const body = JSON.stringify({ ...prompt, cachedContent: 'cachedContents/x' });
    expect((await generate(fake, { body })).status).toBe(403);
    expect(fake.stats().failures['403']).toBe(1);
  });
});

describe('scripted failures', () => {
  test('a 429 has the details of the quota and when to come back', async () => {
    const fake = await start();
    fake.next({ fail: '429', retryDelay: '53s', quotaValue: 15 });
    const response = await generate(fake);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({
      error: {
        code: 429,
        message: expect.stringContaining('Please retry in 53s.'),
        status: 'RESOURCE_EXHAUSTED',
        details: [
          expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.Help' }),
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [
              {
                quotaMetric: 'generativelanguage.googleapis.com/generate_requests_per_model',
                quotaId: 'GenerateRequestsPerMinutePerProjectPerModel',
                quotaDimensions: { location: 'global', model },
                quotaValue: '15',
              },
            ],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '53s' },
        ],
      },
    });
  });

  test('a 429 of the day names the quota of the day beside a short delay', async () => {
    const fake = await start();
    fake.next({ fail: '429', retryDelay: '2.5s', perDay: true });
    const text = await (await generate(fake)).text();
    expect(text).toContain('"quotaId":"GenerateRequestsPerDayPerProjectPerModel"');
    expect(text).toContain('generate_requests_per_model_per_day');
    expect(text).toContain('"retryDelay":"2.5s"');
  });

  test.each([
    ['400', 'INVALID_ARGUMENT'],
    ['403', 'PERMISSION_DENIED'],
    ['404', 'NOT_FOUND'],
    ['500', 'INTERNAL'],
    ['503', 'UNAVAILABLE'],
    ['504', 'DEADLINE_EXCEEDED'],
  ] as const)('a %s is %s, counted, and only for one call', async (fail, status) => {
    const fake = await start();
    fake.next({ fail });
    const response = await generate(fake);
    expect(response.status).toBe(Number(fail));
    expect(await response.json()).toMatchObject({ error: { code: Number(fail), status } });
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ answered: 1, failures: { [fail]: 1 } });
  });

  test('a failure of a stream without events is an array of one error', async () => {
    const fake = await start();
    fake.next({ fail: '503' });
    const response = await send(fake, `/v1/models/${model}:streamGenerateContent`);
    expect(await response.json()).toMatchObject([{ error: { code: 503 } }]);
  });

  test('a reset breaks the connection', async () => {
    const fake = await start();
    fake.next({ fail: 'reset' });
    expect(await errorCode(generate(fake))).toBe('ECONNRESET');
    expect(fake.stats().failures.reset).toBe(1);
  });

  test('a reset in the middle cuts an answer in one piece, and a stream after its chunks', async () => {
    const fake = await start();
    fake.next(
      { fail: 'reset', afterChunks: 1 },
      { fail: 'reset', afterChunks: 2 },
      { fail: 'reset', afterChunks: 0 },
    );
    const whole = await generate(fake);
    expect(whole.status).toBe(200);
    expect(await errorCode(whole.text())).toBe('ECONNRESET');
    const events = await stream(fake);
    const { text, error } = await readUntilError(events);
    expect(text.match(/data: /g)).toHaveLength(2);
    expect(await errorCode(Promise.reject(error))).toBe('ECONNRESET');
    const headersOnly = await readUntilError(await stream(fake));
    expect(headersOnly.text).toBe('');
    expect(fake.stats().failures.reset).toBe(3);
  });

  test('a status in mid-stream is an error part after the chunks, in both framings', async () => {
    const fake = await start();
    fake.next(
      { fail: '503', afterChunks: 1 },
      { fail: '503', afterChunks: 99 },
      { fail: '503', afterChunks: 0 },
    );
    const events = (await (await stream(fake)).text()).split('\r\n\r\n');
    expect(events).toHaveLength(3);
    expect(events[1]).toContain('"status":"UNAVAILABLE"');
    const path = `/v1/models/${model}:streamGenerateContent`;
    const array = (await (await send(fake, path)).json()) as { error?: { code: number } }[];
    expect(array.length).toBeGreaterThan(2);
    expect(array.at(-1)).toMatchObject({ error: { code: 503 } });
    expect(await (await send(fake, path)).json()).toMatchObject([{ error: { code: 503 } }]);
    expect(fake.stats()).toMatchObject({ answered: 0, failures: { '503': 3 } });
  });

  test('what always holds is overruled by next, and ends when it is told to', async () => {
    const fake = await start();
    fake.always({ fail: '503' });
    fake.next({ reply: 'just once' });
    expect(await (await generate(fake)).text()).toContain('just once');
    expect((await generate(fake)).status).toBe(503);
    expect((await generate(fake)).status).toBe(503);
    fake.always(undefined);
    expect((await generate(fake)).status).toBe(200);
  });
});

async function readUntilError(response: Response): Promise<{ text: string; error: unknown }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
  } catch (error) {
    return { text, error };
  }
  throw new Error('the stream ended well');
}

describe('a client that leaves', () => {
  test('ends a hanging call, which counts as a hang', async () => {
    const fake = await start();
    fake.next({ hang: true });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(fake.stats().inFlight).toBe(1);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect(fake.stats()).toMatchObject({ inFlight: 0, disconnected: 0, failures: { hang: 1 } });
  });

  test('ends a slow call and its timer', async () => {
    const clock = new HandClock();
    const fake = await start({ latency: 60_000, clock });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(clock.timers.size).toBe(1);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect(clock.timers.size).toBe(0);
    expect(fake.stats()).toMatchObject({ disconnected: 1, tokens: { total: 0 } });
  });

  test('ends a held call, a call in its reply function, and a stream between two chunks', async () => {
    const seen = Promise.withResolvers<AbortSignal>();
    const fake = await start();
    const client = new AbortController();
    const gate = new Gate();
    fake.next(
      { hold: gate },
      {
        reply: ({ signal }) => {
          seen.resolve(signal);
          return new Promise<string>(() => {});
        },
      },
      { hang: true, afterChunks: 2 },
    );
    const held = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(gate.waiting).toBe(1);
    const replying = generate(fake, { signal: client.signal });
    const signal = await seen.promise;
    const events = await stream(fake, { signal: client.signal });
    const reader = events.body?.getReader();
    await reader?.read();
    client.abort();
    await expect(held).rejects.toThrow('abort');
    await expect(replying).rejects.toThrow('abort');
    await expect(reader?.read()).rejects.toThrow('abort');
    await fake.idle();
    expect(signal.aborted).toBe(true);
    expect(gate.waiting).toBe(0);
    expect(fake.stats()).toMatchObject({ requests: 3, disconnected: 2, failures: { hang: 1 } });
  });

  test('frees its place under the concurrency limit', async () => {
    const fake = await start({ limits: { concurrent: 1 } });
    fake.next({ hang: true });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect((await generate(fake)).status).toBe(503);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect((await generate(fake)).status).toBe(200);
  });

  test('in the middle of its upload is a request that was disconnected, and no call', async () => {
    const fake = await start();
    const socket = connect(fake.port, '127.0.0.1');
    socket.write(
      `POST /v1/models/${model}:generateContent HTTP/1.1\r\nhost: x\r\nx-goog-api-key: any\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{"contents":`,
    );
    const [continued] = (await once(socket, 'data')) as [Buffer];
    expect(continued.toString()).toContain('100 Continue');
    expect(fake.stats().inFlight).toBe(1);
    socket.destroy();
    await fake.idle();
    expect(fake.stats()).toMatchObject({ requests: 1, disconnected: 1 });
    expect(fake.stats().calls.generateContent).toBe(0);
  });
});

describe('time', () => {
  test('passes on the clock that was handed in: before the answer and before each further chunk', async () => {
    const clock = new HandClock();
    const fake = await start({
      latency: { first: 1_000, perChunk: 100 },
      clock,
      reply: 'x'.repeat(60).concat(' y'),
    });
    const call = stream(fake);
    await fake.received(1);
    expect([...clock.timers].map((timer) => timer.at)).toEqual([1_000]);
    clock.pass(1_000);
    const reader = (await call).body?.getReader();
    await reader?.read();
    expect([...clock.timers].map((timer) => timer.at)).toEqual([1_100]);
    clock.pass(100);
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('STOP');
    expect((await reader?.read())?.done).toBe(true);
  });

  test('opens the minute of the limit again', async () => {
    const clock = new HandClock();
    const fake = await start({ limits: { requestsPerMinute: 1 }, clock });
    expect((await generate(fake)).status).toBe(200);
    const refused = await generate(fake);
    expect(refused.status).toBe(429);
    expect(await refused.text()).toContain('"retryDelay":"60s"');
    clock.pass(60_000);
    expect((await generate(fake)).status).toBe(200);
  });
});

describe('holding calls', () => {
  test('lets a test see a whole herd in flight, then some through, then all', async () => {
    const fake = await start();
    const gate = fake.hold();
    const herd = Array.from({ length: 50 }, () => generate(fake));
    await fake.received(50);
    expect(gate.waiting).toBe(50);
    expect(fake.stats()).toMatchObject({ inFlight: 50, maxInFlight: 50, answered: 0 });
    expect(gate.pass(2)).toBe(2);
    await Promise.race(herd);
    expect(gate.waiting).toBe(48);
    gate.release();
    const answers = await Promise.all(herd);
    expect(answers.every((response) => response.status === 200)).toBe(true);
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ inFlight: 0, maxInFlight: 50, answered: 51 });
  });

  test('is refused while another gate holds, and possible again after', async () => {
    const fake = await start();
    const gate = fake.hold();
    expect(() => fake.hold()).toThrow('release that gate first');
    gate.release();
    fake.hold().release();
  });

  test('in mid-stream goes on with the rest of the same answer', async () => {
    const fake = await start();
    const plain = await (await stream(fake)).text();
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 2 });
    const events = await stream(fake);
    expect(events.status).toBe(200);
    const rest = events.text();
    gate.release();
    expect(await rest).toBe(plain);
  });
});

describe('what was asked', () => {
  test('is counted in tokens and in dollars at the list price that was handed in', async () => {
    const fake = await start({
      price: { [model]: { input: 2, cachedInput: 0.2, output: 12 } },
      reply: {
        text: 'yes',
        usage: {
          promptTokenCount: 1_000_000,
          cachedContentTokenCount: 500_000,
          candidatesTokenCount: 200_000,
          thoughtsTokenCount: 50_000,
        },
      },
    });
    await generate(fake);
    await send(fake, `/v1/models/${model}:countTokens`);
    await send(fake, '/v1/models/unpriced:generateContent');
    fake.next({ fail: '503' });
    await generate(fake);
    const stats = fake.stats();
    const tokens = {
      prompt: 1_000_000,
      cached: 500_000,
      candidates: 200_000,
      thoughts: 50_000,
      total: 1_250_000,
    };
    expect(stats.models).toEqual({
      [model]: { calls: 3, tokens, dollars: 1 + 0.1 + 3 },
      unpriced: { calls: 1, tokens, dollars: null },
    });
    expect(stats.dollars).toBeCloseTo(4.1, 10);
    expect(stats.tokens.total).toBe(2_500_000);
    expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
  });

  test('costs as much of a stream as was sent', async () => {
    const fake = await start();
    const { chunks } = await chunksOf(fake);
    const whole = fake.stats().tokens;
    fake.reset();
    fake.next({ fail: 'reset', afterChunks: 1 });
    await readUntilError(await stream(fake));
    const part = fake.stats().tokens;
    expect(chunks).toBeGreaterThan(2);
    expect(part.prompt).toBe(whole.prompt);
    expect(part.candidates).toBeGreaterThan(0);
    expect(part.candidates).toBeLessThan(whole.candidates);
  });

  test('is null in dollars without prices', async () => {
    expect((await start()).stats().dollars).toBeNull();
  });

  test('is handed to the reply function without headers, and numbered', async () => {
    const seen: unknown[] = [];
    const fake = await start({
      reply: (request) => {
        seen.push({ ...request, signal: undefined });
        return `number ${request.ordinal}`;
      },
    });
    await generate(fake);
    expect(await (await generate(fake)).text()).toContain('number 2');
    expect(seen[0]).toEqual({
      ordinal: 1,
      version: 'v1',
      model,
      method: 'generateContent',
      body: prompt,
      signal: undefined,
    });
  });

  test('fails as a 500 where the reply function throws, and the error is kept', async () => {
    const mistake = new Error('a mistake in the test');
    const fake = await start({
      reply: () => {
        throw mistake;
      },
    });
    const response = await generate(fake);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('a mistake');
    expect(fake.errors).toEqual([mistake]);
  });
});

async function chunksOf(fake: FakeGemini): Promise<{ chunks: number }> {
  return { chunks: (await (await stream(fake)).text()).split('\r\n\r\n').length - 1 };
}

describe('reset and close', () => {
  test('a reset ends what is in flight and forgets script, gate, limits and counts', async () => {
    const fake = await start({ limits: { requestsPerMinute: 1 } });
    fake.always({ fail: '503' });
    fake.hold();
    const held = generate(fake);
    await fake.received(1);
    fake.reset();
    expect(await errorCode(held)).toBe('UND_ERR_SOCKET');
    expect(fake.stats()).toMatchObject({ requests: 0, inFlight: 0, maxInFlight: 0 });
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1, disconnected: 0 });
  });

  test('closing ends hanging calls, rejects who still waits, and can be said twice', async () => {
    const fake = await start();
    fake.always({ hang: true });
    const calls = [errorCode(generate(fake)), errorCode(stream(fake))];
    await fake.received(2);
    const waiting = errorCode(fake.received(3));
    await Promise.all([fake.close(), fake.close()]);
    expect(await Promise.all(calls)).toEqual(['UND_ERR_SOCKET', 'UND_ERR_SOCKET']);
    expect(await waiting).toBe('E_CLOSED');
    expect(await errorCode(fake.received(3))).toBe('E_CLOSED');
    expect(fake.stats()).toMatchObject({ inFlight: 0, failures: { hang: 2 } });
    expect(await errorCode(generate(fake))).toBe('ECONNREFUSED');
  });

  test('await using closes it', async () => {
    let url = '';
    {
      await using fake = await startFakeGemini();
      url = fake.url;
      expect((await generate(fake)).status).toBe(200);
    }
    expect(await errorCode(fetch(url))).toBe('ECONNREFUSED');
  });

  test('a taken port is an error that names it', async () => {
    const fake = await start();
    const second = startFakeGemini({ port: fake.port });
    await expect(second).rejects.toThrow(`port ${fake.port} of 127.0.0.1 (EADDRINUSE)`);
    await expect(second).rejects.toBeInstanceOf(HoldfastError);
  });

  test('listens on 127.0.0.1 alone', async () => {
    const fake = await start();
    const other = createServer();
    const bound = new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen({ host: '127.0.0.2', port: fake.port }, resolve);
    });
    // Where a machine has no second loopback address this cannot fail; a wildcard would hold the port on all of them.
    expect(await errorCode(bound)).not.toBe('EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
  });

  test.each<[FakeGeminiOptions, string]>([
    [{ port: -1 }, 'port must be a whole number from 0 to 65535, not -1'],
    [{ bodyLimit: 0.5 }, 'not 0.5'],
    [{ latency: -1 }, 'latency must be'],
    [{ price: { x: { input: -1, output: 1 } } }, "price['x'].input"],
    [{ limits: { concurrent: Number.NaN } }, 'not NaN'],
  ])('a bad option %j is refused with its name', async (options, message) => {
    await expect(startFakeGemini(options)).rejects.toThrow(message);
  });
});

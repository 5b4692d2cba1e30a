import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ApiError, GoogleGenAI } from '@google/genai';
import { type FakeGemini, type FakeGeminiOptions, Gate, startFakeGemini } from 'holdfast/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

const model = 'gemini-2.5-flash';
const contents = 'What holds fast?';

async function start(options: FakeGeminiOptions = {}): Promise<{ fake: FakeGemini; client: GoogleGenAI }> {
  const fake = await startFakeGemini(options);
  onTestFinished(() => fake.close());
  const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });
  return { fake, client };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

async function apiErrorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('the official client', () => {
  test('generates content', async () => {
    const { fake, client } = await start();
    const answer = await client.models.generateContent({
      model,
      contents,
      config: { systemInstruction: 'Be brief.', temperature: 0 },
    });
    expect(answer.text).toMatch(/^Answer [0-9a-f]{12}: /);
    expect(answer.candidates?.[0]?.finishReason).toBe('STOP');
    expect(answer.modelVersion).toBe(model);
    expect(answer.usageMetadata).toMatchObject({ promptTokenCount: 7 });
    expect(answer.usageMetadata?.totalTokenCount).toBe(7 + (answer.usageMetadata?.candidatesTokenCount ?? 0));
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1, calls: { generateContent: 1 } });
  });

  test('gets the same text from a stream, in several chunks with the usage in the last', async () => {
    const { fake, client } = await start();
    const whole = await client.models.generateContent({ model, contents });
    const chunks = [];
    for await (const chunk of await client.models.generateContentStream({ model, contents }))
      chunks.push(chunk);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.map((chunk) => chunk.text).join('')).toBe(whole.text);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    expect(fake.stats().calls).toEqual({ generateContent: 1, streamGenerateContent: 1, countTokens: 0 });
  });

  test('counts tokens as generating does', async () => {
    const { client } = await start();
    const counted = await client.models.countTokens({ model, contents });
    const answer = await client.models.generateContent({ model, contents });
    expect(counted.totalTokens).toBe(4);
    expect(answer.usageMetadata?.promptTokenCount).toBe(counted.totalTokens);
  });

  test('gets text, function calls and thoughts of a scripted reply', async () => {
    const { fake, client } = await start();
    fake.next({
      reply: {
        text: 'Looking it up.',
        parts: [{ functionCall: { name: 'search', args: { query: 'fast' } } }],
        usage: { thoughtsTokenCount: 12 },
      },
    });
    const answer = await client.models.generateContent({ model, contents });
    expect(answer.functionCalls).toEqual([{ name: 'search', args: { query: 'fast' } }]);
    expect(answer.usageMetadata?.thoughtsTokenCount).toBe(12);
  });

  test('chats over several turns', async () => {
    const { client } = await start({ reply: ({ body }) => `turn ${(body.contents as unknown[]).length}` });
    const chat = client.chats.create({ model });
    expect((await chat.sendMessage({ message: 'one' })).text).toBe('turn 1');
    expect((await chat.sendMessage({ message: 'two' })).text).toBe('turn 3');
  });

  test('sees a 429 as an ApiError with its status and details', async () => {
    const { fake, client } = await start();
    fake.next({ fail: '429', retryDelay: '53s', perDay: true });
    const error = await apiErrorOf(client.models.generateContent({ model, contents }));
    expect(error.status).toBe(429);
    const { details } = (JSON.parse(error.message) as { error: { details: object[] } }).error;
    expect(details).toContainEqual({
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: '53s',
    });
    expect(JSON.stringify(details)).toContain('GenerateRequestsPerDayPerProjectPerModel');
  });

  test.each(['400', '403', '404', '500', '503', '504'] as const)('sees a %s as an ApiError', async (fail) => {
    const { fake, client } = await start();
    fake.always({ fail });
    expect((await apiErrorOf(client.models.generateContent({ model, contents }))).status).toBe(Number(fail));
    expect((await apiErrorOf(client.models.generateContentStream({ model, contents }))).status).toBe(
      Number(fail),
    );
    expect((await apiErrorOf(client.models.countTokens({ model, contents }))).status).toBe(Number(fail));
    expect(fake.stats().failures[fail]).toBe(3);
  });

  test('retries a 503 by its own options, and the fake counts every try', async () => {
    const { fake } = await start();
    fake.next({ fail: '503' }, { fail: '503' });
    const retryOptions = { attempts: 3, initialDelay: 0.001, jitter: 0 };
    const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url, retryOptions } });
    expect((await client.models.generateContent({ model, contents })).text).toContain('Answer');
    expect(fake.stats()).toMatchObject({ requests: 3, answered: 1, failures: { '503': 2 } });
  });

  test('sees a reset as a connection error, not as an answer of the API', async () => {
    const { fake, client } = await start();
    fake.next({ fail: 'reset' });
    const error = await failureOf(client.models.generateContent({ model, contents }));
    expect(error).not.toBeInstanceOf(ApiError);
    expect(fake.stats().failures.reset).toBe(1);
  });

  test('sees an error part in mid-stream after the chunks before it', async () => {
    const { fake, client } = await start();
    fake.next({ fail: '503', afterChunks: 2 });
    const texts: (string | undefined)[] = [];
    const error = await apiErrorOf(
      (async () => {
        for await (const chunk of await client.models.generateContentStream({ model, contents })) {
          texts.push(chunk.text);
        }
      })(),
    );
    expect(error.status).toBe(503);
    expect(texts).toHaveLength(2);
  });

  test('that aborts a hanging call is let go', async () => {
    const { fake, client } = await start();
    fake.next({ hang: true });
    const caller = new AbortController();
    const failure = failureOf(
      client.models.generateContent({ model, contents, config: { abortSignal: caller.signal } }),
    );
    await fake.received(1);
    expect(fake.stats().inFlight).toBe(1);
    caller.abort();
    expect(await failure).toMatchObject({ name: 'AbortError' });
    await fake.idle();
    expect(fake.stats()).toMatchObject({ inFlight: 0, failures: { hang: 1 } });
  });

  test('that aborts in mid-stream closes the response', async () => {
    const { fake, client } = await start();
    const gate = new Gate();
    fake.next({ hold: gate, afterChunks: 1 });
    const caller = new AbortController();
    const stream = await client.models.generateContentStream({
      model,
      contents,
      config: { abortSignal: caller.signal },
    });
    expect((await stream.next()).value?.text).toMatch(/^Answer/);
    expect(fake.stats().inFlight).toBe(1);
    caller.abort();
    expect(await failureOf(stream.next())).toMatchObject({ name: 'AbortError' });
    await fake.idle();
    expect(gate.waiting).toBe(0);
    expect(fake.stats()).toMatchObject({ disconnected: 1, answered: 0 });
  });

  test('stampedes into the limits: as many as they let in are answered, the rest gets 503 and 429', async () => {
    const { fake, client } = await start({ limits: { concurrent: 8, requestsPerMinute: 20 } });
    const stampede = async (callers: number) => {
      const gate = fake.hold();
      const before = Object.values(fake.stats().calls).reduce((sum, count) => sum + count, 0);
      const calls = Array.from({ length: callers }, () => client.models.generateContent({ model, contents }));
      const settled = Promise.allSettled(calls);
      await fake.received(before + callers);
      gate.release();
      return (await settled).map((one) =>
        one.status === 'fulfilled' ? 200 : (one.reason as ApiError).status,
      );
    };
    const count = (statuses: number[], status: number) => statuses.filter((one) => one === status).length;
    const first = await stampede(100);
    expect([count(first, 200), count(first, 503)]).toEqual([8, 92]);
    await stampede(8);
    const third = await stampede(8);
    expect([count(third, 200), count(third, 429)]).toEqual([4, 4]);
    expect(fake.stats()).toMatchObject({ answered: 20, failures: { '503': 92, '429': 4 } });
  });
});

test('a closed fake leaves nothing that keeps its process alive, hanging and slow calls included', async () => {
  const source = fileURLToPath(new URL('../src/testing/fake-gemini/index.ts', import.meta.url));
  const program = `
    import { connect } from 'node:net';
    import { startFakeGemini } from ${JSON.stringify(source)};
    const fake = await startFakeGemini();
    fake.next({ hang: true }, { latency: '1h' }, { hang: true, afterChunks: 1 });
    const body = '{"contents":[{"parts":[{"text":"x"}]}]}';
    const ask = (method) => connect(fake.port, '127.0.0.1').on('error', () => {}).write(
      'POST /v1/models/m:' + method + ' HTTP/1.1\\r\\nhost: x\\r\\nx-goog-api-key: any\\r\\ncontent-length: ' +
      body.length + '\\r\\n\\r\\n' + body);
    for (const [index, method] of ['generateContent', 'generateContent', 'streamGenerateContent'].entries()) {
      ask(method);
      await fake.received(index + 1);
    }
    connect(fake.port, '127.0.0.1').on('error', () => {});
    await fake.close();
    const { failures, disconnected, inFlight } = fake.stats();
    console.log(failures.hang + disconnected, inFlight);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill();
  });
  let output = '';
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  expect({ code, output }).toEqual({ code: 0, output: '3 0\n' });
});

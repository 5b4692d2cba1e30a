/** What clients of the proxy get when something goes wrong: errors that the official client takes for Gemini's own. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { ApiError, GoogleGenAI } from '@google/genai';
import { type FakeGemini, startFakeGemini } from 'holdfast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, generate, model, type Proxied, prompt, startProxied, stream } from './proxied.ts';
import { rawBytes, rawRequest } from './raw-request.ts';
import { startUpstream } from './upstream.ts';

let fake: FakeGemini;
let proxied: Proxied;

beforeEach(async () => {
  fake = await startFakeGemini();
  proxied = await startProxied(fake.url, { exchanging: { timeout: '5s' } });
});
afterEach(async () => {
  expect(proxied.errors).toEqual([]);
  await fake.close();
});

const ask = (contents = 'Why?', apiKey = 'key') =>
  new GoogleGenAI({ apiKey, httpOptions: { baseUrl: proxied.url } }).models.generateContent({
    model,
    contents,
  });
const askStream = async (contents = 'Why?') => {
  const client = new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: proxied.url } });
  let text = '';
  for await (const chunk of await client.models.generateContentStream({ model, contents }))
    text += chunk.text;
  return text;
};
const failing = async (asked: Promise<unknown>) =>
  asked.then(
    () => expect.unreachable('it was answered'),
    (error: unknown) => error as ApiError,
  );

describe('failures of the provider', () => {
  test.each(['400', '403', '404', '500', '503', '504'] as const)(
    '%s reaches the client as it came',
    async (fail) => {
      fake.always({ fail });
      const direct = await failing(
        new GoogleGenAI({ apiKey: 'key', httpOptions: { baseUrl: fake.url } }).models.generateContent({
          model,
          contents: 'Why?',
        }),
      );
      const error = await failing(ask());
      expect(error).toBeInstanceOf(ApiError);
      expect([error.status, error.message]).toEqual([Number(fail), direct.message]);
      const streamed = await failing(askStream());
      expect([streamed.status, streamed.message]).toEqual([Number(fail), direct.message]);
    },
  );

  test('an answer 429 says when to come back, and until then nobody reaches the provider', async () => {
    fake.always({ fail: '429', retryDelay: '53s' });
    const refused = await proxied.ask(generate, prompt('Why?'));
    expect([refused.status, errorOf(refused).status]).toEqual([429, 'RESOURCE_EXHAUSTED']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    const { requests } = fake.stats();
    expect((await failing(ask('Another?'))).status).toBe(429);
    expect(fake.stats().requests).toBe(requests);
    // Limits are those of a project: another key is not held up.
    fake.always(undefined);
    expect((await ask('Another?', 'other-key')).text).toMatch(/\w/);
  });

  test('a failure is never kept', async () => {
    fake.next({ fail: '500' });
    await failing(ask());
    expect((await ask()).text).toMatch(/\w/);
  });
});

describe('a provider that is not there', () => {
  test('is a 502 in the words of Gemini, for questions and for what is passed on', async () => {
    await fake.close();
    for (const answer of [
      await proxied.ask(generate, prompt('CANARY')),
      await proxied.ask(stream, prompt('CANARY')),
      await proxied.ask('/gemini/v1beta/models'),
    ]) {
      expect(answer.status).toBe(502);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      expect(errorOf(answer)).toEqual({
        code: 502,
        status: 'UNAVAILABLE',
        message: 'E_PROVIDER: the provider cannot be reached (ECONNREFUSED)',
      });
    }
    expect((await failing(ask())).status).toBe(502);
  });

  test('is answered for by what is kept', async () => {
    const { text } = await ask();
    await fake.close();
    expect((await ask()).text).toBe(text);
  });
});

describe('a stream', () => {
  test('that breaks off ends in an error for its client, and is not kept', async () => {
    fake.next({ reply: 'one two three four', fail: 'reset', afterChunks: 2 });
    const error = await failing(askStream());
    expect(error).toBeInstanceOf(ApiError);
    expect(error.message).toContain('E_PROVIDER');
    expect(await askStream()).toMatch(/\w/);
    expect(fake.stats().requests).toBe(2);
  });

  test('in which the provider says that it failed is handed on as it came', async () => {
    fake.next({ reply: 'one two three four', fail: '503', afterChunks: 2 });
    const error = await failing(askStream());
    expect([error.status, error.message]).toEqual([503, expect.not.stringContaining('E_')]);
  });

  test('that is no stream of events breaks off without an end, as nothing could be put behind it', async () => {
    fake.next({ reply: 'one two three four', fail: 'reset', afterChunks: 2 });
    await expect(proxied.ask(stream.replace('?alt=sse', ''), prompt('Why?'))).rejects.toMatchObject({
      code: 'ECONNRESET',
    });
  });

  test('that breaks off in the middle of an event is cut, so that what came is taken for nothing else', async () => {
    const upstream = await startUpstream((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"candidates":[]}\r\n\r\ndata: {"candi', () => response.destroy());
    });
    const broken = await startProxied(upstream.url);
    await expect(broken.ask(stream, prompt('Why?'))).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a body', () => {
  const big = prompt('x'.repeat(100_001));

  test('over the bound is a 413 in the words of Gemini, announced or not', async () => {
    const announced = await proxied.ask(generate, big, { 'content-length': String(big.length) });
    const chunked = await proxied.ask(generate, big, { 'transfer-encoding': 'chunked' });
    for (const answer of [announced, chunked]) {
      expect(errorOf(answer)).toEqual({
        code: 413,
        status: 'INVALID_ARGUMENT',
        message: 'E_BODY: the body must have at most 100000 bytes (--max-body)',
      });
    }
    const error = await failing(ask('x'.repeat(100_001)));
    expect([error.name, error.status]).toEqual(['ApiError', 413]);
    expect(fake.stats().requests).toBe(0);
  });

  test('of whoever is refused anyway is thrown away, so that its sender hears why and may ask again', async () => {
    for (const [status, headers] of [
      [401, ''],
      [403, 'Origin: http://evil.example\r\n'],
    ] as const) {
      const socket = connect(proxied.port, '127.0.0.1').setEncoding('latin1');
      const head = `POST ${generate} HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\n`;
      socket.write(`${head}${headers}Content-Length: 100000\r\n\r\n{`);
      const [answer] = await once(socket, 'data');
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      expect(answer).not.toMatch(/^connection: close/im);
      socket.write(`${'x'.repeat(99_999)}${head}x-goog-api-key: key\r\nConnection: close\r\n`);
      socket.write(`Content-Length: 2\r\n\r\n{}`);
      const [next] = await once(socket, 'data');
      // The provider has refused it.
      expect(next).toMatch(/^HTTP\/1\.1 400 .*\r\nholdfast-outcome: failed/s);
      socket.destroy();
    }
  });

  test('far over the bound is not waited for: the connection ends', async () => {
    const head = `POST ${generate} HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\n`;
    for (const [status, rest] of [
      [401, 'Content-Length: 400001\r\n\r\n{'],
      [413, 'x-goog-api-key: key\r\nContent-Length: 400001\r\n\r\n{'],
      [401, `Transfer-Encoding: chunked\r\n\r\n61a81\r\n${'x'.repeat(400_001)}\r\n`],
    ] as const) {
      expect(await rawBytes(proxied.port, head + rest)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });

  test('of a GET is refused, as nobody hands one on', async () => {
    const answer = await rawRequest(proxied.port, {
      method: 'GET',
      path: '/gemini/v1beta/models',
      headers: { 'x-goog-api-key': 'key', 'content-length': '2' },
      body: '{}',
    });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      400,
      { error: { message: expect.stringMatching(/^E_BODY: a GET /) } },
    ]);
    expect(fake.stats().requests).toBe(0);
  });

  test('that is no JSON is the provider’s to refuse', async () => {
    const answer = await proxied.ask(generate, 'CANARY {');
    expect([answer.status, answer.headers['holdfast-outcome']]).toEqual([400, 'bypassed']);
    expect(errorOf(answer).message).not.toContain('CANARY');
  });
});

test('what is not known is passed on and not kept', async () => {
  for (let time = 0; time < 2; time += 1) {
    const answer = await proxied.ask('/gemini/v1beta/models?pageSize=1');
    expect([answer.status, answer.headers['holdfast-outcome']]).toEqual([404, 'bypassed']);
  }
  expect(fake.stats().requests).toBe(2);
});

test('an answer that has no body tells of no length of one', async () => {
  const upstream = await startUpstream((response) => response.writeHead(204).end());
  const { port } = await startProxied(upstream.url);
  const headers = { 'x-goog-api-key': 'key' };
  const answer = await rawRequest(port, { method: 'DELETE', path: '/gemini/v1beta/files/a', headers });
  expect([answer.status, answer.body, answer.headers['content-length']]).toEqual([204, '', undefined]);
});

test('an error of the gateway itself is told to its terminal alone', async () => {
  const broken = await startProxied(fake.url, {
    exchanges: { ask: () => Promise.reject(new TypeError('CANARY')) },
  });
  const answer = await broken.ask(generate, prompt('Why?'));
  expect([answer.status, errorOf(answer).message]).toEqual([
    500,
    'E_INTERNAL: the server failed at this request; its terminal says how',
  ]);
  expect(broken.errors).toEqual([new TypeError('CANARY')]);
});

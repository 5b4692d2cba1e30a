/** Through the proxy: one call for all who ask the same, and answers for nobody else. */
import { createGoogle } from '@ai-sdk/google';
import { GoogleGenAI } from '@google/genai';
import { generateText, streamText } from 'ai';
import { geminiPrices } from 'holdfast/llm';
import { type FakeGemini, Gate, startFakeGemini } from 'holdfast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { errorOf, generate, model, type Proxied, prompt, startProxied, stream } from './proxied.ts';

let fake: FakeGemini;
let proxied: Proxied;

beforeEach(async () => {
  fake = await startFakeGemini();
  proxied = await startProxied(fake.url, { ownKey: 'own-key-of-the-gateway' });
});
afterEach(() => fake.close());

const sdk = (apiKey = 'key') => new GoogleGenAI({ apiKey, httpOptions: { baseUrl: proxied.url } });
const ask = async (client: GoogleGenAI, contents: string) =>
  (await client.models.generateContent({ model, contents })).text;
const askStream = async (client: GoogleGenAI, contents: string) => {
  let text = '';
  for await (const chunk of await client.models.generateContentStream({ model, contents }))
    text += chunk.text;
  return text;
};

const aiModel = () => createGoogle({ apiKey: 'key', baseURL: `${proxied.url}/v1beta` })(model);
const rawText = async (path: string, contents: string) => {
  const { body } = await proxied.ask(path, prompt(contents));
  return [...body.toString().matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text).join('');
};

describe('ten callers', () => {
  test.each<[string, (contents: string) => PromiseLike<string | undefined>]>([
    ['of the official client, in one piece', (contents) => ask(sdk(), contents)],
    ['of the official client, as a stream', (contents) => askStream(sdk(), contents)],
    [
      'of the AI SDK, in one piece',
      async (contents) => (await generateText({ model: aiModel(), prompt: contents, maxRetries: 0 })).text,
    ],
    [
      'of the AI SDK, as a stream',
      (contents) => streamText({ model: aiModel(), prompt: contents, maxRetries: 0 }).text,
    ],
    ['of plain HTTP, in one piece', (contents) => rawText(generate, contents)],
    ['of plain HTTP, as a stream', (contents) => rawText(stream, contents)],
  ])('%s, are one call', async (_, askOnce) => {
    const gate = fake.hold();
    const asked = Array.from({ length: 10 }, () => askOnce('Why?'));
    await fake.received(1);
    gate.release();
    const texts = await Promise.all(asked);
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toMatch(/\w/);
    // Those whose request had not come in by then found the answer kept.
    expect(fake.stats().requests).toBe(1);
    expect(await askOnce('Why?')).toBe(texts[0]);
    expect(fake.stats().requests).toBe(1);
  });

  test('in both forms are one call once it is kept', async () => {
    const text = await askStream(sdk(), 'Why?');
    expect(await ask(sdk(), 'Why?')).toBe(text);
    expect(fake.stats().requests).toBe(1);
  });
});

test('a hit is the same bytes again, in one piece and as a stream, and says how old it is', async () => {
  for (const path of [generate, stream, stream.replace('?alt=sse', '')]) {
    const first = await proxied.ask(path, prompt(path));
    const again = await proxied.ask(path, prompt(path));
    expect(first).toMatchObject({ status: 200, headers: { 'holdfast-outcome': 'generated' } });
    expect(again).toMatchObject({
      status: 200,
      headers: {
        'holdfast-outcome': 'hit',
        'holdfast-age': '0',
        'content-type': first.headers['content-type'],
      },
    });
    expect(again.body.equals(first.body)).toBe(true);
    expect(first.body.length).toBeGreaterThan(100);
  }
  expect(fake.stats().requests).toBe(3);
});

test.each([
  ['holdfast-saved-usd', 'holdfast-simulated-usd', false],
  ['holdfast-simulated-usd', 'holdfast-saved-usd', true],
])('a hit says what making it had cost: %s, and not %s', async (name, other, simulated) => {
  fake.always({
    reply: { text: 'So it is.', usage: { promptTokenCount: 1_000_000, candidatesTokenCount: 0 } },
  });
  const priced = await startProxied(fake.url, { exchanging: { prices: geminiPrices, simulated } });
  const first = await priced.ask(generate, prompt('Why?'));
  const again = await priced.ask(generate, prompt('Why?'));
  expect(first.headers).not.toHaveProperty(name);
  expect(again.headers).toMatchObject({ 'holdfast-outcome': 'hit', [name]: '0.3' });
  expect(again.headers).not.toHaveProperty(other);
});

test('a stream is handed on as it comes, to those who came late too', async () => {
  const gate = fake.hold();
  fake.next({ reply: 'one two three four five', hold: gate, afterChunks: 2 });
  gate.pass();
  const early = read(proxied, 'Why?');
  await fake.received(1);
  gate.pass();
  const beginning = await early.next();
  const late = read(proxied, 'Why?');
  expect((await late.next()).text).toBe(beginning.text);
  gate.release();
  expect(await late.rest()).toBe(await early.rest());
  expect(fake.stats().requests).toBe(1);
  expect([early.outcome, late.outcome]).toEqual(['generated', 'coalesced']);
});

test('of official clients that follow one stream one comes late, one leaves early and one reads slowly', async () => {
  const gate = new Gate();
  fake.next({ reply: 'and so on '.repeat(100), hold: gate, afterChunks: 2 });
  const follow = async (abortSignal?: AbortSignal) =>
    sdk().models.generateContentStream({
      model,
      contents: 'Why?',
      config: { ...(abortSignal && { abortSignal }) },
    });
  const leaving = new AbortController();
  const [early, slow, left] = await Promise.all([follow(), follow(), follow(leaving.signal)]);
  const firsts = await Promise.all([early, slow, left].map((reading) => reading.next()));
  const late = await follow();
  firsts.push(await late.next());
  const [first] = new Set(firsts.map(({ value }) => value?.text));
  expect(firsts.map(({ value }) => value?.text)).toEqual(Array(4).fill(first));
  const gone = left.next().then(() => left.next());
  leaving.abort();
  await expect(gone).rejects.toThrow(/abort/i);
  gate.release();
  const rest = async (reading: typeof slow) => {
    let text = first ?? '';
    for await (const chunk of reading) text += chunk.text ?? '';
    return text;
  };
  const whole = 'and so on '.repeat(100);
  expect(await Promise.all([rest(early), rest(late)])).toEqual([whole, whole]);
  expect(await rest(slow)).toBe(whole);
  expect(fake.stats()).toMatchObject({ requests: 1, answered: 1 });
  expect(proxied.errors).toEqual([]);
});

describe('clients with different keys', () => {
  test('never share an answer, kept or under way', async () => {
    const gate = fake.hold();
    const asked = ['one-key', 'other-key'].map((apiKey) => ask(sdk(apiKey), 'Why?'));
    await fake.received(2);
    gate.release();
    await Promise.all(asked);
    await ask(sdk('third-key'), 'Why?');
    expect(fake.stats().requests).toBe(3);
  });

  test('share under a scope that they name with the token, and only with it', async () => {
    const named = (key: string, more: Readonly<Record<string, string>>) =>
      proxied.ask(generate, prompt('Why?'), { 'x-goog-api-key': key, ...more });
    const team = { 'holdfast-scope': 'team.a_1', 'holdfast-token': proxied.token };
    const first = await named('one-key', team);
    const second = await named('other-key', team);
    expect(second.headers['holdfast-outcome']).toBe('hit');
    expect(second.body.equals(first.body)).toBe(true);
    expect(
      (await named('third-key', { ...team, 'holdfast-scope': 'team.b' })).headers['holdfast-outcome'],
    ).toBe('generated');
    expect((await named('one-key', {})).headers['holdfast-outcome']).toBe('generated');
    for (const token of [{}, { 'holdfast-token': '' }, { 'holdfast-token': `${proxied.token}x` }]) {
      const refused = await named('one-key', { 'holdfast-scope': 'team.a_1', ...token });
      expect(refused.status).toBe(401);
      expect(errorOf(refused).message).toMatch(/^E_TOKEN: /);
    }
    for (const scope of ['', ' ', 'a b', 'x'.repeat(65), '../a', 'a, a']) {
      const refused = await named('one-key', { ...team, 'holdfast-scope': scope });
      expect([refused.status, errorOf(refused).status]).toEqual([400, 'INVALID_ARGUMENT']);
    }
    expect(fake.stats().requests).toBe(3);
  });
});

describe('headers that steer', () => {
  test('are the client’s own, and wrong ones are told', async () => {
    const steered = (name: string, value: string) => proxied.ask(generate, prompt('Why?'), { [name]: value });
    const missed = await steered('holdfast-cache', 'cached');
    expect([missed.status, errorOf(missed).message]).toEqual([504, expect.stringMatching(/^E_NOT_CACHED: /)]);
    const outcomes = [];
    for (const wish of ['no-store', 'default', 'refresh', 'cached', 'bypass']) {
      outcomes.push((await steered('holdfast-cache', wish)).headers['holdfast-outcome']);
    }
    expect(outcomes).toEqual(['generated', 'generated', 'generated', 'hit', 'bypassed']);
    for (const [name, value] of [
      ['holdfast-cache', 'sometimes'],
      ['holdfast-ttl', 'soon'],
    ] as const) {
      const refused = await steered(name, value);
      expect([refused.status, errorOf(refused).status]).toEqual([400, 'INVALID_ARGUMENT']);
    }
  });
});

/** A stream as a client reads it, a chunk at a time. */
function read({ url }: Proxied, text: string) {
  const opened = fetch(url + stream.slice('/gemini'.length), {
    method: 'POST',
    headers: { 'x-goog-api-key': 'key', 'content-type': 'application/json' },
    body: prompt(text),
  });
  let reader: ReadableStreamDefaultReader<string> | undefined;
  const whole: string[] = [];
  const self = {
    outcome: '',
    async next() {
      const response = await opened;
      self.outcome = response.headers.get('holdfast-outcome') ?? '';
      reader ??= response.body?.pipeThrough(new TextDecoderStream()).getReader();
      const { done = true, value = '' } = (await reader?.read()) ?? {};
      whole.push(value);
      return { done, text: value };
    },
    async rest() {
      while (!(await self.next()).done);
      return whole.join('');
    },
  };
  return self;
}

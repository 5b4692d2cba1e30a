import { type Chat, type Content, GoogleGenAI } from '@google/genai';
import { createCache } from 'holdfast';
import { type GuardGeminiOptions, guardGemini } from 'holdfast/gemini';
import { exchange, guard } from 'holdfast/llm';
import { Gate } from 'holdfast/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { start } from '../fake-gemini/client.ts';
import { everybodyThere, model } from './ways.ts';

async function setUp(options: GuardGeminiOptions = {}) {
  const fake = await start({
    reply: ({ body }) => `turn ${(body.contents as unknown[]).length}, ${'and so on, '.repeat(20)}`,
  });
  const bare = new GoogleGenAI({ apiKey: 'a-key', httpOptions: { baseUrl: fake.url } });
  const client = guardGemini(bare, options);
  onTestFinished(() => client.close());
  return { fake, bare, client };
}

const contents = 'What holds fast?';

test('the client is the same, but for its models and chats', async () => {
  const { bare, client } = await setUp();
  expect(client).toBeInstanceOf(GoogleGenAI);
  expect(client.files).toBe(bare.files);
  expect(client.live).toBe(bare.live);
  expect(client.models).toBe(client.models);
  expect(client.models.generateContent).toBe(client.models.generateContent);
  expect('holdfast' in client).toBe(true);
  expect(client.models).not.toBe(bare.models);
});

test('the client that was given still asks the provider itself', async () => {
  const { fake, bare, client } = await setUp();
  await client.models.generateContent({ model, contents });
  await bare.models.generateContent({ model, contents });
  expect(fake.stats().requests).toBe(2);
});

test('a chat that says the same again is answered from the cache, by each of its ways', async () => {
  const { fake, client } = await setUp();
  const talk = async (chat: Chat): Promise<readonly Content[]> => {
    await chat.sendMessage({ message: 'one' });
    for await (const _ of await chat.sendMessageStream({ message: 'two' }));
    await chat.sendMessage({ message: 'three', config: { temperature: 0 } });
    return chat.getHistory();
  };
  const first = await talk(client.chats.create({ model, config: { systemInstruction: 'Be brief.' } }));
  expect(fake.stats().requests).toBe(3);
  expect(first.at(-1)?.parts?.[0]?.text).toMatch(/^turn /);
  expect(await talk(client.chats.create({ model, config: { systemInstruction: 'Be brief.' } }))).toEqual(
    first,
  );
  expect(fake.stats().requests).toBe(3);
  // The instruction of a chat counts.
  await client.chats
    .create({ model, config: { systemInstruction: 'Be long.' } })
    .sendMessage({ message: 'one' });
  expect(fake.stats().requests).toBe(4);
  expect(client.holdfast.cache.stats().outcomes).toMatchObject({ generated: 4, hit: 3 });
});

test('tokens are counted once, too', async () => {
  const { fake, client } = await setUp();
  const counted = await client.models.countTokens({ model, contents });
  expect(await client.models.countTokens({ model, contents })).toMatchObject({
    totalTokens: counted.totalTokens,
  });
  expect(fake.stats().calls.countTokens).toBe(1);
});

test('an embedding is asked for once', async () => {
  const upstream = vi.fn<typeof fetch>(async () => Response.json({ embeddings: [{ values: [0.25, -1] }] }));
  const { client } = await setUp({ fetch: upstream });
  const embed = () => client.models.embedContent({ model: 'gemini-embedding-001', contents });
  const answers = await Promise.all([embed(), embed(), embed()]);
  for (const { embeddings } of answers) expect(embeddings).toEqual([{ values: [0.25, -1] }]);
  await embed();
  expect(upstream).toHaveBeenCalledOnce();
});

test('the fetch of one request reaches the provider for it, and its answer is shared all the same', async () => {
  const asClient = vi.fn<typeof fetch>((...all) => fetch(...all));
  const { fake, client } = await setUp({ fetch: asClient });
  const own = vi.fn<typeof fetch>((...all) => fetch(...all));
  const call = { model, contents, config: { httpOptions: { fetch: own } } };
  const gate = fake.hold();
  const both = [client.models.generateContent(call), client.models.generateContent({ model, contents })];
  await fake.received(1);
  await everybodyThere();
  gate.release();
  const [one, other] = await Promise.all(both);
  expect(one?.text).toBe(other?.text);
  expect(own).toHaveBeenCalledOnce();
  expect(asClient).not.toHaveBeenCalled();
  expect(call.config.httpOptions).toEqual({ fetch: own });
});

test('who breaks out of a stream has left, though the client itself would read on', async () => {
  const { fake, client } = await setUp();
  fake.next({ hold: new Gate(), afterChunks: 2 }, { hold: new Gate(), afterChunks: 2 });
  for await (const _ of await client.models.generateContentStream({ model, contents })) break;
  await fake.idle();
  for await (const _ of await client.chats.create({ model }).sendMessageStream({ message: 'one' })) break;
  await fake.idle();
  expect(fake.stats()).toMatchObject({ requests: 2, disconnected: 2 });
});

test('functions that the client calls itself are called for each caller', async () => {
  const { fake, client } = await setUp();
  fake.always({ reply: ({ body }) => answerOf(body.contents as readonly Content[]) });
  const callTool = vi.fn(async () => [{ functionResponse: { name: 'time', response: { hour: 12 } } }]);
  const tools = [{ tool: async () => ({ functionDeclarations: [{ name: 'time' }] }), callTool }];
  const ask = () => client.models.generateContent({ model, contents, config: { tools } });
  expect((await ask()).text).toBe('It is noon.');
  expect((await ask()).text).toBe('It is noon.');
  expect(callTool).toHaveBeenCalledTimes(2);
  expect(fake.stats().requests).toBe(2);
});

function answerOf(said: readonly Content[]) {
  if (said.length === 1) return { parts: [{ functionCall: { name: 'time', args: {} } }] };
  return 'It is noon.';
}

test('its address is the client’s own, below which versions and paths of a proxy may stand', async () => {
  const upstream = vi.fn<typeof fetch>(async () => Response.json({ candidates: [] }));
  const addresses = async (httpOptions: { baseUrl?: string; apiVersion?: string }) => {
    const client = guardGemini(new GoogleGenAI({ apiKey: 'a-key', httpOptions }), { fetch: upstream });
    await client.models.generateContent({ model: 'models/gemini-2.5-pro', contents });
    await client.close();
    return String(upstream.mock.lastCall?.[0]);
  };
  const path = 'models/gemini-2.5-pro:generateContent';
  expect(await addresses({})).toBe(`https://generativelanguage.googleapis.com/v1/${path}`);
  expect(await addresses({ apiVersion: 'v1beta' })).toBe(
    `https://generativelanguage.googleapis.com/v1beta/${path}`,
  );
  const proxy = 'https://proxy.example/v1/models/gemini';
  expect(await addresses({ baseUrl: `${proxy}/`, apiVersion: 'v1beta' })).toBe(`${proxy}/v1beta/${path}`);
});

test('a fixed address is the only one that is reached', async () => {
  const upstream = vi.fn<typeof fetch>();
  const { client } = await setUp({ baseUrl: 'https://elsewhere.example', fetch: upstream });
  await expect(client.models.generateContent({ model, contents })).rejects.toMatchObject({
    code: 'E_OPTION',
  });
  expect(upstream).not.toHaveBeenCalled();
});

test('a client of Vertex AI is refused', () => {
  const vertex = new GoogleGenAI({ vertexai: true, project: 'p', location: 'global' });
  expect(() => guardGemini(vertex)).toThrow('not one of Vertex AI');
});

test('what is under way ends when it is closed, whoever has made its cache and guard', async () => {
  await using cache = createCache({ kinds: { exchange: exchange() } });
  await using own = guard();
  const both = Promise.withResolvers<void>();
  const silent = vi.fn<typeof fetch>((_, init) => {
    if (silent.mock.calls.length === 2) both.resolve();
    return new Promise((_, reject) =>
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
    );
  });
  const { client } = await setUp({ cache: cache as never, guard: own, fetch: silent });
  const asked = [client.models.generateContent({ model, contents }), client.models.list()];
  const ends = Promise.allSettled(asked);
  await both.promise;
  await client.close();
  for (const end of await ends) expect(end).toMatchObject({ reason: { code: 'E_CLOSED' } });
  await expect(client.models.list()).rejects.toMatchObject({ code: 'E_CLOSED' });
  expect(silent).toHaveBeenCalledTimes(2);
  expect(await own(() => 'still open', { model })).toBe('still open');
});

test('a cache and a guard that were handed in stay open, and its own are closed with it', async () => {
  await using cache = createCache({ kinds: { exchange: exchange() } });
  const { client } = await setUp({ cache: cache as never });
  await client.close();
  expect(await cache.getOrGenerate('still', () => 'open')).toBe('open');
  await expect(client.holdfast.guard(() => 1, { model })).rejects.toMatchObject({ code: 'E_CLOSED' });
});

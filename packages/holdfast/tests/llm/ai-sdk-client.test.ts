import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { generateText, isStepCount, jsonSchema, Output, streamText, tool, wrapLanguageModel } from 'ai';
import { holdfastMiddleware, type MiddlewareOptions } from 'holdfast/ai-sdk';
import { geminiPrices } from 'holdfast/llm';
import type { FakeGemini } from 'holdfast/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { start } from '../fake-gemini/client.ts';

interface Program {
  readonly fake: FakeGemini;
  readonly middleware: ReturnType<typeof holdfastMiddleware>;
  readonly model: ReturnType<typeof wrapLanguageModel>;
}

async function setUp(options: MiddlewareOptions = {}): Promise<Program> {
  const fake = await start();
  const google = createGoogleGenerativeAI({ apiKey: 'a-key', baseURL: `${fake.url}/v1beta` });
  const middleware = holdfastMiddleware(options);
  onTestFinished(() => middleware.close());
  return { fake, middleware, model: wrapLanguageModel({ model: google('gemini-2.5-flash'), middleware }) };
}

const prompt = 'What time is it?';

test('a loop of tools is asked once for each of its steps, and runs its tools for each caller', async () => {
  const { fake, middleware, model } = await setUp();
  fake.next({ reply: { parts: [{ functionCall: { name: 'time', args: { place: 'here' } } }] } });
  fake.next({ reply: 'It is noon.' });
  const execute = vi.fn(async () => ({ hour: 12 }));
  const inputSchema = jsonSchema<{ place: string }>({
    type: 'object',
    properties: { place: { type: 'string' } },
    required: ['place'],
  });
  const tools = { time: tool({ inputSchema, execute }) };
  const ask = () => generateText({ model, prompt, tools, stopWhen: isStepCount(5) });
  const first = await ask();
  expect([first.text, first.steps.length]).toEqual(['It is noon.', 2]);
  const second = await ask();
  expect([second.text, second.steps.length]).toEqual(['It is noon.', 2]);
  expect(second.steps[0]?.toolCalls[0]).toMatchObject({ toolName: 'time', input: { place: 'here' } });
  let streamed = '';
  for await (const piece of streamText({ model, prompt, tools, stopWhen: isStepCount(5) }).textStream) {
    streamed += piece;
  }
  expect(streamed).toBe('It is noon.');
  expect(execute).toHaveBeenCalledTimes(3);
  expect(fake.stats().requests).toBe(2);
  expect(middleware.cache.stats().outcomes).toMatchObject({ generated: 2, hit: 4 });
});

test('an object of a schema is kept, and one of another shape is not', async () => {
  const { fake, model } = await setUp();
  const schema = jsonSchema<{ hour: number }>({
    type: 'object',
    properties: { hour: { type: 'number' } },
    required: ['hour'],
  });
  const ask = async () => (await generateText({ model, prompt, output: Output.object({ schema }) })).output;
  fake.next({ reply: '{"hour":"noon"}' }, { reply: '{"hour":12}' });
  await ask();
  expect(await ask()).toEqual({ hour: 12 });
  expect(await ask()).toEqual({ hour: 12 });
  expect(fake.stats().requests).toBe(2);
});

test('what it cost and saved is reckoned by the prices that are handed in', async () => {
  const { fake, middleware, model } = await setUp({ prices: geminiPrices, simulated: true });
  fake.always({ reply: { text: 'noon', usage: { promptTokenCount: 1_000, candidatesTokenCount: 100 } } });
  await generateText({ model, prompt });
  const hit = await generateText({ model, prompt });
  const { spent, simulated } = middleware.cache.stats();
  expect(spent.usd).toBe(0);
  expect(simulated.spent).toMatchObject({ inputTokens: 1_000, outputTokens: 100 });
  expect(simulated.spent.usd).toBeCloseTo((1_000 * 0.3 + 100 * 2.5) / 1e6, 12);
  expect(simulated.saved.usd).toBe(simulated.spent.usd);
  expect(hit.finalStep.response.headers).toMatchObject({
    'holdfast-outcome': 'hit',
    'holdfast-simulated-usd': '0.00055',
  });
});

test('a mistake rejects with the SDK’s own error, and who asks again is answered', async () => {
  const { fake, middleware, model } = await setUp({ retry: { attempts: 1 } });
  fake.next({ fail: '400' }, { reply: 'noon' });
  await expect(generateText({ model, prompt })).rejects.toMatchObject({
    name: 'AI_APICallError',
    statusCode: 400,
  });
  expect((await generateText({ model, prompt })).text).toBe('noon');
  expect(middleware.cache.stats().outcomes).toMatchObject({ failed: 1, generated: 1 });
});

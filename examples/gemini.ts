/**
 * The official Gemini client behind a cache. The provider is the fake of `holdfast/testing`, which speaks the same
 * protocol on this machine: leave `httpOptions` out, and give a real key, to ask the real one.
 */
import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';
import { createCache, kind } from 'holdfast';
import { startFakeGemini } from 'holdfast/testing';

const model = 'gemini-2.5-flash';
/** Dollars per million tokens. Prices change: take them from where you keep yours. */
const price = { input: 0.3, output: 2.5 };

await using fake = await startFakeGemini({
  reply: 'A cache that holds fast.',
  latency: '20ms',
  price: { [model]: price },
});
const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });

await using cache = createCache({
  kinds: { answer: kind<string>({ ttl: '1h', staleIfError: '1d', generationTimeout: '30s' }) },
});

const answer = cache.define({
  kind: 'answer',
  name: 'answer',
  generate: async (ctx, question: string) => {
    const response = await client.models.generateContent({
      model,
      contents: question,
      config: { abortSignal: ctx.signal },
    });
    const { promptTokenCount: inputTokens = 0, candidatesTokenCount: outputTokens = 0 } =
      response.usageMetadata ?? {};
    const usd = (inputTokens * price.input + outputTokens * price.output) / 1_000_000;
    ctx.cost({ model, inputTokens, outputTokens, usd });
    // An answer that broke off is handed over and not kept.
    const finished = response.candidates?.[0]?.finishReason === 'STOP';
    const text = response.text ?? '';
    return finished ? text : ctx.skip(text);
  },
});

const question = 'What is Holdfast?';
const answers = await Promise.all(Array.from({ length: 100 }, () => answer(question)));
console.log(`${answers.length} callers, ${fake.stats().answered} request: ${answers[0]}`);

// The model is overloaded just when the answer has to be made anew.
fake.next({ fail: '503' });
await cache.expire({ kind: 'answer' });
const { value, stale, reason } = await answer.resolve(question);
console.log(`after a 503: stale (${stale}, ${reason}): ${value}`);

const { spent, saved } = cache.stats();
console.log(`spent $${spent.usd.toFixed(6)} for ${spent.inputTokens + spent.outputTokens} tokens`);
console.log(`saved $${saved.usd.toFixed(6)} for ${saved.inputTokens + saved.outputTokens} tokens`);
console.log(`the provider counted $${fake.stats().dollars?.toFixed(6)}`);
assert.deepEqual([fake.stats().requests, stale], [2, 'aged']);

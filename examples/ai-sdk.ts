/**
 * The AI SDK with the middleware of Holdfast, which suits any provider: callers of one question share one generation, and
 * whoever leaves takes only himself away. The provider is the fake of `holdfast/testing`: leave `baseURL` out, and give a real
 * key, to ask the real one.
 */
import assert from 'node:assert/strict';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { holdfastMiddleware } from 'holdfast/ai-sdk';
import { startFakeGemini } from 'holdfast/testing';

await using fake = await startFakeGemini({
  reply: 'A cache that holds fast, and says so in a few words more.',
});
const google = createGoogleGenerativeAI({ apiKey: 'any', baseURL: `${fake.url}/v1beta` });
await using holdfast = holdfastMiddleware({ limits: { 'gemini-2.5-flash': { requestsPerMinute: 60 } } });
const model = wrapLanguageModel({ model: google('gemini-2.5-flash'), middleware: holdfast });

const prompt = 'What is Holdfast?';
const gate = fake.hold();
const leaving = new AbortController();
const calls = [
  generateText({ model, prompt, abortSignal: leaving.signal }),
  ...Array.from({ length: 9 }, () => generateText({ model, prompt })),
];
const settled = Promise.allSettled(calls);
await fake.received(1);
leaving.abort();
gate.release();
const [left, ...stayed] = await settled;
console.log(`one ${left?.status}, ${stayed.length} answered by ${fake.stats().answered} request`);

let streamed = '';
for await (const piece of streamText({ model, prompt }).textStream) streamed += piece;
console.log(`a hit, as a stream: ${streamed}`);

const anew = await generateText({ model, prompt, headers: { 'holdfast-cache': 'refresh' } });
console.log(`made anew: ${anew.finalStep.response.headers?.['holdfast-outcome']}`);
assert.equal(left?.status, 'rejected');
assert(stayed.every((one) => one.status === 'fulfilled' && one.value.text === streamed));
assert.equal(fake.stats().requests, 2);

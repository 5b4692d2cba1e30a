/**
 * The official Gemini client, guarded: a hundred callers of one question are one request, a stream feeds all who read it,
 * failures that pass are not seen, and what is asked again costs nothing. The provider is the fake of `holdfast/testing`, which
 * speaks the same protocol on this machine: leave `httpOptions` out, and give a real key, to ask the real one.
 */
import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';
import { guardGemini } from 'holdfast/gemini';
import { geminiPrices } from 'holdfast/llm';
import { startFakeGemini } from 'holdfast/testing';

const model = 'gemini-2.5-flash';
const question = { model, contents: 'What is Holdfast?' };

await using fake = await startFakeGemini({ latency: '20ms' });
fake.next({ fail: '503' }, { fail: 'reset' });
await using client = guardGemini(new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } }), {
  retry: { base: '10ms' },
  // The provider's own prices, at an address that is not its own, and so not real money.
  prices: geminiPrices,
  simulated: true,
});

const answers = await Promise.all(Array.from({ length: 100 }, () => client.models.generateContent(question)));
console.log(`${answers.length} callers, ${fake.stats().answered} answer: ${answers[0]?.text}`);

const read = async (): Promise<string> => {
  let text = '';
  for await (const chunk of await client.models.generateContentStream({
    ...question,
    contents: 'And why?',
  })) {
    text += chunk.text ?? '';
  }
  return text;
};
const texts = await Promise.all(Array.from({ length: 100 }, read));
console.log(`${texts.length} readers, ${fake.stats().answered} answers: ${texts[0]}`);

const again = await client.models.generateContent({ ...question, contents: 'And why?' });
const { calls, outcomes, simulated } = client.holdfast.cache.stats();
console.log(`${calls} calls, ${outcomes.generated} generated, $${simulated.saved.usd.toFixed(6)} saved`);
assert.equal(new Set(texts).size, 1);
assert.equal(again.text, texts[0]);
assert.deepEqual([fake.stats().requests, fake.stats().answered, calls], [4, 2, 201]);

/**
 * Ninety callers and a provider that takes sixty requests a minute and fails now and then. The guard lets through what
 * the limit allows, retries what failed, and tells the rest when to come back. The fake of `holdfast/testing` stands for
 * the provider; it refuses with a 429 whatever is over the limit.
 */
import assert from 'node:assert/strict';
import { GoogleGenAI } from '@google/genai';
import { HoldfastError, HoldfastRefusedError } from 'holdfast';
import { guard } from 'holdfast/llm';
import { startFakeGemini } from 'holdfast/testing';

const model = 'gemini-2.5-flash';
const limits = { requestsPerMinute: 60 };

await using fake = await startFakeGemini({ limits });
fake.next({ fail: '503' }, { fail: 'reset' });
const client = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: fake.url } });

await using gemini = guard({ timeout: '20s', limits: { [model]: limits }, retry: { base: '10ms' } });
gemini.on((event) => {
  if (event.type === 'retry.decided' && event.decision.retry) {
    console.log(`a request failed (${event.decision.failure.kind}): trying again`);
  }
});

const ask = (index: number) =>
  gemini(
    async (signal, attempt) => {
      const response = await client.models.generateContent({
        model,
        contents: `question ${index}`,
        config: { abortSignal: signal, httpOptions: { headers: attempt.headers() } },
      });
      return response.text;
    },
    { model, scope: `tenant ${index % 3}` },
  );

// The first one is answered by its third attempt.
const ends = await Promise.allSettled([
  await ask(0),
  ...Array.from({ length: 89 }, (_, index) => ask(index + 1)),
]);
const answered = ends.filter(({ status }) => status === 'fulfilled').length;
const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
const first = refused[0];
assert(first instanceof HoldfastRefusedError);
console.log(`${answered} answered, ${refused.length} told to come back (${first.code})`);
console.log(
  `the provider was asked ${fake.stats().requests} times and refused ${fake.stats().failures['429']}`,
);
assert(refused.every((error) => HoldfastError.isInstance(error) && error.code === 'E_RATE_LIMITED'));
assert.deepEqual([answered, refused.length, fake.stats().failures['429']], [58, 32, 0]);

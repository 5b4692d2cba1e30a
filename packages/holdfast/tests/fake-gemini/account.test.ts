import { describe, expect, test } from 'vitest';
import type { FakeGemini } from '../../src/testing/fake-gemini/index.ts';
import { generate, model, prompt, readUntilError, send, start, stream } from './client.ts';

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

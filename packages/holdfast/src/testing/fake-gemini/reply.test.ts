import { describe, expect, test } from 'vitest';
import type { JsonObject } from './json-object.ts';
import { answer } from './reply.ts';
import type { FakeGeminiRequest } from './request.ts';
import { estimatePromptTokens, estimateTokens } from './usage.ts';

function request(body: JsonObject, model = 'gemini-2.5-flash'): FakeGeminiRequest {
  return {
    ordinal: 1,
    version: 'v1',
    model,
    method: 'generateContent',
    body,
    signal: new AbortController().signal,
  };
}

const ask = (text: string): JsonObject => ({ contents: [{ role: 'user', parts: [{ text }] }] });

function textOf(parts: readonly JsonObject[] | undefined): string {
  return (parts ?? []).map((part) => String(part.text)).join('');
}

describe('an answer', () => {
  test('is the same for the same request and another for another prompt or model, and shows no prompt', () => {
    const first = answer(request(ask('a secret prompt')), undefined);
    expect(answer(request(ask('a secret prompt')), undefined)).toEqual(first);
    expect(answer(request(ask('another prompt')), undefined)).not.toEqual(first);
    const other = answer(request(ask('a secret prompt'), 'gemini-2.5-pro'), undefined);
    expect(textOf(other.whole.candidates?.[0]?.content.parts)).not.toBe(
      textOf(first.whole.candidates?.[0]?.content.parts),
    );
    expect(JSON.stringify(first)).not.toContain('secret');
  });

  test('does not depend on the order of names in the body', () => {
    const one = answer(request({ ...ask('x'), generationConfig: { topK: 1, topP: 1 } }), undefined);
    const two = answer(request({ generationConfig: { topP: 1, topK: 1 }, ...ask('x') }), undefined);
    expect(two).toEqual(one);
  });

  test('says in its chunks what it says as a whole, and finishes and totals only in the last', () => {
    const text = `  ${'Grüße 👩‍👩‍👧 '.repeat(40)}`;
    const { whole, chunks } = answer(request(ask('x')), text);
    expect(chunks.length).toBeGreaterThan(2);
    expect(chunks.map((chunk) => textOf(chunk.candidates?.[0]?.content.parts)).join('')).toBe(text);
    expect(textOf(whole.candidates?.[0]?.content.parts)).toBe(text);
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.finishReason)).toEqual([
      ...Array<undefined>(chunks.length - 1).fill(undefined),
      'STOP',
    ]);
    expect(chunks.at(-1)?.usageMetadata).toEqual(whole.usageMetadata);
    const counts = chunks.map((chunk) => chunk.usageMetadata.candidatesTokenCount);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  test('to a prompt that is refused has no candidates, and says why', () => {
    const { whole, chunks } = answer(request(ask('x')), { blockReason: 'SAFETY', text: 'unsaid' });
    expect(whole).not.toHaveProperty('candidates');
    expect(whole).toMatchObject({
      promptFeedback: { blockReason: 'SAFETY' },
      usageMetadata: { candidatesTokenCount: 0 },
    });
    expect(chunks).toEqual([whole]);
  });

  test('of nothing is one empty chunk that finishes', () => {
    const { chunks } = answer(request(ask('x')), { text: '', finishReason: 'SAFETY' });
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.candidates?.[0]).toMatchObject({
      content: { parts: [{ text: '' }] },
      finishReason: 'SAFETY',
    });
  });

  test('is cut at maxOutputTokens and says so', () => {
    const { whole } = answer(request({ ...ask('x'), generationConfig: { maxOutputTokens: 3 } }), undefined);
    expect(whole.candidates?.[0]?.finishReason).toBe('MAX_TOKENS');
    expect(whole.usageMetadata.candidatesTokenCount).toBe(3);
  });

  test('is JSON where JSON was asked for', () => {
    const { whole } = answer(
      request({ ...ask('x'), generationConfig: { responseMimeType: 'application/json' } }),
      undefined,
    );
    expect(JSON.parse(textOf(whole.candidates?.[0]?.content.parts))).toHaveProperty('answer');
  });

  test('carries parts in their own shape after the text', () => {
    const call = { functionCall: { name: 'search', args: { q: 'x' } } };
    const { whole, chunks } = answer(request(ask('x')), { text: 'Looking.', parts: [call] });
    expect(whole.candidates?.[0]?.content.parts).toEqual([{ text: 'Looking.' }, call]);
    expect(chunks.map((chunk) => chunk.candidates?.[0]?.content.parts)).toEqual([
      [{ text: 'Looking.' }],
      [call],
    ]);
    expect(answer(request(ask('x')), { parts: [call] }).whole.candidates?.[0]?.content.parts).toEqual([call]);
  });

  test('counts prompt, candidates and thoughts into the total, and lets a reply set them', () => {
    const { whole } = answer(request(ask('12345678')), { text: 'abcd' });
    expect(whole.usageMetadata).toEqual({
      promptTokenCount: 2,
      candidatesTokenCount: 1,
      totalTokenCount: 3,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 2 }],
    });
    const usage = {
      promptTokenCount: 4_000,
      cachedContentTokenCount: 3_000,
      candidatesTokenCount: 500,
      thoughtsTokenCount: 100,
    };
    expect(answer(request(ask('x')), { text: 'abcd', usage }).whole.usageMetadata).toMatchObject({
      ...usage,
      totalTokenCount: 4_600,
    });
  });
});

describe('an estimate of tokens', () => {
  test('is a token for four characters, rounded up', () => {
    expect([estimateTokens(''), estimateTokens('abcd'), estimateTokens('abcde')]).toEqual([0, 1, 2]);
  });

  test('counts system instruction, tools and media beside the contents', () => {
    const text = { parts: [{ text: 'x'.repeat(40) }] };
    expect(estimatePromptTokens({ contents: [text] })).toBe(10);
    expect(estimatePromptTokens({ contents: [text], systemInstruction: text })).toBe(20);
    expect(estimatePromptTokens({ contents: [text], tools: ['x'.repeat(36)] })).toBe(20);
    expect(estimatePromptTokens({ contents: [{ parts: [{ inlineData: { data: 'AAAA' } }] }] })).toBe(258);
  });
});

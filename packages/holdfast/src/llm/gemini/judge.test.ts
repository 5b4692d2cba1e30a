import { describe, expect, test } from 'vitest';
import {
  answer,
  array,
  document,
  events,
  flash,
  hello,
  judge,
  question,
  recording,
  text,
  verdict,
} from './exchange.test-support.ts';

const whole = text('Hello to you', 'STOP');

test('an answer that ended well is good, in each form', () => {
  expect(verdict(document(whole))).toBe('good');
  expect(verdict(events(text('Hello '), text('to you', 'STOP')))).toBe('good');
  expect(verdict(array(text('Hello '), text('to you', 'STOP')))).toBe('good');
  expect(verdict(events(text('Hello', 'STOP'), { usageMetadata: { totalTokenCount: 1 } }))).toBe('good');
  expect(verdict(events(text('Hello', 'FINISH_REASON_UNSPECIFIED'), answer([], 'STOP')))).toBe('good');
  expect(verdict(events(text('Hello', 'STOP'), answer([])))).toBe('good');
  expect(verdict(recording('events', `"bare"\n\n{"line":1}\n\n${events(whole).body}`))).toBe('good');
});

test.each([
  ['a function call', [{ functionCall: { name: 'f', args: {} }, thoughtSignature: 'AA' }]],
  ['a picture', [{ inlineData: { mimeType: 'image/png', data: 'AA' } }]],
  ['code', [{ executableCode: { code: '1' } }]],
  ['thoughts, and then a text', [{ text: 'Hm', thought: true }, { text: 'Yes' }]],
])('%s says something', (_, parts) => {
  expect(verdict(document(answer(parts, 'STOP')))).toBe('good');
});

test.each([
  ['SAFETY'],
  ['RECITATION'],
  ['LANGUAGE'],
  ['OTHER'],
  ['BLOCKLIST'],
  ['PROHIBITED_CONTENT'],
  ['SPII'],
  ['MALFORMED_FUNCTION_CALL'],
  ['MALFORMED_RESPONSE'],
  ['IMAGE_SAFETY'],
  ['IMAGE_PROHIBITED_CONTENT'],
  ['NO_IMAGE'],
  ['UNEXPECTED_TOOL_CALL'],
  ['TOO_MANY_TOOL_CALLS'],
  ['CONTINUATION'],
  ['A_REASON_OF_TOMORROW'],
])('an answer that ended with %s is not kept, in any form', (reason) => {
  const expected = `it ended with ${reason}`;
  expect(verdict(document(text('Hello', reason)))).toBe(expected);
  expect(verdict(events(text('Hello'), answer([], reason)))).toBe(expected);
  expect(verdict(array(text('Hello', reason), text(' again', 'STOP')))).toBe(expected);
});

test('a reason that is no name of the API is not repeated', () => {
  for (const reason of ['a secret text', 7, {}, 'x'.repeat(99)]) {
    expect(verdict(document({ candidates: [{ ...whole.candidates[0], finishReason: reason }] }))).toBe(
      'it ended with a reason that is not known',
    );
  }
});

test('an answer that was cut at its length is kept only where that is allowed', () => {
  const cut = document(text('Hello', 'MAX_TOKENS'));
  expect(verdict(cut)).toBe('it was cut at the length that is allowed (MAX_TOKENS)');
  expect(verdict(cut, question(), { truncated: true })).toBe('good');
  expect(verdict(document(answer([], 'MAX_TOKENS')), question(), { truncated: true })).toBe(
    'a candidate is empty',
  );
});

test.each([
  ['it has no end: no finishReason came', events(text('Hello'))],
  ['it has no end: no finishReason came', document(text('Hello'))],
  ['it has no end: no finishReason came', events(text('Hello', 'FINISH_REASON_UNSPECIFIED'))],
  [
    'it has no end: no finishReason came',
    events({ candidates: [...whole.candidates, { index: 1, content: { parts: [{ text: 'a' }] } }] }),
  ],
  ['its stream breaks off', recording('events', `data: ${JSON.stringify(whole)}\r\n\r\ndata: {"cand`)],
  ['its stream breaks off', recording('events', `data: ${JSON.stringify(whole)}\r\n`)],
  ['an event is no JSON object', recording('events', `data: ${JSON.stringify(whole)}\n\ndata: [DONE]\n\n`)],
  ['it is empty', recording('events', '')],
  ['it is empty', recording('array', '[]')],
  ['it is no JSON, or breaks off', recording('document', '')],
  ['it is no JSON, or breaks off', recording('document', JSON.stringify(whole).slice(0, -1))],
  ['it is no JSON, or breaks off', recording('array', `[${JSON.stringify(whole)},`)],
  ['it is no JSON, or breaks off', recording('document', '<html>')],
  ['it is JSON of another shape', recording('document', '"text"')],
  ['it is JSON of another shape', recording('array', JSON.stringify(whole))],
  ['it is JSON of another shape', recording('document', JSON.stringify([whole]))],
  ['it has no candidates', document({})],
  ['it has no candidates', document({ candidates: [] })],
  ['it has no candidates', document({ candidates: 'x', usageMetadata: 1 })],
  ['the prompt was blocked with SAFETY', document({ promptFeedback: { blockReason: 'SAFETY' } })],
  ['the prompt was blocked with OTHER', events({ ...whole, promptFeedback: { blockReason: 'OTHER' } })],
  ['a candidate is empty', document(answer([], 'STOP'))],
  ['a candidate is empty', document({ candidates: [{ finishReason: 'STOP' }] })],
  ['a candidate is empty', document(answer([{ text: '' }, { text: ' \n' }], 'STOP'))],
  ['a candidate is empty', document(answer([{ text: 'Hm', thought: true }], 'STOP'))],
  ['a candidate is empty', document(answer([{ text: '', thoughtSignature: 'AA' }], 'STOP'))],
  [
    'a candidate is empty',
    document({
      candidates: [...whole.candidates, { index: 1, finishReason: 'STOP', content: { parts: [] } }],
    }),
  ],
])('not kept, as %s', (why, record) => {
  expect(verdict(record)).toBe(why);
});

describe('an answer of success that is an error', () => {
  const error = { code: 503, message: 'overloaded', status: 'UNAVAILABLE' };
  test.each([
    ['in a stream', events(text('Hello'), { error })],
    ['in a stream that ended well before', events(whole, { error })],
    [
      'in a stream, as bare lines',
      recording('events', `${events(text('a')).body}${JSON.stringify({ error }, null, 2)}\n`),
    ],
    ['in an array', array(text('Hello'), { error })],
    ['in a document', document({ error })],
    ['in an array where a document was asked for', recording('document', JSON.stringify([{ error }]))],
  ])('is a failure with its status and body: %s', (_, record) => {
    expect(judge(record)).toEqual({ is: 'failure', status: 503, body: JSON.stringify({ error }) });
  });

  test.each([
    [{ status: 'RESOURCE_EXHAUSTED' }, 429],
    [{ code: 200, status: 'constructor' }, 500],
    [{ code: '503' }, 500],
    ['broken', 500],
    [{}, 500],
  ])('%j has status %i', (broken, status) => {
    expect(judge(events({ error: broken }))).toMatchObject({ is: 'failure', status });
  });
});

test('a failure tells what it cost, as far as that was told before', () => {
  const failed = { error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } };
  const spent = { usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 3 } };
  expect(judge(events({ ...text('Hello'), ...spent }, failed))).toMatchObject({
    is: 'failure',
    usage: { inputTokens: 12, outputTokens: 3 },
  });
  const broken = recording('events', `${events({ ...text('Hello'), ...spent }).body}data: {"candi`);
  expect(judge(broken)).toMatchObject({ is: 'unkept', usage: { inputTokens: 12, outputTokens: 3 } });
});

describe('usage', () => {
  const usage = (usageMetadata: object, asked = question()) => {
    const judgement = judge(document({ ...whole, usageMetadata }), asked);
    return judgement.is === 'failure' ? undefined : judgement.usage;
  };

  test('is what is paid: results of tools are read, thoughts are written', () => {
    const told = {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 7,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 5,
      totalTokenCount: 132,
    };
    expect(usage(told)).toEqual({
      model: 'gemini-2.5-flash',
      inputTokens: 107,
      cachedTokens: 60,
      outputTokens: 25,
    });
  });

  test('counts sound by itself', () => {
    const told = {
      promptTokenCount: 100,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 40 },
        { modality: 'AUDIO', tokenCount: 60 },
      ],
      cachedContentTokenCount: 30,
      cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
    };
    expect(usage(told)).toMatchObject({ audioTokens: 60, cachedAudioTokens: 30 });
  });

  test('has no known price where pictures or sound were made, for another tier, and for searches', () => {
    const told = { promptTokenCount: 1, candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }] };
    expect(usage(told)).toMatchObject({ isUnpriceable: true });
    expect(usage({ promptTokenCount: 1 })).not.toHaveProperty('isUnpriceable');
    for (const more of [
      { serviceTier: 'flex' },
      { service_tier: 'SERVICE_TIER_PRIORITY' },
      { tools: [{ googleSearch: {} }] },
    ]) {
      expect(usage({ promptTokenCount: 1 }, question({ ...hello, ...more }))).toMatchObject({
        isUnpriceable: true,
      });
    }
    for (const serviceTier of ['standard', 'SERVICE_TIER_UNSPECIFIED', 'unspecified']) {
      expect(usage({ promptTokenCount: 1 }, question({ ...hello, serviceTier }))).not.toHaveProperty(
        'isUnpriceable',
      );
    }
  });

  test('is that of the last chunk that tells it, and of the model that answered', () => {
    const chunk = (count: number) => ({
      ...text('a'),
      modelVersion: 'gemini-2.5-flash-002',
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount: count },
    });
    const told = judge(
      events(chunk(1), chunk(2), { ...text('', 'STOP'), usageMetadata: { trafficType: 'X' } }),
    );
    expect(told).toMatchObject({ usage: { inputTokens: 9, outputTokens: 2, model: 'gemini-2.5-flash' } });
    expect(judge(events({ usageMetadata: { promptTokenCount: 3 } }))).toMatchObject({
      is: 'unkept',
      usage: { inputTokens: 3, model: 'gemini-2.5-flash' },
    });
  });

  test('is none where none is told, and nothing where it is nonsense', () => {
    expect(judge(document(whole))).toEqual({ is: 'good', usage: undefined });
    expect(
      usage({
        promptTokenCount: -5,
        candidatesTokenCount: '9',
        cachedContentTokenCount: 40,
        promptTokensDetails: [null, { modality: 'AUDIO' }],
      }),
    ).toEqual({
      model: 'gemini-2.5-flash',
      inputTokens: 0,
      cachedTokens: 0,
      outputTokens: 0,
    });
  });
});

describe('of what is no generation', () => {
  const count = question(hello, `${flash}:countTokens`);
  const embed = question({ content: { parts: [{ text: 'a' }] } }, `${flash}:embedContent`);
  const batch = question({ requests: [{}, {}] }, `${flash}:batchEmbedContents`);
  test.each([
    ['good', count, { totalTokens: 0 }],
    ['it tells no totalTokens', count, {}],
    ['good', embed, { embedding: { values: [0.1, 0] } }],
    ['it has no embedding', embed, { embedding: { values: [] } }],
    ['it has no embedding', embed, { embedding: { values: ['a'] } }],
    ['it has no embedding', embed, { embedding: null }],
    ['good', batch, { embeddings: [{ values: [1] }, { values: [2] }] }],
    ['an embedding is missing', batch, { embeddings: [{ values: [1] }] }],
    ['an embedding is missing', batch, { embeddings: [{ values: [1] }, {}] }],
    ['an embedding is missing', batch, {}],
  ])('%s', (why, asked, body) => {
    expect(verdict(document(body), asked)).toBe(why);
  });

  test('counting costs nothing', () => {
    expect(judge(document({ totalTokens: 7 }), count)).toMatchObject({
      usage: { inputTokens: 0, outputTokens: 0 },
    });
  });
});

test('hostile answers are judged, and never throw', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const bodies = [
    deep,
    `{"candidates":${deep}}`,
    `{"error":${deep}}`,
    `{"candidates":[${'{"index":1},'.repeat(100_000)}{}]}`,
    '{"__proto__":{"candidates":[]},"candidates":[{"__proto__":1,"finishReason":"STOP","content":{"__proto__":{},"parts":[{"__proto__":{"text":"x"}}]}}]}',
    '{"candidates":[{"finishReason":"STOP","content":{"parts":[{"text":"\\ud800"}]}}]}',
    '{"candidates":[{"finishReason":"STOP","finishReason":"SAFETY","content":{"parts":"x"}}]}',
    '{"candidates":[{"index":"x","finishReason":["STOP"],"content":[]}],"usageMetadata":[1],"modelVersion":{}}',
  ];
  for (const body of bodies) {
    for (const record of [
      recording('document', body),
      recording('array', `[${body},${body}]`),
      recording('events', `data: ${body}\n\n`.repeat(2)),
    ]) {
      const { is } = judge(record);
      expect(is).toBe(
        body.startsWith('{"error"')
          ? 'failure'
          : body.includes('ud800')
            ? 'good'
            : body.includes('"__proto__":{"text')
              ? 'good'
              : 'unkept',
      );
    }
  }
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Form, Recording } from '../exchange.ts';
import { answer, array, document, events, judge, recording, text } from './exchange.test-support.ts';
import { gemini } from './index.ts';

const { write } = gemini();
const forms = ['document', 'events', 'array'] as const satisfies Form[];
const read = (record: Recording) => JSON.parse(record.body);

describe('the same form', () => {
  test.each([
    document(text('a', 'STOP')),
    events(text('a', 'STOP')),
    array(text('a', 'STOP')),
    recording('events', 'x'),
  ])('is the recording itself', (record) => {
    expect(write(record, record.form)).toBe(record);
  });
});

test('a document is a stream of one event, on one line, with every digit as it came', () => {
  const body =
    '{\n  "candidates": [\r\n    { "index": 0, "text": "a\\nb  c", "big": 12345678901234567890, "one": 1.0 }\n  ]\n}\n';
  expect(write(recording('document', body), 'events')).toEqual({
    form: 'events',
    type: 'text/event-stream',
    body: 'data: {"candidates": [{ "index": 0, "text": "a\\nb  c", "big": 12345678901234567890, "one": 1.0 }]}\r\n\r\n',
  });
  expect(write(recording('document', body), 'array').body).toBe(`[${body}]`);
  expect(write(recording('document', `\ufeff${body}`), 'array').body).toBe(`[${body}]`);
});

test('events and the items of an array are the same chunks', () => {
  const chunks = [text('Hello '), text('to you', 'STOP')];
  expect(write(events(...chunks), 'array')).toEqual({
    form: 'array',
    type: 'application/json; charset=UTF-8',
    body: array(...chunks).body,
  });
  expect(write(array(...chunks), 'events').body).toBe(events(...chunks).body);
  const withBareLines = recording('events', `{"line":1}\n\n${events(...chunks).body}`);
  expect(write(withBareLines, 'array').body).toBe(array(...chunks).body);
});

test('a stream is the document that the same answer would be', () => {
  const rating = { category: 'HARM_CATEGORY_HARASSMENT', probability: 'LOW' };
  const stream = events(
    {
      ...answer([{ text: 'Hm', thought: true }], undefined, { safetyRatings: [rating] }),
      usageMetadata: { promptTokenCount: 3 },
      responseId: 'r',
    },
    answer([{ text: 'm', thought: true }, { text: 'Hel' }], undefined, {
      citationMetadata: { citationSources: [{ startIndex: 1 }] },
      groundingMetadata: { webSearchQueries: ['q'] },
    }),
    answer(
      [{ text: 'lo' }, { functionCall: { name: 'f' }, thoughtSignature: 'AA' }, { text: 'to ' }],
      undefined,
      {
        citationMetadata: { citationSources: [{ startIndex: 1 }, { startIndex: 9 }] },
        groundingMetadata: { groundingChunks: [1] },
      },
    ),
    {
      ...answer([{ text: 'you' }, { text: '', thoughtSignature: 'BB' }], 'STOP', { safetyRatings: [] }),
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9 },
      modelVersion: 'v-2',
    },
  );
  expect(read(write(stream, 'document'))).toEqual({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'Hmm', thought: true },
            { text: 'Hello' },
            { functionCall: { name: 'f' }, thoughtSignature: 'AA' },
            { text: 'to you' },
            { text: '', thoughtSignature: 'BB' },
          ],
        },
        index: 0,
        safetyRatings: [rating],
        citationMetadata: { citationSources: [{ startIndex: 1 }, { startIndex: 9 }] },
        groundingMetadata: { webSearchQueries: ['q'], groundingChunks: [1] },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 9 },
    responseId: 'r',
    modelVersion: 'v-2',
  });
});

test('candidates are told apart by their index, which may be left out for the first', () => {
  const piece = (index: number | undefined, words: string) => ({
    ...(index !== undefined && { index }),
    content: { parts: [{ text: words }] },
  });
  const stream = array(
    { candidates: [piece(1, 'b'), piece(undefined, 'a')] },
    { candidates: [piece(0, 'A'), piece(1, 'B')] },
  );
  const { candidates } = read(write(stream, 'document'));
  expect(candidates.map((one: { content: unknown }) => one.content)).toEqual([
    { parts: [{ text: 'aA' }] },
    { parts: [{ text: 'bB' }] },
  ]);
});

test('log probabilities go on', () => {
  const chunk = (token: string) =>
    answer([{ text: token }], undefined, { logprobsResult: { chosenCandidates: [{ token }] } });
  const { candidates } = read(write(events(chunk('a'), chunk('a')), 'document'));
  expect(candidates[0].logprobsResult).toEqual({ chosenCandidates: [{ token: 'a' }, { token: 'a' }] });
});

test('a prompt that was blocked is told in each form', () => {
  const blocked = { promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 1 } };
  expect(read(write(events(blocked), 'document'))).toEqual(blocked);
});

/** Parts, and the same parts with their texts cut in pieces. */
const parts = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        text: fc.string({ unit: 'binary', minLength: 1 }),
        thought: fc.constantFrom(true, undefined),
      }),
    },
    fc.constantFrom(
      { functionCall: { name: 'f', args: { a: [1] } } },
      { text: 'signed', thoughtSignature: 'AA' },
    ),
  ),
  { minLength: 1, maxLength: 5 },
);

test('an answer that is cut into chunks anywhere, and joined, says the same at the same price', () => {
  fc.assert(
    fc.property(
      parts,
      fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
      fc.constantFrom('events', 'array'),
      (said, lengths, form) => {
        const spoken = (list: readonly { text?: string; thought?: unknown }[]) =>
          list
            .map((part) => (part.thought === true ? `(${part.text})` : (part.text ?? '#')))
            .join('')
            .replaceAll(')(', '');
        const pieces = said.flatMap((part): object[] => {
          if (!('thought' in part)) return [part];
          const cut = [];
          for (let at = 0; at < part.text.length; ) {
            const length = lengths.next().value;
            cut.push({ ...part, text: part.text.slice(at, at + length) });
            at += length;
          }
          return cut;
        });
        const usage = (count: number) => ({
          usageMetadata: { promptTokenCount: 4, candidatesTokenCount: count },
        });
        const chunks = pieces.map((piece, index) => ({ ...answer([piece]), ...usage(index) }));
        const end = { ...answer([], 'STOP'), ...usage(pieces.length) };
        const stream = (form === 'events' ? events : array)(...chunks, end);
        const whole = write(stream, 'document');
        expect(spoken(read(whole).candidates[0].content.parts)).toBe(spoken(said));
        const [one, other] = [judge(stream), judge(whole)];
        expect(one).toEqual(other);
        expect(one).toMatchObject({ usage: { inputTokens: 4, outputTokens: pieces.length } });
        expect(read(write(write(whole, 'events'), 'document'))).toEqual(read(whole));
      },
    ),
  );
});

test('whatever a recording holds, writing it never throws', () => {
  const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const bodies = [
    '',
    'data: ',
    '<html>',
    'null',
    '[]',
    '[null,1,{}]',
    `{"a":${deep(100_000)}}`,
    `data: {"a":${deep(100_000)}}\n\ndata: {}\n\n`,
    `[${'{},'.repeat(200_000)}{}]`,
    'data: {}\n\n'.repeat(200_000),
    '{"candidates":[{"__proto__":{"x":1},"content":{"__proto__":{"y":1}}}],"__proto__":{"z":1}}',
    '{"candidates":[7,{"index":{},"content":7},{"content":{"parts":[7,{"text":7}]}}]}',
  ];
  for (const from of forms) {
    for (const to of forms) {
      for (const body of bodies) {
        const written = write(recording(from, body), to);
        expect([from, to]).toContain(written.form);
      }
    }
  }
});

test('names that every object inherits go through', () => {
  const chunk =
    '{"__proto__":{"z":1},"candidates":[{"__proto__":{"x":1},"content":{"__proto__":{"y":1},"parts":[]}}]}';
  const { body } = write(recording('events', `data: ${chunk}\n\ndata: ${chunk}\n\n`), 'document');
  for (const name of ['"z"', '"x"', '"y"']) expect(body).toContain(`"__proto__":{${name}:1}`);
});

import { expect, test } from 'vitest';
import type { Exchange, Form } from './exchange.ts';
import { wholeAnswer } from './exchange-answer.ts';
import { gemini } from './gemini/index.ts';

const provider = gemini();

function exchangeOf(text: string): Exchange {
  const answer = { candidates: [{ content: { parts: [{ text }] }, finishReason: 'STOP' }] };
  return { version: 1, form: 'document', type: 'application/json', body: JSON.stringify(answer) };
}

function bodyOf(value: Exchange, form: Form): Uint8Array {
  const { body } = wholeAnswer(provider, { value, outcome: 'hit', age: 0, stale: false }, form);
  return body as Uint8Array;
}

test.each(['document', 'events'] as const)(
  'who is sent the same long answer is sent the same bytes, which are there once: %s',
  (form) => {
    const value = exchangeOf('é'.repeat(100_000));
    const first = bodyOf(value, form);
    expect(bodyOf(value, form)).toBe(first);
    const other = bodyOf({ ...value }, form);
    expect(other).not.toBe(first);
    expect(Buffer.compare(other, first)).toBe(0);
    const written = form === value.form ? value : provider.write(value, form);
    expect(new TextDecoder().decode(first)).toBe(written.body);
  },
);

test('the forms of an answer have bytes and types of their own', () => {
  const value = exchangeOf('x'.repeat(100_000));
  const types = (['document', 'events', 'array', 'document', 'events'] as const).map(
    (form) =>
      wholeAnswer(provider, { value, outcome: 'hit', age: 0, stale: false }, form).headers['content-type'],
  );
  expect(types).toEqual([types[0], types[1], types[2], types[0], types[1]]);
  expect(types[1]).toContain('text/event-stream');
  expect(new Set((['document', 'events', 'array'] as const).map((form) => bodyOf(value, form))).size).toBe(3);
});

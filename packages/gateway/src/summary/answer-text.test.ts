import { expect, test } from 'vitest';
import { answerText } from './answer-text.ts';

const answer = (...parts: unknown[]) => JSON.stringify({ candidates: [{ content: { parts } }] });

test('the parts of an answer become one line, without thoughts', () => {
  expect(
    answerText(answer({ text: 'hm', thought: true }, { text: ' It reads\n\n' }, { text: 'files.\n' })),
  ).toBe('It reads files.');
});

test.each([
  'null',
  '{}',
  '{"candidates":[]}',
  '{"candidates":[{"content":{"parts":{}}}]}',
  answer(null, { functionCall: {} }, { text: 1 }),
  answer({ text: ' \n' }),
])('%s has no text', (body) => {
  expect(answerText(body)).toBe('');
});

test('what is too long for a paragraph is cut at a word', () => {
  const text = answerText(answer({ text: 'word '.repeat(1_000) }));
  expect(text).toMatch(/^(word ){399}word …$/);
});

import { expect, test } from 'vitest';
import type { SummaryAnswer } from './api/index.ts';
import { summaryCost, summaryPart, summaryStaleness } from './summary-line.ts';

const answer: SummaryAnswer = {
  path: 'a.ts',
  text: 'It adds.',
  by: 'gemini',
  outcome: 'generated',
  ageMs: 0,
  stale: false,
};
const cost = { seconds: 1.2, inputTokens: 1_240, outputTokens: 96 };

test.each([
  [{ ...cost, usd: 0.000_612_4 }, '1,240 tokens read, 96 written, $0.000612'],
  [
    { ...cost, usd: 0.000_612_4, simulated: true as const },
    '1,240 tokens read, 96 written, $0.000612 simulated',
  ],
  [cost, '1,240 tokens read, 96 written, no price known'],
  [{ seconds: 1, inputTokens: 0, outputTokens: 0 }, ''],
])('%j is told as %j', (given, line) => {
  expect(summaryCost({ ...answer, cost: given })).toBe(line);
});

test('nothing is told of a cost that is not known', () => {
  expect(summaryCost(answer)).toBe('');
});

test('how much of a file was read is told where it was not all of it', () => {
  expect(summaryPart({ ...answer, characters: 120_000, sent: 48_000 })).toBe(
    'of the first 48,000 of 120,000 characters',
  );
  expect(summaryPart({ ...answer, characters: 120, sent: 120 })).toBe('');
  expect(summaryPart(answer)).toBe('');
});

test('of a stale one it is told what it is of, and whose failure shows it', () => {
  const told = (more: Partial<SummaryAnswer>) => summaryStaleness({ ...answer, ...more });
  expect(told({ stale: 'changed', reason: 'backoff' })).toBe(
    'of an earlier state of the file, as Gemini failed',
  );
  expect(told({ stale: 'changed', reason: 'dependency' })).toBe('of an earlier state of the file');
  expect(told({ stale: 'aged', reason: 'failed' })).toBe('past its time, as Gemini failed');
  expect(told({})).toBe('');
});

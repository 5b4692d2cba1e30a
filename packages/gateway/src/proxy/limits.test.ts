import { expect, test } from 'vitest';
import { parseLimits } from './limits.ts';

test('a model has its own limits, or those of all others, or none', () => {
  const own = { requestsPerMinute: 60, inputTokensPerMinute: 1_000_000, requestsPerDay: 10_000 };
  const limits = parseLimits(JSON.stringify({ 'gemini-2.5-flash': own, '*': { requestsPerMinute: 5 } }));
  expect(limits('any', 'gemini-2.5-flash')).toEqual(own);
  expect(limits('any', 'gemini-9')).toEqual({ requestsPerMinute: 5 });
  expect(limits('any', 'toString')).toEqual({ requestsPerMinute: 5 });
  expect(parseLimits('{}')('any', 'gemini-9')).toEqual({});
});

test.each([
  ['{', 'is no JSON'],
  ['[]', 'must be a JSON object of limits by model'],
  ['null', 'must be a JSON object of limits by model'],
  ['{"m":5}', '"m" must be an object with requestsPerMinute, inputTokensPerMinute, requestsPerDay'],
  ['{"m":{"rpm":5}}', '"m" has no limit "rpm": there are requestsPerMinute,'],
  ['{"m":{"requestsPerDay":0}}', 'requestsPerDay of "m" must be a whole number of 1 or more, not 0'],
  ['{"m":{"requestsPerDay":"5"}}', 'not "5"'],
  ['{"m":{"requestsPerDay":1.5}}', 'not 1.5'],
])('%s is refused: %s', (text, problem) => {
  expect(() => parseLimits(text)).toThrow(expect.objectContaining({ name: 'LimitsError' }));
  expect(() => parseLimits(text)).toThrow(problem);
});

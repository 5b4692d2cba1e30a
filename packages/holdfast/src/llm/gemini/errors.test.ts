import { ApiError } from '@google/genai';
import { expect, test } from 'vitest';
import { failureOf } from '../../guard/failure.ts';
import { gemini } from './index.ts';

const { explain } = gemini();

test.each([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [413, 'INVALID_ARGUMENT'],
  [429, 'RESOURCE_EXHAUSTED'],
  [500, 'INTERNAL'],
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [504, 'DEADLINE_EXCEEDED'],
  [418, 'UNKNOWN'],
])('%i is %s', (code, status) => {
  const { type, body } = explain({ status: code, message: 'why' });
  expect(type).toBe('application/json; charset=UTF-8');
  expect(JSON.parse(body)).toEqual({ error: { code, message: 'why', status } });
});

test.each([
  [1_500, 1_500],
  [0.2, 1],
  [-5, 0],
  [53_000, 53_000],
  [1e300, 365 * 86_400_000],
])('who is to come back after %i ms reads it off the body', (retryAfter, expected) => {
  const { body } = explain({ status: 429, message: 'slow down', retryAfter });
  const failure = failureOf(new ApiError({ status: 429, message: body }), 0);
  expect(failure).toEqual({ kind: 'status', status: 429, retryAfter: expected, perDay: false });
});

test('a time without end is not told', () => {
  expect(explain({ status: 503, message: 'x', retryAfter: Number.POSITIVE_INFINITY }).body).not.toContain(
    'RetryInfo',
  );
});

import { ApiError } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { HoldfastError, HoldfastProviderError, HoldfastProviderTimeoutError } from '../lib/errors.ts';
import { checkResponse, failureOf, healthIn, isWorthRetrying } from './failure.ts';

const wall = Date.parse('2026-07-01T20:00:00Z');

function gemini(details: object[]): ApiError {
  return new ApiError({ status: 429, message: JSON.stringify({ error: { code: 429, details } }) });
}

describe('what is retried', () => {
  test.each([408, 429, 500, 502, 503, 504])('%i', (status) => {
    expect(isWorthRetrying(failureOf({ status }, wall))).toBe(true);
  });
  test.each([400, 401, 403, 404, 409, 413, 422, 499, 501, 505, 529])('not %i', (status) => {
    expect(isWorthRetrying(failureOf({ status }, wall))).toBe(false);
  });
  test.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])(
    'a connection that broke: %s, at any depth',
    (code) => {
      const error = new TypeError('fetch failed', { cause: new Error('x', { cause: { code } }) });
      expect(failureOf(error, wall)).toEqual({ kind: 'reset' });
      expect(isWorthRetrying(failureOf(error, wall))).toBe(true);
    },
  );
  test('not a time-out, an abort, a refusal, or a mistake', () => {
    const errors = [
      new HoldfastProviderTimeoutError('attempt', 'x'),
      new DOMException('x', 'AbortError'),
      new HoldfastError('E_CLOSED', 'x'),
      new TypeError('x'),
      { code: 'ECONNREFUSED' },
      'a text',
      undefined,
    ];
    for (const error of errors) expect(isWorthRetrying(failureOf(error, wall))).toBe(false);
  });
  test('not for ever down a chain of causes that bites its tail', () => {
    const error: { cause?: unknown } = {};
    error.cause = error;
    expect(failureOf(error, wall)).toEqual({ kind: 'other' });
  });
});

describe('when to come back', () => {
  test('is read in the body of a Gemini error', () => {
    const error = gemini([{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '53.5s' }]);
    expect(failureOf(error, wall)).toMatchObject({ retryAfter: 53_500, perDay: false });
  });
  test('is midnight Pacific for a quota of the day, whatever else stands beside it', () => {
    const error = gemini([
      { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }] },
      { retryDelay: '2s' },
    ]);
    expect(failureOf(error, wall)).toMatchObject({ retryAfter: 11 * 3_600_000, perDay: true });
  });
  test.each([
    ['retry-after in seconds', { 'retry-after': '7' }, 7_000],
    ['retry-after as a date', { 'Retry-After': 'Wed, 01 Jul 2026 20:00:09 GMT' }, 9_000],
    ['retry-after in the past', { 'retry-after': 'Wed, 01 Jul 2026 19:00:00 GMT' }, 0],
    ['retry-after-ms before retry-after', { 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    ['nothing of nonsense', { 'retry-after': 'soon' }, undefined],
  ])('is read in headers: %s', (_, headers, retryAfter) => {
    expect(failureOf({ status: 503, headers }, wall)).toMatchObject({ retryAfter });
    expect(failureOf({ status: 503, headers: new Headers(headers) }, wall)).toMatchObject({ retryAfter });
  });
  test('is read in an error of the AI SDK', () => {
    const responseHeaders = { 'retry-after': '7' };
    expect(failureOf({ statusCode: 503, responseHeaders }, wall)).toMatchObject({ retryAfter: 7_000 });
    const responseBody = JSON.stringify({ error: { details: [{ retryDelay: '4s' }] } });
    expect(failureOf({ statusCode: 429, responseBody }, wall)).toMatchObject({
      status: 429,
      retryAfter: 4_000,
    });
  });
  test('is not read in an answer of success that broke off, which is a reset', () => {
    const cause = new TypeError('terminated', { cause: { code: 'ECONNRESET' } });
    expect(failureOf({ statusCode: 200, cause }, wall)).toEqual({ kind: 'reset' });
    expect(failureOf({ statusCode: 204 }, wall)).toEqual({ kind: 'other' });
  });
  test('is not known from a message that is no JSON', () => {
    for (const message of ['overloaded', '{"error":', '[]', '{"error":{"details":7}}']) {
      expect(failureOf({ status: 429, message }, wall)).toMatchObject({ retryAfter: undefined });
    }
  });
});

test.each([
  [{ status: 500 }, 'sick'],
  [{ status: 503 }, 'sick'],
  [{ status: 408 }, 'sick'],
  [{ code: 'ECONNRESET' }, 'sick'],
  [new HoldfastProviderTimeoutError('between chunks', 'x'), 'sick'],
  [{ status: 400 }, 'well'],
  [{ status: 404 }, 'well'],
  [{ status: 429 }, 'unknown'],
  [new TypeError('x'), 'unknown'],
])('health in a failure %#: %o is %s', (error, health) => {
  expect(healthIn(failureOf(error, wall))).toBe(health);
});

test('checkResponse passes a success and throws what a failure says, without saying it itself', async () => {
  const fine = new Response('fine');
  expect(await checkResponse(fine)).toBe(fine);
  const body = JSON.stringify({ error: { details: [{ retryDelay: '4s' }], message: 'the prompt' } });
  const thrown = checkResponse(new Response(body, { status: 429 }));
  await expect(thrown).rejects.toBeInstanceOf(HoldfastProviderError);
  const error = (await thrown.catch((reason: unknown) => reason)) as HoldfastProviderError;
  expect(failureOf(error, wall)).toMatchObject({ status: 429, retryAfter: 4_000 });
  expect(error.message + JSON.stringify(error)).not.toContain('the prompt');
});

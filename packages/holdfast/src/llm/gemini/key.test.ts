import { expect, test } from 'vitest';
import { flash, hello, post } from './exchange.test-support.ts';
import { gemini } from './index.ts';

const { takeKey, keyHeaders } = gemini();
const target = `${flash}:generateContent`;
const take = (query: string, headers: Record<string, string> = {}) =>
  takeKey(post(`${target}${query}`, hello, { accept: '*/*', ...headers }));

test.each([
  ['the header', '', { 'x-goog-api-key': 'AIza1' }, 'AIza1'],
  ['the query', '?key=AIza1', {}, 'AIza1'],
  ['the query, in another spelling', '?%6bey=AIza%31', {}, 'AIza1'],
  ['the query, with a dollar', '?$key=AIza1', {}, 'AIza1'],
  ['a token', '', { authorization: 'Bearer ya29.a' }, 'Bearer ya29.a'],
  ['a token in small letters', '', { authorization: 'bearer  ya29.a ' }, 'Bearer ya29.a'],
  ['a token in the query', '?access_token=ya29.a', {}, 'Bearer ya29.a'],
  ['the header before the query', '?key=AIza2', { 'x-goog-api-key': 'AIza1' }, 'AIza1'],
  ['the header before a token', '', { 'x-goog-api-key': 'AIza1', authorization: 'Bearer b' }, 'AIza1'],
  ['the first of two', '?key=AIza1&key=AIza2', {}, 'AIza1'],
  ['nothing', '', {}, undefined],
  ['an empty header', '?key=', { 'x-goog-api-key': ' ' }, undefined],
  ['a key that no header can carry', '?key=a%0d%0ab', {}, undefined],
  ['another scheme', '', { authorization: 'Basic YTpi' }, undefined],
])('a key is taken from %s', (_, query, headers, key) => {
  const taken = take(query, headers as Record<string, string>);
  expect(taken.key).toBe(key);
  expect(taken.request.target).toBe(target);
  expect(taken.request.headers).toEqual({ accept: '*/*' });
});

test('the rest of the address stays as it was, byte for byte', () => {
  expect(take('?alt=sse&key=AIza1&x=%2f&&access_token=t&y').request.target).toBe(`${target}?alt=sse&x=%2f&y`);
  expect(take('?alt=sse#key=AIza1').request.target).toBe(`${target}?alt=sse`);
  expect(take('?keys=1&%E0%A4%A=1').request.target).toBe(`${target}?keys=1&%E0%A4%A=1`);
});

test('a key goes up as what it was', () => {
  expect(keyHeaders('AIza1')).toEqual({ 'x-goog-api-key': 'AIza1' });
  expect(keyHeaders('Bearer ya29.a')).toEqual({ authorization: 'Bearer ya29.a' });
});

test('no header that carries a key is sent on by itself', () => {
  const { requestHeaders, responseHeaders } = gemini();
  for (const name of [
    'x-goog-api-key',
    'authorization',
    'cookie',
    'proxy-authorization',
    'host',
    'x-forwarded-for',
  ]) {
    expect(requestHeaders.has(name)).toBe(false);
  }
  for (const name of ['set-cookie', 'location', 'content-length', 'content-encoding', 'date']) {
    expect(responseHeaders.has(name)).toBe(false);
  }
  for (const name of [...requestHeaders, ...responseHeaders]) expect(name).toBe(name.toLowerCase());
});

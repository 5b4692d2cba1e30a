import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isProxied, providerTarget } from './target.ts';

describe('a target below /gemini', () => {
  test.each([
    '/v1beta/models',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    '/v1beta/models/gemini-2.5-flash%3AstreamGenerateContent?alt=sse',
    '/v1/models?pageSize=5&pageToken=a%2Fb..%2e',
    '/upload/v1beta/files',
    '/v1beta/cachedContents/abc_1~2',
    '/v1beta/files/%C3%A9',
  ])('%s goes on as it is', (below) => {
    expect(isProxied(`/gemini${below}`)).toBe(true);
    expect(providerTarget(`/gemini${below}`)).toBe(below);
  });

  test.each([
    '',
    '/',
    '//evil.example/v1beta/models',
    '/v1beta//models',
    '/v1beta/models/',
    '/..',
    '/../v1beta',
    '/v1beta/../../admin',
    '/v1beta/..;/admin',
    '/v1beta/./models',
    '/v1beta/.',
    '/%2e%2e/admin',
    '/v1beta/%2E./admin',
    '/v1beta%2fmodels',
    '/v1beta%2F..%2Fadmin',
    '/v1beta%5cmodels',
    '/v1beta\\models',
    '/v1beta/models%00',
    '/v1beta/models%0d%0ax-evil:1',
    '/v1beta/models%7f',
    '/v1beta/models%',
    '/v1beta/%c0%ae%c0%ae/admin',
    '/v1beta/%E9',
    '/v1beta/models%zz',
    '/v1beta/mod els',
    '/v1beta/é',
    '/v1beta/models#x',
    '/v1beta/models?a#b',
    '/v1beta/models?a=é',
    '/v1beta/models?a="',
    '?x=1',
  ])('%s is refused', (below) => {
    expect(() => providerTarget(`/gemini${below}`)).toThrow(
      expect.objectContaining({ name: 'Refusal', status: 400, code: 'E_TARGET' }),
    );
  });

  test('what is put behind a base URL stays below it, whatever a URL parser makes of it', () => {
    const base = 'https://provider.example/base';
    for (const below of ['/v1beta/@evil.example', '/v1beta/:80', '/v1beta/a;b=c', '/v1beta/~root']) {
      const { origin, pathname } = new URL(base + providerTarget(`/gemini${below}`));
      expect([origin, pathname]).toEqual(['https://provider.example', `/base${below}`]);
    }
  });
});

test('whatever is let through means the same path below the base URL to whoever reads it', () => {
  const good = 'v1beta models a @ : ; * %3A %25 %C3%A9 evil.example'.split(' ');
  const bad = ['// . .. %2e %2F %5c \\ # % %00 %C0%AE é "'.split(' '), ' ', '\t', '\0'].flat();
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...good) },
    { weight: 3, arbitrary: fc.constantFrom('/', '?', "'", '&', '=') },
    { weight: 1, arbitrary: fc.constantFrom(...bad) },
  );
  let letThrough = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      let below: string;
      try {
        below = providerTarget(`/gemini/${pieces.join('')}`);
      } catch {
        return;
      }
      letThrough += 1;
      const url = new URL(`https://provider.example/base${below}`);
      const [path = '', query = ''] = below.split(/\?(.*)/s);
      expect([url.origin, url.pathname]).toEqual(['https://provider.example', `/base${path}`]);
      expect(url.search.slice(1)).toBe(query.replaceAll("'", '%27'));
      expect(decodeURIComponent(url.pathname)).not.toMatch(/\/\/|\/\.\.?(\/|$)|\\/);
    }),
  );
  expect(letThrough).toBeGreaterThan(0);
});

test.each(['/', '/geminix', '/geminix/v1', '/api/gemini/', '/Gemini/v1', 'http://evil.example/gemini/v1'])(
  '%s is none of the proxy',
  (target) => {
    expect(isProxied(target)).toBe(false);
  },
);

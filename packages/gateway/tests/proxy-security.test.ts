/**
 * What a proxy that holds keys must not do: LiteLLM CVE-2024-6587 (a client that names the upstream is sent the key), and the
 * ways in of security.test.ts, tried on it. In every test the upstream writes down what reached it.
 */
import { describe, expect, test } from 'vitest';
import { errorOf, generate, type Proxied, prompt, startProxied } from './proxied.ts';
import { rawBytes, rawRequest } from './raw-request.ts';
import { type Seen, sayWith, startUpstream } from './upstream.ts';

const ownKey = 'CANARY-own-key';

async function setUp(headers?: Readonly<Record<string, string>>) {
  const upstream = await startUpstream(sayWith('so', headers));
  return { upstream, proxied: await startProxied(upstream.url, { ownKey }) };
}

describe('where a request goes is not the client’s to say', () => {
  test.each([
    'http://evil.example/gemini/v1beta/models',
    'http://127.0.0.1:1/gemini/v1beta/models',
    '//evil.example/gemini/v1beta/models',
    '/gemini//evil.example/v1beta/models',
    '/gemini/..//evil.example/',
    '/gemini/v1beta/../../api/status',
    '/gemini/%2e%2e/api/status',
    '/gemini/v1beta%2f..%2f..%2fapi',
    '/gemini/v1beta\\..\\models',
    '/gemini/http://evil.example/',
    '/gemini/@evil.example',
    '/gemini/v1beta/models?x#@evil.example',
  ])('%s reaches nobody but the upstream, with nothing outside of its base', async (target) => {
    const { upstream, proxied } = await setUp();
    const head = `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\nx-goog-api-key: key\r\nConnection: close\r\n\r\n`;
    await rawBytes(proxied.port, head);
    for (const { url } of upstream.seen) expect(url).toMatch(/^\/(v1beta\/models|@evil\.example)$/);
  });

  test('headers that name another host, client or method change nothing', async () => {
    const { upstream, proxied } = await setUp();
    await proxied.ask('/gemini/v1beta/models', undefined, {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
      'x-real-ip': '1.2.3.4',
      'x-original-url': '/admin',
      'x-rewrite-url': '/admin',
      'x-http-method-override': 'DELETE',
      'x-goog-api-client': 'sdk/1',
    });
    const [{ method, url, headers }] = upstream.seen as [Seen];
    expect([method, url, headers.host]).toEqual(['GET', '/v1beta/models', new URL(upstream.url).host]);
    expect(headers['x-goog-api-client']).toBe('sdk/1');
    expect(JSON.stringify(headers)).not.toMatch(/evil|1\.2\.3\.4|admin|DELETE/);
  });

  test('an upgrade is refused, and CONNECT gets no connection', async () => {
    const { upstream, proxied } = await setUp();
    const upgrade = `GET /gemini/ws/live HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\nx-goog-api-key: key\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`;
    expect(await rawBytes(proxied.port, upgrade)).toMatch(/^HTTP\/1\.1 501 /);
    const connect = `CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\n\r\n`;
    expect(await rawBytes(proxied.port, connect)).not.toMatch(/ 200 /);
    expect(upstream.seen).toEqual([]);
  });

  test('an offer to go on in another version of HTTP is not taken, and no reason to refuse', async () => {
    const { upstream, proxied } = await setUp();
    // As Java's own client asks.
    const { status } = await rawRequest(proxied.port, {
      method: 'POST',
      path: generate,
      headers: {
        'x-goog-api-key': 'key',
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA',
      },
      body: prompt('Why?'),
    });
    expect(status).toBe(200);
    expect(upstream.seen.map(({ body, headers }) => [body, headers.upgrade])).toEqual([
      [prompt('Why?'), undefined],
    ]);
  });

  test.each(['PUT', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'])('%s is refused', async (method) => {
    const { upstream, proxied } = await setUp();
    const { status, headers } = await rawRequest(proxied.port, {
      method,
      path: '/gemini/v1beta/models',
      headers: { 'x-goog-api-key': 'key' },
    });
    expect([status, headers.allow]).toEqual([405, 'GET, POST, PATCH, DELETE']);
    expect(upstream.seen).toEqual([]);
  });
});

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    '%i is not followed, and where it led to is not told',
    async (status) => {
      const other = await startUpstream(sayWith('stolen'));
      const upstream = await startUpstream((response) => {
        response.writeHead(status, { location: `${other.url}/CANARY` }).end();
      });
      const proxied = await startProxied(upstream.url);
      const asked = [
        await proxied.ask(generate, prompt('Why?')),
        await proxied.ask('/gemini/v1beta/models'),
        await proxied.ask('/gemini/upload/v1beta/files', '{}', { 'x-goog-upload-command': 'start' }),
      ];
      for (const answer of asked) {
        expect([answer.status, errorOf(answer).status]).toEqual([502, 'UNAVAILABLE']);
        expect(errorOf(answer).message).toContain(`redirect (${status})`);
        expect(JSON.stringify(answer.headers) + answer.body).not.toContain('CANARY');
      }
      expect(other.seen).toEqual([]);
      expect(upstream.seen).toHaveLength(3);
    },
  );
});

describe('keys', () => {
  const places = (key: string): [string, Readonly<Record<string, string>>][] => [
    ['', { 'x-goog-api-key': key }],
    [`?key=${key}`, { 'x-goog-api-key': '' }],
    ['', { 'x-goog-api-key': '', authorization: `Bearer ${key}` }],
  ];

  test('of clients are handed on once, and only as what they are', async () => {
    const { upstream, proxied } = await setUp();
    for (const [query, headers] of places('CANARY-theirs')) {
      await proxied.ask(generate + query, prompt(`${query}${JSON.stringify(headers)}`), headers);
    }
    expect(upstream.seen.map(({ url }) => url)).toEqual(Array(3).fill(generate.slice('/gemini'.length)));
    const sent = upstream.seen.map(({ headers }) => [headers['x-goog-api-key'], headers.authorization]);
    expect(sent).toEqual([
      ['CANARY-theirs', undefined],
      ['CANARY-theirs', undefined],
      [undefined, 'Bearer CANARY-theirs'],
    ]);
  });

  test('of the gateway are put in for its token, which goes nowhere', async () => {
    const { upstream, proxied } = await setUp();
    for (const [index, [query, headers]] of places(proxied.token).entries()) {
      const { status, body } = await proxied.ask(generate + query, prompt(`Why ${index}?`), {
        ...headers,
        'holdfast-token': proxied.token,
        'holdfast-scope': 'a',
        cookie: `token=${proxied.token}`,
      });
      expect([status, body.toString()]).toEqual([200, expect.not.stringContaining('CANARY')]);
    }
    expect(upstream.seen).toHaveLength(3);
    for (const { headers, url, body } of upstream.seen) {
      expect(headers['x-goog-api-key']).toBe(ownKey);
      expect(JSON.stringify([headers, url, body])).not.toContain(proxied.token);
    }
  });

  test('that are missing, or a token without a key behind it, get nothing from the upstream', async () => {
    const upstream = await startUpstream(sayWith('so'));
    const proxied = await startProxied(upstream.url);
    for (const key of ['', proxied.token]) {
      const answer = await proxied.ask(generate, prompt('Why?'), { 'x-goog-api-key': key });
      expect([answer.status, errorOf(answer).status]).toEqual([401, 'UNAUTHENTICATED']);
      expect(errorOf(answer).message).toMatch(/^E_API_KEY: /);
      expect(answer.body.toString()).not.toContain(proxied.token);
    }
    expect(upstream.seen).toEqual([]);
  });
});

test('of headers only those that are known go either way', async () => {
  const { upstream, proxied } = await setUp({
    'set-cookie': 'CANARY=1',
    'x-canary': 'CANARY',
    server: 'CANARY',
    'alt-svc': 'h3="CANARY:443"',
    'access-control-allow-origin': '*',
    'x-frame-options': 'CANARY',
    'content-security-policy': 'CANARY',
    'x-goog-upload-url': 'https://provider.example/upload?id=1',
  });
  const canaries = {
    cookie: 'CANARY=1',
    'x-canary': 'CANARY',
    traceparent: '00-CANARY',
    referer: 'http://CANARY/',
    'proxy-authorization': 'Basic CANARY',
    'x-goog-upload-command': 'start',
  };
  const asked = [
    await proxied.ask(generate, prompt('Why?'), canaries),
    await proxied.ask('/gemini/upload/v1beta/files', '{}', canaries),
  ];
  for (const { headers } of upstream.seen) expect(JSON.stringify(headers)).not.toContain('CANARY');
  expect(upstream.seen[1]?.headers['x-goog-upload-command']).toBe('start');
  for (const { status, headers } of asked) {
    expect(status).toBe(200);
    expect(JSON.stringify(headers)).not.toContain('CANARY');
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers).toMatchObject({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
  }
  expect(asked[1]?.headers['x-goog-upload-url']).toBe('https://provider.example/upload?id=1');
});

describe('pages and foreign names', () => {
  const sent = (proxied: Proxied, headers: Readonly<Record<string, string>>, method = 'GET') =>
    rawRequest(proxied.port, {
      method,
      path: `/gemini/v1beta/models?key=${proxied.token}`,
      headers,
    });

  test.each([
    ['another Host', { host: 'evil.example' }],
    ['another origin', { origin: 'http://evil.example' }],
    ['no origin to speak of', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port', { 'sec-fetch-site': 'same-site' }],
    [
      'a link',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
  ])('%s is refused, in the words of Gemini and without a word for CORS', async (_, headers) => {
    const { upstream, proxied } = await setUp();
    const { status, body, headers: answered } = await sent(proxied, headers);
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({
      error: {
        code: 403,
        message: expect.stringMatching(/^E_(HOST|ORIGIN): /),
        status: 'PERMISSION_DENIED',
      },
    });
    expect(Object.keys(answered).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(upstream.seen).toEqual([]);
  });

  test('two Host headers, and a preflight, are refused', async () => {
    const { upstream, proxied } = await setUp();
    const twice = `GET /gemini/v1beta/models HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\nHost: evil.example\r\nx-goog-api-key: key\r\nConnection: close\r\n\r\n`;
    expect(await rawBytes(proxied.port, twice)).toMatch(/^HTTP\/1\.1 400 /);
    const preflight = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    expect((await sent(proxied, preflight, 'OPTIONS')).status).toBe(403);
    expect(upstream.seen).toEqual([]);
  });
});

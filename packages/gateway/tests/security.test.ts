/**
 * The ways in through which other local servers were attacked, each tried on a real one: Vite CVE-2025-24010 and
 * esbuild GHSA-67mh-4wv8-2f99 (pages of other origins), Ollama CVE-2024-28224 (DNS rebinding), MCP Inspector
 * CVE-2025-49596 (no authentication), Ray CVE-2026-27482 (methods forbidden by name, and DELETE forgotten).
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Command, makeFolder, startServe } from './command.ts';
import { rawBytes, rawRequest } from './raw-request.ts';

const secret = 'CANARY-OUTSIDE-OF-THE-FOLDER';

let home: string;
let command: Command;
let port: number;
let token: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-security-'));
  mkdirSync(join(home, 'served'));
  writeFileSync(join(home, 'outside.ts'), `export const x = '${secret}';\n`);
  writeFileSync(join(home, 'served/a.ts'), 'export const a = 1;\n');
  writeFileSync(join(home, 'served/.env'), `KEY=${secret}\n`);
  writeFileSync(join(home, 'served/.gitignore'), '.env\n');
  symlinkSync('../outside.ts', join(home, 'served/link.ts'));
  command = new Command(['serve', join(home, 'served'), '--port', '0']);
  const match = await command.line(/^open http:\/\/127\.0\.0\.1:(\d+)\/#token=(\S+)$/);
  port = Number(match[1]);
  token = match[2] as string;
  await command.line(/^ready/);
});

afterAll(async () => {
  command.process.kill('SIGTERM');
  const code = await command.exited;
  rmSync(home, { recursive: true });
  expect(code).toBe(0);
});

const bearer = () => ({ authorization: `Bearer ${token}` });
const gettable = ['status', 'stats', 'store', 'outlines', 'events', 'lab'];
const posts = ['refresh', 'invalidate', 'lab/herd', 'lab/mood', 'lab/expire', 'lab/reset'];
const codeOf = (body: string) => (JSON.parse(body) as { error: { code: string } }).error.code;

describe('the token', () => {
  test.each([
    ['none', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['a wrong one', { authorization: `Bearer ${'x'.repeat(43)}` }],
    ['one in another scheme', { authorization: 'Basic eDp5' }],
  ])('%s is refused on every route of the API', async (_, headers) => {
    const gets = [...gettable, 'outline?path=a.ts', 'summary?path=a.ts', 'why?path=a.ts', 'symbol?name=a'];
    for (const path of gets.map((path) => `/api/${path}`)) {
      const { status, body, headers: answered } = await rawRequest(port, { path, headers });
      expect({ path, status, code: codeOf(body) }).toEqual({ path, status: 401, code: 'E_TOKEN' });
      expect(answered['www-authenticate']).toBe('Bearer');
      expect(body).not.toContain(token);
    }
    for (const path of posts.map((path) => `/api/${path}`)) {
      expect({ path, status: (await rawRequest(port, { method: 'POST', path, headers })).status }).toEqual({
        path,
        status: 401,
      });
    }
  });

  test('the right one is accepted as a Bearer header, and as nothing else', async () => {
    expect((await rawRequest(port, { headers: bearer() })).status).toBe(200);
    expect((await rawRequest(port, { headers: { cookie: `token=${token}` } })).status).toBe(401);
    const inQuery = await rawRequest(port, { path: `/api/status?token=${token}`, headers: bearer() });
    expect([inQuery.status, codeOf(inQuery.body)]).toEqual([400, 'E_QUERY']);
  });

  test('another start has another token', async () => {
    const other = await startServe(makeFolder({ 'a.ts': '' }));
    expect(other.token).not.toBe(token);
    expect((await rawRequest(other.port, { headers: bearer() })).status).toBe(401);
  });

  test('it is not asked for where nothing is told: health and the files of the page', async () => {
    for (const path of ['/livez', '/readyz']) {
      const { status, body } = await rawRequest(port, { path });
      expect(status).toBe(200);
      expect(Object.keys(JSON.parse(body) as object)).toEqual(['status']);
    }
    const { body } = await rawRequest(port, { path: '/' });
    expect(body).not.toContain(token);
  });
});

describe('the Host header', () => {
  test.each([
    'evil.example',
    'localhost.evil.example:PORT',
    '127.0.0.1',
    '127.0.0.1:1',
    '0.0.0.0:PORT',
    '[::2]:PORT',
  ])('%s is refused everywhere, with the right token', async (name) => {
    const host = name.replace('PORT', String(port));
    for (const path of ['/', '/livez', '/api/status']) {
      const { status, body } = await rawRequest(port, { path, headers: { ...bearer(), host } });
      expect([status, codeOf(body)]).toEqual([403, 'E_HOST']);
    }
  });

  test.each(['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT', '[::1]:PORT'])(
    '%s is accepted',
    async (name) => {
      const host = name.replace('PORT', String(port));
      expect((await rawRequest(port, { headers: { ...bearer(), host } })).status).toBe(200);
    },
  );

  test('two of them, and an absolute address in their place, are refused', async () => {
    const twice = `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`;
    expect(await rawBytes(port, twice)).toMatch(/^HTTP\/1\.1 400 /);
    const absolute = `GET http://evil.example/api/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`;
    expect(await rawBytes(port, absolute)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('pages of elsewhere', () => {
  test.each([
    'http://evil.example',
    'null',
    'http://127.0.0.1:1',
    'https://127.0.0.1:PORT',
    'http://localhost:PORT',
  ])('the origin %s is refused for a request to 127.0.0.1, and allowed nothing by CORS', async (name) => {
    const headers = { ...bearer(), origin: name.replace('PORT', String(port)) };
    for (const options of [{ path: '/api/status' }, { path: '/api/refresh', method: 'POST' }]) {
      const { status, body, headers: answered } = await rawRequest(port, { ...options, headers });
      expect([status, codeOf(body)]).toEqual([403, 'E_ORIGIN']);
      expect(Object.keys(answered).filter((header) => header.startsWith('access-control'))).toEqual([]);
    }
  });

  test.each(['cross-site', 'same-site'])(
    'Sec-Fetch-Site %s is refused, but for following a link to the page',
    async (site) => {
      const headers = { ...bearer(), 'sec-fetch-site': site };
      for (const path of ['/', '/main.js', '/api/status']) {
        expect((await rawRequest(port, { path, headers })).status).toBe(403);
      }
      const link = { ...headers, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
      expect((await rawRequest(port, { path: '/api/status', headers: link })).status).toBe(403);
      expect((await rawRequest(port, { path: '/', headers: link })).status).not.toBe(403);
      const framed = { ...link, 'sec-fetch-dest': 'iframe' };
      expect((await rawRequest(port, { path: '/', headers: framed })).status).toBe(403);
    },
  );

  test('its own page is let in', async () => {
    const headers = { ...bearer(), origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' };
    expect((await rawRequest(port, { path: '/api/refresh', method: 'POST', headers })).status).toBe(200);
  });

  test('a preflight is refused', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    const { status, headers: answered } = await rawRequest(port, {
      method: 'OPTIONS',
      path: '/api/refresh',
      headers,
    });
    expect(status).toBe(403);
    expect(answered['access-control-allow-origin']).toBeUndefined();
  });
});

describe('methods', () => {
  const others = ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD', 'PROPFIND', 'QUERY'];
  test.each([...others, 'POST'])('%s is refused where only GET is allowed', async (method) => {
    for (const path of [
      '/api/status',
      '/api/stats',
      '/api/store',
      '/api/outline?path=a.ts',
      '/api/outlines',
      '/api/why?path=a.ts',
      '/api/symbol?name=a',
      '/api/events',
      '/api/lab',
    ]) {
      const { status, headers } = await rawRequest(port, { method, path, headers: bearer() });
      expect({ path, status, allow: headers.allow }).toEqual({ path, status: 405, allow: 'GET' });
    }
  });

  test.each([...others, 'GET'])('%s is refused where only POST is allowed', async (method) => {
    for (const path of posts.map((path) => `/api/${path}`)) {
      const { status, headers } = await rawRequest(port, { method, path, headers: bearer() });
      expect({ path, status, allow: headers.allow }).toEqual({ path, status: 405, allow: 'POST' });
    }
  });

  test.each(['DELETE', 'PUT', 'POST', 'OPTIONS', 'TRACE'])(
    '%s is refused on the page and on health',
    async (method) => {
      for (const path of ['/', '/livez', '/readyz']) {
        expect((await rawRequest(port, { method, path })).status).toBe(405);
      }
    },
  );

  test('CONNECT and an upgrade get no connection', async () => {
    expect(
      await rawBytes(port, `CONNECT evil.example:80 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`),
    ).not.toMatch(/ 200 /);
    const upgrade = `GET /api/status HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`;
    expect(await rawBytes(port, upgrade)).toMatch(/^HTTP\/1\.1 401 |^$/);
  });
});

describe('paths', () => {
  test.each([
    ['../outside.ts', 403],
    ['..%2foutside.ts', 403],
    ['/etc/passwd', 403],
    ['a.ts/../../outside.ts', 403],
    ['..\\outside.ts', 404],
    ['a.ts%00', 400],
    ['', 400],
    ['.', 404],
    ['link.ts', 404],
    ['.env', 404],
    ['.holdfast/servers/PORT.json', 404],
    ['missing.ts', 404],
  ])('the outline and the why of path=%s answer %i and nothing from outside', async (path, expected) => {
    const query = path.includes('%') ? path : encodeURIComponent(path.replace('PORT', String(port)));
    for (const route of ['outline', 'why']) {
      const { status, body } = await rawRequest(port, {
        path: `/api/${route}?path=${query}`,
        headers: bearer(),
      });
      expect(body).not.toContain(secret);
      expect(body).not.toContain(home);
      expect({ status, body }).toEqual({ status: expected, body: expect.stringContaining('"error"') });
    }
  });

  test('no symbol of a file that an ignore file hides, or that a link leads out to, is found', async () => {
    for (const name of ['KEY', 'x']) {
      const { status, body } = await rawRequest(port, {
        path: `/api/symbol?name=${name}`,
        headers: bearer(),
      });
      expect([status, (JSON.parse(body) as { total: number }).total]).toEqual([200, 0]);
      expect(body).not.toContain(secret);
    }
  });

  test('a file that becomes a link out of the folder is not followed', async () => {
    const file = join(home, 'served/turns.ts');
    writeFileSync(file, 'export const turns = 1;\n');
    expect((await rawRequest(port, { path: '/api/outline?path=turns.ts', headers: bearer() })).status).toBe(
      200,
    );
    rmSync(file);
    symlinkSync('../outside.ts', file);
    const { status, body } = await rawRequest(port, {
      path: '/api/outline?path=turns.ts',
      headers: bearer(),
    });
    // Another look at the folder may have come before: then it is no source file of it any more.
    expect([403, 404]).toContain(status);
    expect(body).not.toContain(secret);
  });

  test.each([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '//etc/passwd',
    '/main.js.map',
    '/main.d.ts',
    '/.tsbuildinfo',
  ])('the page has no file %s', async (path) => {
    expect((await rawRequest(port, { path })).status).toBe(404);
  });

  test('a path twice, or another parameter, is refused', async () => {
    for (const query of ['path=a.ts&path=b.ts', 'path=a.ts&x=1', '']) {
      const { status } = await rawRequest(port, { path: `/api/outline?${query}`, headers: bearer() });
      expect(status).toBe(400);
    }
  });
});

describe('bodies', () => {
  const post = (body: string, headers: Readonly<Record<string, string>> = {}, path = '/api/invalidate') =>
    rawRequest(port, {
      method: 'POST',
      path,
      headers: { ...bearer(), 'content-type': 'application/json', ...headers },
      body,
    });

  test('a body over the limit is refused, announced or not', async () => {
    const big = JSON.stringify({ path: 'x'.repeat(20_000) });
    expect((await post(big, { 'content-length': String(big.length) })).status).toBe(413);
    expect((await post(big, { 'transfer-encoding': 'chunked' })).status).toBe(413);
  });

  test.each([
    ['without the token', 401, {}],
    ['from a page of elsewhere', 403, { authorization: 'own', origin: 'http://evil.example' }],
    ['of no declared type', 415, { authorization: 'own', 'content-type': 'text/plain' }],
    ['where none belongs', 400, { authorization: 'own' }],
  ])('a body %s is not read: %i, and the connection ends', async (_, status, headers) => {
    const path = status === 400 ? '/api/refresh' : '/api/invalidate';
    const lines = Object.entries({ 'content-type': 'application/json', ...headers }).map(
      ([name, value]) => `${name}: ${value === 'own' ? `Bearer ${token}` : value}\r\n`,
    );
    // The rest of the body never comes: whoever waits for it does not answer, and who keeps the connection never ends.
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${lines.join('')}Content-Length: 1000\r\n\r\n{`;
    expect(await rawBytes(port, head)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('a refused body that has been read leaves the connection as it is', async () => {
    const { headers } = await post('{"path":1}', { connection: 'keep-alive' });
    expect(headers.connection).toBe('keep-alive');
  });

  test.each([
    ['no JSON', '{"path":', 400],
    ['no object', '["a.ts"]', 400],
    ['null', 'null', 400],
    ['a number for a path', '{"path":1}', 400],
    ['a field too many', '{"path":"a.ts","kind":"outline"}', 400],
    ['a path out of the folder', '{"path":"../outside.ts"}', 403],
    ['an unknown kind', '{"kind":"nope"}', 400],
  ])('%s is refused', async (_, body, status) => {
    expect((await post(body)).status).toBe(status);
  });

  test('an unknown kind is answered with the kinds that there are', async () => {
    const { body } = await post('{"kind":"nope"}');
    expect(JSON.parse(body)).toEqual({
      error: {
        code: 'E_UNKNOWN_KIND',
        message:
          "there is no such kind: this server has 'outline', 'symbols', 'symbol_index', 'summary', 'exchange'",
      },
    });
  });

  test('a body that is not declared as JSON is refused, as a form of another page would be', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect((await post('{"path":"a.ts"}', { 'content-type': type })).status).toBe(415);
    }
  });

  test.each([0, -1, 1.5, 10_001, '10', null])('a herd of %s callers is refused', async (callers) => {
    const { status } = await post(JSON.stringify({ callers }), {}, '/api/lab/herd');
    expect(status).toBe(400);
  });

  test('a client that leaves in the middle of its body is answered nothing, and is no error of the server', async () => {
    const before = command.output;
    const socket = connect(port, '127.0.0.1');
    const head = `POST /api/invalidate HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n`;
    // The interim answer says that the server reads the body now.
    socket.write(
      `${head}Content-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n`,
    );
    await new Promise((resolve) => socket.once('data', resolve));
    await new Promise((resolve) => socket.once('close', resolve).destroy());
    expect((await post('{"path":"a.ts"}')).status).toBe(200);
    expect(command.output).toBe(before);
  });

  test('a body where none belongs is refused', async () => {
    expect((await post('{}', {}, '/api/refresh')).status).toBe(400);
  });
});

test('every answer, refusals included, carries the security headers', async () => {
  for (const path of ['/', '/livez', '/api/status', '/nowhere']) {
    const { headers } = await rawRequest(port, { path, headers: bearer() });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(headers['x-powered-by']).toBeUndefined();
  }
});

test('nothing that was asked for in these tests reached the terminal, and the token only in the address', () => {
  expect(command.output.split(token)).toHaveLength(2);
  expect(command.output).not.toContain(secret);
  expect(existsSync(join(home, 'served/.holdfast/.gitignore'))).toBe(true);
  expect(readFileSync(join(home, 'outside.ts'), 'utf8')).toContain(secret);
});

/** `holdfast serve` as a proxy: what an unchanged program gets by an environment variable, and what is kept of it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sqliteStore } from 'holdfast/sqlite';
import { type FakeGemini, startFakeGemini } from 'holdfast/testing';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { InvalidateAnswer } from '../src/api/index.ts';
import { makeFolder, runCommand, type Server, startServe } from './command.ts';
import { EventReader } from './event-reader.ts';
import { errorOf, generate, model, prompt, send, stream } from './proxied.ts';
import { sayWith, startUpstream } from './upstream.ts';

const token = 'a-token-that-stays-the-same-0123456789';
const ownKey = 'CANARY-own-key';
const clientKey = 'CANARY-client-key';
const secrets = { question: 'CANARY-question', answer: 'CANARY-answer' };

let fake: FakeGemini;
let folder: string;

beforeEach(async () => {
  fake = await startFakeGemini();
  folder = makeFolder({ 'a.ts': 'export const a = 1;\n' });
});
afterEach(() => fake.close());

const serve = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}, upstream = fake.url) =>
  startServe(folder, ['--port', '0', '--gemini-upstream', upstream, ...args], {
    env: { HOLDFAST_TOKEN: token, GEMINI_API_KEY: '', GOOGLE_API_KEY: '', ...env },
  });
const ask = ({ port }: Server, path: string, text: string, key = 'key', more = {}) =>
  send(port, path, prompt(text), { 'x-goog-api-key': key, ...more });

/** Runs a program of the official client that is set up by its environment. */
async function runProgram(env: NodeJS.ProcessEnv, contents: string, callers: number): Promise<string[]> {
  const program = fileURLToPath(new URL('unchanged-program.ts', import.meta.url));
  const child = spawn(process.execPath, [program, model, contents, String(callers)], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return output.trimEnd().split('\n');
}

describe('an unchanged program', () => {
  test.each([
    ['its own key', 'a-key-of-its-own', 'a-key-of-its-own'],
    ['the token of the gateway for a key', token, ownKey],
  ])('asks once for all of its callers, with %s', async (_, key, sent) => {
    const upstream = await startUpstream(sayWith('So it is.'));
    const server = await serve([], { GEMINI_API_KEY: ownKey }, upstream.url);
    const url = `http://127.0.0.1:${server.port}/gemini`;
    const env = { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: key };
    expect(await runProgram(env, 'Why?', 1)).toEqual(['So it is.']);
    expect(await runProgram(env, 'Why?', 10)).toEqual(Array(10).fill('So it is.'));
    expect(upstream.seen.map(({ headers }) => headers['x-goog-api-key'])).toEqual([sent]);
  });

  test('coalesces what it asks at the same moment, as a document and as a stream', async () => {
    const server = await serve();
    const url = `http://127.0.0.1:${server.port}/gemini`;
    const gate = fake.hold();
    const running = runProgram({ GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'key' }, 'Why?', 10);
    await fake.received(1);
    gate.release();
    expect(new Set(await running).size).toBe(1);
    expect(fake.stats().requests).toBe(1);
  });

  test('sees nothing of failures that pass: they are waited for and tried again', async () => {
    const server = await serve();
    const url = `http://127.0.0.1:${server.port}/gemini`;
    fake.next({ fail: '429', retryDelay: '0.1s' }, { fail: '503' }, { reply: 'So it is.' });
    const env = { GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: 'key' };
    expect(await runProgram(env, 'Why?', 1)).toEqual(['So it is.']);
    expect(fake.stats()).toMatchObject({ requests: 3, failures: { '429': 1, '503': 1 } });
  });
});

test('the terminal says where the proxy is, and with which keys', async () => {
  const place = (server: Server) =>
    `GOOGLE_GEMINI_BASE_URL=http://127.0.0.1:${server.port}/gemini with your API key`;
  const plain = await serve();
  expect(plain.command.stdout).toContain(`\n${fake.url} through the cache: ${place(plain)}\n`);
  const keyed = await serve([], { GOOGLE_API_KEY: ownKey });
  expect(keyed.command.stdout).toContain(
    `${place(keyed)} (or with the token in its place, for GOOGLE_API_KEY)\n`,
  );
  const file = join(folder, 'key.txt');
  writeFileSync(file, `${ownKey}\n`, { mode: 0o644 });
  const filed = await serve(['--api-key-file', file], { GOOGLE_API_KEY: 'other' });
  expect(filed.command.stdout).toContain(`for ${JSON.stringify(file)})\n`);
  expect(filed.command.stdout).toMatch(/^warning: others can read the API key file /);
  for (const { command } of [plain, keyed, filed]) expect(command.output).not.toContain('CANARY');
});

test('an answer outlives the server, and another start has the same token where it is given', async () => {
  const first = await serve();
  const made = await ask(first, stream, 'Why?');
  expect(await first.stop()).toBe(0);
  const second = await serve();
  expect(second.token).toBe(token);
  for (const outcome of ['stored', 'hit']) {
    const again = await ask(second, stream, 'Why?');
    expect(again.headers['holdfast-outcome']).toBe(outcome);
    expect(again.body.equals(made.body)).toBe(true);
  }
  expect((await ask(second, stream, 'Why?', 'other-key')).headers['holdfast-outcome']).toBe('generated');
  expect(fake.stats().requests).toBe(2);
});

test('the ledger has a line for exchanges: on the page, in stats, over all runs; and they can be invalidated', async () => {
  const server = await serve();
  const events = await EventReader.open(server);
  for (let time = 0; time < 3; time += 1) await ask(server, generate, 'Why?');
  const { kinds } = await events.next('stats', ({ kinds }) => kinds.exchange?.calls === 3);
  expect(kinds.exchange).toMatchObject({
    outcomes: { generated: 1, hit: 2 },
    // The upstream is on this machine: nothing of it is money.
    spent: { usd: 0, inputTokens: 0 },
    simulated: { spent: { inputTokens: expect.any(Number) } },
  });
  const { stdout } = await runCommand(['stats', folder]);
  expect(stdout).toMatch(/\n {2}exchange +1, \d+ bytes/);
  expect(await server.json<InvalidateAnswer>('/api/invalidate', { kind: 'exchange' })).toEqual({ count: 1 });
  expect((await ask(server, generate, 'Why?')).headers['holdfast-outcome']).toBe('generated');
  await server.stop();
  expect((await runCommand(['stats', folder])).stdout).toMatch(/exchange +4 calls: 2 hit, 2 generated/);
});

test('three hundred who follow one stream are one call', async () => {
  const server = await serve();
  const gate = fake.hold();
  const asked = Array.from({ length: 300 }, () => ask(server, stream, 'Why?'));
  await fake.received(1);
  gate.release();
  const bodies = (await Promise.all(asked)).map(({ body }) => body.toString());
  expect(new Set(bodies).size).toBe(1);
  expect(fake.stats().requests).toBe(1);
});

test('keys, questions and answers stand nowhere but where answers are kept', async () => {
  fake.always({ reply: `${secrets.answer} one two three` });
  const server = await serve([], { GEMINI_API_KEY: ownKey });
  const asked = [
    await ask(server, generate, secrets.question, clientKey),
    await ask(server, stream, secrets.question, token),
    await ask(server, `${stream}&key=${clientKey}`, `${secrets.question} again`, ''),
  ];
  for (const { body } of asked) expect(body.toString()).toContain(secrets.answer);
  fake.always({ fail: '400' });
  const failed = [
    await ask(server, generate, `${secrets.question} fails`, clientKey),
    await ask(server, generate, secrets.question, clientKey, { 'holdfast-ttl': 'soon' }),
    await ask(server, `/gemini/${clientKey}/../x`, secrets.question, clientKey),
    await ask(server, '/gemini/v1beta/unknown', secrets.question, clientKey),
  ];
  for (const { status, headers, body } of failed) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(`${JSON.stringify(headers)}${body}`).not.toContain('CANARY');
  }
  const told = await Promise.all(
    ['status', 'stats', 'store', 'outlines', 'lab'].map(async (path) =>
      JSON.stringify(await server.json(`/api/${path}`)),
    ),
  );
  expect(told.join()).not.toContain('CANARY');
  const events = await EventReader.open(server);
  expect(JSON.stringify(await events.next('stats'))).not.toContain('CANARY');
  expect(await server.stop()).toBe(0);
  expect(server.command.output).not.toContain('CANARY');

  const home = join(folder, '.holdfast');
  for (const name of readdirSync(home, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const bytes = readFileSync(join(name.parentPath, name.name));
    expect([name.name, bytes.includes('CANARY-own'), bytes.includes('CANARY-client')]).toEqual([
      name.name,
      false,
      false,
    ]);
  }
  // Records are compressed: what they hold is read through the store.
  const store = await sqliteStore(join(home, 'store.sqlite'));
  const records: string[] = [];
  for await (const { envelope } of store.scan({ kind: 'exchange' }))
    records.push(Buffer.from(envelope).toString());
  await store.close();
  expect(records).toHaveLength(3);
  for (const record of records) {
    expect(record).toContain(secrets.answer);
    for (const secret of [ownKey, clientKey, token, secrets.question]) expect(record).not.toContain(secret);
  }
});

test('a server that is stopped gives a stream under way an end, and leaves nothing running', async () => {
  const server = await serve();
  fake.next({ reply: 'one two three four', hang: true, afterChunks: 2 });
  const url = `http://127.0.0.1:${server.port}${stream}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'key' },
    body: prompt('Why?'),
  });
  const text = response.text();
  await fake.received(1);
  expect(await server.stop()).toBe(0);
  const last = (await text).trimEnd().split('\r\n\r\n').at(-1) ?? '';
  expect(JSON.parse(last.slice('data: '.length))).toMatchObject({
    error: { code: 503, message: expect.stringMatching(/^E_CLOSED: /) },
  });
  await fake.idle();
});

describe('options', () => {
  test('limits hold for each key, and who cannot be let in is told at once', async () => {
    const limits = join(folder, 'limits.json');
    writeFileSync(limits, '{ "*": { "inputTokensPerMinute": 20 } }');
    const server = await serve(['--gemini-limits', limits]);
    const refused = await ask(server, generate, 'x'.repeat(1_000));
    expect([refused.status, errorOf(refused).message]).toEqual([
      429,
      expect.stringMatching(/^E_RATE_LIMITED: /),
    ]);
    expect((await ask(server, generate, 'Why?')).status).toBe(200);
    expect(fake.stats().requests).toBe(1);
  });

  test('the longest body can be given', async () => {
    const server = await serve(['--max-body', '2KiB']);
    expect((await ask(server, generate, 'x'.repeat(1_900))).status).toBe(200);
    const refused = await ask(server, generate, 'x'.repeat(2_100));
    expect([refused.status, errorOf(refused).message]).toEqual([413, expect.stringContaining('2048 bytes')]);
  });

  test('there need be no proxy', async () => {
    const server = await serve(['--no-proxy']);
    expect(server.command.stdout).not.toContain('GOOGLE_GEMINI_BASE_URL');
    const { status, body } = await ask(server, generate, 'Why?');
    expect([status, JSON.parse(body.toString())]).toEqual([
      404,
      { error: { code: 'E_ROUTE', message: 'this server was started without the proxy' } },
    ]);
  });

  test.each([
    [['--max-body', '5'], {}, 2, "--max-body must be a size from 1KiB to 1GiB such as 20MiB, not '5'"],
    [['--gemini-upstream', 'http://evil.example'], {}, 2, '--gemini-upstream must begin with https://'],
    [[], { HOLDFAST_GEMINI_UPSTREAM: 'x' }, 2, 'HOLDFAST_GEMINI_UPSTREAM must be an address'],
    [[], { HOLDFAST_TOKEN: 'CANARY' }, 2, 'HOLDFAST_TOKEN must have 32 to 256 letters'],
    [[], { GEMINI_API_KEY: 'CANARY key' }, 1, 'GEMINI_API_KEY holds what is no API key'],
    // A command line is seen by others: the key is no part of it.
    [['--api-key', 'CANARY'], {}, 2, 'holdfast serve has no option --api-key; did you mean --api-key-file?'],
    [['--api-key-file', 'missing'], {}, 1, 'the API key file "missing" does not exist'],
    [['--gemini-limits', 'missing'], {}, 1, 'the limits file "missing" does not exist'],
    [['--gemini-limits', 'a.ts'], {}, 1, 'the limits file "a.ts": is no JSON'],
  ])('%j with %j end in one line that says what is wrong', async (args, env, code, message) => {
    const done = await runCommand(['serve', ...args], { cwd: folder, env });
    expect(done).toMatchObject({ code, stdout: '' });
    expect(done.output).toContain(`holdfast: ${message}`);
    expect(done.output.trimEnd()).not.toMatch(/\n|CANARY/);
  });

  test('a server that would hand requests on to itself does not start', async () => {
    const server = await serve();
    const { port } = server;
    await server.stop();
    const args = [
      'serve',
      folder,
      '--port',
      String(port),
      '--gemini-upstream',
      `http://localhost:${port}/gemini`,
    ];
    expect(await runCommand(args)).toMatchObject({
      code: 2,
      output: 'holdfast: the upstream of Gemini is this server itself: give another one\n',
    });
  });
});

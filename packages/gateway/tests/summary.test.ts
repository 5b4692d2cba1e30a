import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeGemini, startFakeGemini } from 'holdfast/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StatsAnswer, Status, StoreAnswer, SummaryAnswer, WhyAnswer } from '../src/api/index.ts';
import { makeFolder, runCommand, type Server, startServe } from './command.ts';

const key = 'CANARY-KEY';
const model = 'gemini-2.5-flash';
const said = 'It adds CANARY-ANSWER to one.';
const sources = {
  'a.ts': '// CANARY-TEXT\nexport const a = 1;\n',
  '.env': 'TOKEN=CANARY-SECRET\n',
  '.gitignore': 'ignored.ts\n',
  'ignored.ts': 'export const ignored = 1;\n',
};

let fake: FakeGemini;
beforeEach(async () => {
  fake = await startFakeGemini({ reply: said });
});
afterEach(() => fake.close());

const calls = () => fake.stats().calls.generateContent;
/** Whatever keys the machine has are not meant. */
const withKey = (text = key) => ({
  GEMINI_API_KEY: text,
  GOOGLE_API_KEY: '',
  HOLDFAST_GEMINI_UPSTREAM: fake.url,
  HOLDFAST_SUMMARY_MODEL: '',
});
const serve = (folder: string, env = withKey()) => startServe(folder, ['--port', '0'], { env });
const ask = (folder: string, args: readonly string[], env = withKey()) =>
  runCommand(['summary', ...args], { cwd: folder, env });

async function askProxy({ port, token }: Server): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/gemini/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    headers: { 'x-goog-api-key': token, 'content-type': 'application/json' },
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'What is b?' }] }] }),
  });
  expect(response.status).toBe(200);
  await response.text();
}

describe('a server', () => {
  test('summarises a file when it is asked to, and no other', async () => {
    const server = await serve(makeFolder(sources));
    expect((await server.json<Status>('/api/status')).summary).toEqual({
      model,
      hasKey: true,
      recipient: new URL(fake.url).host,
    });
    const kept = '/api/summary?path=a.ts&mode=cached';
    expect(await server.json(kept)).toMatchObject({ by: 'outline', because: 'not asked' });
    expect(fake.stats().requests).toBe(0);
    const made = await server.json<SummaryAnswer>('/api/summary?path=a.ts');
    expect(made).toMatchObject({
      path: 'a.ts',
      text: said,
      by: 'gemini',
      model,
      outcome: 'generated',
      stale: false,
    });
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject({ text: said, outcome: 'hit' });
    expect(await server.json(kept)).toMatchObject({ text: said, outcome: 'hit' });
    expect(calls()).toBe(1);
    const { kinds } = await server.json<StatsAnswer>('/api/stats');
    expect(kinds.summary).toMatchObject({ calls: 2, entries: 1, generations: { succeeded: 1 } });
    const { entries } = await server.json<WhyAnswer>('/api/why?path=a.ts');
    expect(entries.map(({ entry }) => entry)).toContain('summary(a.ts)');
    expect(await server.json('/api/invalidate', { kind: 'summary' })).toEqual({ count: 1 });
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject({ outcome: 'generated' });
  });

  test('an edit makes it again once somebody asks', async () => {
    const folder = makeFolder(sources);
    const server = await serve(folder);
    await server.json('/api/summary?path=a.ts');
    writeFileSync(join(folder, 'a.ts'), '// edited\nexport const a = 1;\n');
    await server.command.line(/^a\.ts changed → 1 of \d outlines, symbol index unchanged/);
    expect(calls()).toBe(1);
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject({ outcome: 'generated' });
    expect(calls()).toBe(2);
  });

  test('what cannot be asked is refused, and nothing is sent', async () => {
    const server = await serve(makeFolder(sources));
    for (const [query, status, code] of [
      ['path=missing.ts', 404, 'E_NOT_LISTED'],
      ['path=ignored.ts', 404, 'E_NOT_LISTED'],
      ['path=../a.ts', 403, 'E_OUTSIDE_ROOT'],
      ['path=a.ts&mode=refresh', 400, 'E_QUERY'],
      ['path=a.ts&key=x', 400, 'E_QUERY'],
      ['', 400, 'E_QUERY'],
    ]) {
      const response = await server.ask(`/api/summary?${query}`);
      expect([query, response.status, await response.json()]).toMatchObject([
        query,
        status,
        { error: { code } },
      ]);
    }
    expect(fake.stats().requests).toBe(0);
  });

  test('without a key, for a secret, and when Gemini fails, the outline answers and says why', async () => {
    const keyless = await serve(makeFolder(sources), withKey(''));
    expect((await keyless.json<Status>('/api/status')).summary).toMatchObject({ model, hasKey: false });
    const byOutline = { by: 'outline', text: expect.stringMatching(/^typescript, 2 lines/) };
    expect(await keyless.json('/api/summary?path=a.ts')).toMatchObject({ ...byOutline, because: 'no key' });

    const server = await serve(makeFolder(sources));
    expect(await server.json('/api/summary?path=.env')).toMatchObject({ by: 'outline', because: 'secret' });
    expect(fake.stats().requests).toBe(0);
    fake.next({ fail: '403' });
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject({
      ...byOutline,
      because: 'E_PROVIDER',
    });
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject({ by: 'gemini' });
  });

  test.each([
    ['clients of the proxy with the same key', []],
    ['earlier summaries, without the proxy', ['--no-proxy']],
  ])('shares the limits with %s', async (_, more) => {
    const limits = JSON.stringify({ [model]: { requestsPerMinute: 1 } });
    const folder = makeFolder({ ...sources, 'b.ts': 'export const b = 1;\n', 'limits.json': limits });
    const args = ['--port', '0', '--gemini-limits', join(folder, 'limits.json'), ...more];
    const server = await startServe(folder, args, { env: withKey() });
    if (more.length > 0) await server.json('/api/summary?path=b.ts');
    else await askProxy(server);
    expect(calls()).toBe(1);
    const limited = { by: 'outline', because: 'E_RATE_LIMITED', retryAt: expect.any(Number) };
    expect(await server.json('/api/summary?path=a.ts')).toMatchObject(limited);
    expect(calls()).toBe(1);
  });

  test('key, text and answer are in nothing that it prints or leaves, but the answer in its store', async () => {
    const folder = makeFolder(sources);
    const server = await serve(folder);
    fake.next({ fail: '400' }, { reply: { text: said, finishReason: 'SAFETY' } });
    for (const _ of Array(3)) await server.json('/api/summary?path=a.ts');
    const told = ['status', 'stats', 'store', 'outlines', 'why?path=a.ts'].map((path) =>
      server.ask(`/api/${path}`),
    );
    for (const response of await Promise.all(told)) expect(await response.text()).not.toContain('CANARY');
    await server.stop();
    expect(server.command.output).not.toContain('CANARY');
    const home = join(folder, '.holdfast');
    const left = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    const content = left.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join();
    expect(content).toContain(said);
    expect(content).not.toMatch(/CANARY-(KEY|TEXT|SECRET)/);
  });
});

describe('the command', () => {
  test('asks the server of the folder, which has the key, and says who has answered', async () => {
    const folder = makeFolder(sources);
    await serve(folder);
    const made = await ask(folder, ['a.ts'], withKey(''));
    expect(made).toMatchObject({ code: 0, stdout: `${said}\n` });
    expect(made.output).toMatch(
      /^holdfast: generated by gemini-2\.5-flash, \d+ tokens read, \d+ written, \$[\d.]+ simulated$/m,
    );
    const { stdout } = await ask(folder, ['a.ts', '--json'], withKey(''));
    expect(JSON.parse(stdout)).toMatchObject({ path: 'a.ts', text: said, outcome: 'hit' });
    expect(calls()).toBe(1);
  });

  test('says that it is the server that has no key', async () => {
    const folder = makeFolder(sources);
    await serve(folder, withKey(''));
    const { code, output } = await ask(folder, ['a.ts']);
    expect(code).toBe(0);
    expect(output).toMatch(/^holdfast: by the outline: there is no key for Gemini/m);
    expect(output).toContain('holdfast: the server that runs for its folder was started without one\n');
    expect(fake.stats().requests).toBe(0);
  });

  test('without a server asks by itself, and keeps the answer in the store that one has left', async () => {
    const folder = makeFolder(sources);
    await (await serve(folder, withKey(''))).stop();
    expect(await ask(folder, ['a.ts'])).toMatchObject({ code: 0, stdout: `${said}\n` });
    const again = await ask(folder, ['a.ts'], withKey(''));
    expect(again.output).toMatch(
      /^holdfast: stored, made \d+ s ago by gemini-2\.5-flash, \d+ tokens read, /m,
    );
    expect(calls()).toBe(1);
    const stats = await runCommand(['stats', folder, '--json']);
    const { store } = JSON.parse(stats.stdout) as { store: StoreAnswer };
    expect(store.kinds.summary?.entries).toBe(1);
    expect(store.totals.kinds.summary).toMatchObject({ calls: 2, outcomes: { generated: 1, stored: 1 } });
    expect((await runCommand(['why', 'a.ts'], { cwd: folder })).stdout).toMatch(
      /^summary\(a\.ts\) {2}fresh/m,
    );
  });

  test('where nobody has served anything, the ignore files of the repository hold, and nothing is kept', async () => {
    const folder = makeFolder({
      ...sources,
      '.git/HEAD': 'ref: refs/heads/main\n',
      'deep/b.ts': 'export {};\n',
    });
    writeFileSync(join(folder, '.gitignore'), 'ignored.ts\ndeep/ignored-too.ts\n');
    writeFileSync(join(folder, 'deep/ignored-too.ts'), 'export const x = 1;\n');
    const made = await ask(join(folder, 'deep'), ['b.ts']);
    expect(made).toMatchObject({ code: 0, stdout: `${said}\n` });
    expect(made.output).toContain('holdfast: kept nowhere, as no folder above it was ever served');
    expect(existsSync(join(folder, '.holdfast'))).toBe(false);
    const refused = await ask(join(folder, 'deep'), ['ignored-too.ts']);
    expect(refused).toMatchObject({ code: 6, stdout: '' });
    expect(refused.output).toMatch(
      /^holdfast: "deep\/ignored-too\.ts" is no source file of this folder: .+\n$/,
    );
    expect(calls()).toBe(1);
  });

  test('takes the key from a file, and a model by its name', async () => {
    const folder = makeFolder({ ...sources, 'key.txt': `${key}\n` });
    const made = await ask(
      folder,
      ['a.ts', '--api-key-file', 'key.txt', '--summary-model', 'gemini-9', '--json'],
      withKey(''),
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ by: 'gemini', model: 'gemini-9' });
    expect(made.output).toContain('others can read the API key file "key.txt"');
    expect(made.output).not.toContain(key);
    // What else is in the folder is nothing that somebody asks about who asks about a file.
    symlinkSync('a.ts', join(folder, 'linked.ts'));
    expect((await ask(folder, ['a.ts'], withKey(''))).output).not.toContain('link');
    expect(await ask(folder, ['/none/a.ts'])).toEqual({
      code: 6,
      stdout: '',
      output: 'holdfast: "/none/a.ts" does not exist\n',
    });
    expect(await ask(folder, ['a.ts', '--api-key-file', 'none.txt'])).toEqual({
      code: 1,
      stdout: '',
      output: 'holdfast: the API key file "none.txt" does not exist\n',
    });
  });

  test.each([
    [['--summary-model', 'a/b'], {}, '--summary-model'],
    [[], { HOLDFAST_SUMMARY_MODEL: 'a/b' }, 'HOLDFAST_SUMMARY_MODEL'],
  ])('%j %j is wrong usage', async (args, env, name) => {
    const done = await ask(makeFolder(sources), ['a.ts', ...args], { ...withKey(), ...env });
    const problem = `${name} must be the name of a model, such as gemini-2.5-flash`;
    expect(done).toEqual({
      code: 2,
      stdout: '',
      output: `holdfast: ${problem}; see holdfast help summary\n`,
    });
  });
});

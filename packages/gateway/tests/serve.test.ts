import { existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type {
  InvalidateAnswer,
  OutlineAnswer,
  OutlineLine,
  RefreshAnswer,
  StatsAnswer,
  Status,
  SymbolAnswer,
  WhyAnswer,
} from '../src/api/index.ts';
import { Command, makeFolder, runCommand, startServe } from './command.ts';
import { EventReader } from './event-reader.ts';
import { files, sources } from './four-files.ts';

test('serve reads every source file, says so in plain lines, and answers ready', async () => {
  const server = await startServe(makeFolder(sources));
  await server.command.line(/^Watching /);
  expect(server.command.stdout).toMatch(
    /^holdfast \S+ serves .+\nopen http.+\nGemini through the cache: .+\nreading 4 source files\noutlined 4 of 4\nready: 4 outlines and their symbol index in .+\nWatching 4 files in 2 directories, live\n$/,
  );
  expect(server.command.stdout).not.toContain('\r');
  const status = await server.json<Status>('/api/status');
  expect(status).toMatchObject({ state: 'ready', files, outlined: files, generated: files, warnings: [] });
  const lines = await server.json<OutlineLine[]>('/api/outlines');
  expect(lines.map(({ path, language, symbols }) => ({ path, language, symbols }))).toEqual([
    { path: '.gitignore', language: expect.any(String), symbols: expect.any(Number) },
    { path: 'a.ts', language: 'typescript', symbols: 1 },
    { path: 'b.py', language: 'python', symbols: 1 },
    { path: 'docs/c.md', language: 'markdown', symbols: 1 },
  ]);
  for (const path of ['/livez', '/readyz']) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    expect(response.status).toBe(200);
  }
});

test('what is left out without having been asked for is told in the ready line and in the status', async () => {
  const folder = makeFolder({ 'a.ts': 'export const a = 1;\n', 'big.json': `"${'x'.repeat(1_048_576)}"` });
  symlinkSync('a.ts', join(folder, 'one.ts'));
  symlinkSync('a.ts', join(folder, 'other.ts'));
  const server = await startServe(folder);
  const leftOut = ['1 file over 1 MiB left out', '2 symbolic links not followed'];
  await server.command.line(/^Watching /);
  expect(server.command.stdout).toMatch(
    /^reading 1 source file\noutlined 1 of 1\nready: 1 outline and its symbol index in [\d.]+ s, of about \d+ tokens; 1 file over 1 MiB left out; 2 symbolic links not followed\nWatching 1 file in 1 directory, live\n$/m,
  );
  expect(await server.json<Status>('/api/status')).toMatchObject({ warnings: leftOut });
  writeFileSync(join(folder, 'a.ts'), 'export const b = 1;\n');
  await server.json<RefreshAnswer>('/api/refresh', null);
  await server.command.line(/^a\.ts changed → 1 of 1 outline, symbol index made again \(\d+ ms\)$/);
});

test('asked at once after an edit, serve knows of it, makes one outline again in all and says so', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const ask = () => server.json<OutlineAnswer>('/api/outline?path=a.ts');
  expect(await ask()).toMatchObject({ outcome: 'hit', stale: false });

  writeFileSync(join(folder, 'a.ts'), 'export function a() {}\nexport class Added {}\n');
  const edited = await ask();
  // Who makes it, who asks or who watches, is a race: tests/asking.test.ts has nobody watch.
  expect(edited.stale).toBe(false);
  expect(edited.outline.symbols.map(({ name }) => name)).toEqual(['a', 'Added']);
  await server.command.line(/^a\.ts changed → 1 of 4 outlines, symbol index made again \(\d+ ms\)$/);

  expect(await ask()).toMatchObject({ outcome: 'hit' });
  const { kinds } = await server.json<StatsAnswer>('/api/stats');
  expect(kinds.outline?.generations.succeeded).toBe(files + 1);
});

test('an invalidated outline is made again when it is asked for, and no other is', async () => {
  const server = await startServe(makeFolder(sources));
  expect(await server.json<InvalidateAnswer>('/api/invalidate', { path: 'a.ts' })).toEqual({ count: 1 });
  expect(await server.json<OutlineAnswer>('/api/outline?path=a.ts')).toMatchObject({ outcome: 'generated' });
  expect(await server.json<OutlineAnswer>('/api/outline?path=b.py')).toMatchObject({ outcome: 'hit' });
  expect(await server.json<InvalidateAnswer>('/api/invalidate', { kind: 'outline' })).toEqual({
    count: files,
  });
  const { regenerated } = await server.json<RefreshAnswer>('/api/refresh', null);
  expect(regenerated).toHaveLength(files);
});

test('a symbol is found where it is defined now, and an edit that moves none makes no index', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const found = (query: string) => server.json<SymbolAnswer>(`/api/symbol?${query}`);
  expect(await found('name=a')).toMatchObject({
    name: 'a',
    matches: [{ path: 'a.ts', name: 'a', kind: 'function', startLine: 1, endLine: 1, exported: true }],
    total: 1,
    files,
    leftOut: [],
    outcome: 'hit',
  });
  writeFileSync(join(folder, 'a.ts'), 'export function a() {}\n// a remark\nexport class Added {}\n');
  expect((await found('name=add&limit=1')).matches).toMatchObject([{ name: 'Added', startLine: 3 }]);
  await server.command.line(/^a\.ts changed → 1 of 4 outlines, symbol index made again /);
  writeFileSync(join(folder, 'a.ts'), 'export function a() {}\n// another\nexport class Added {}\n');
  expect(await found('name=Added')).toMatchObject({ outcome: 'hit', total: 1 });
  await server.command.line(/^a\.ts changed → 1 of 4 outlines, symbol index unchanged: early cutoff /);
  for (const query of [
    '',
    'name=',
    'name=a&limit=0',
    'name=a&limit=1001',
    'name=a&limit=x',
    'name=a&name=b',
  ]) {
    expect({ query, status: (await server.ask(`/api/symbol?${query}`)).status }).toEqual({
      query,
      status: 400,
    });
  }
});

test('why tells what an outline was made from, why again, and what was made from it', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  writeFileSync(join(folder, 'a.ts'), 'export function renamed() {}\n');
  await server.json<RefreshAnswer>('/api/refresh', null);
  const { path, entries } = await server.json<WhyAnswer>('/api/why?path=./a.ts');
  expect(path).toBe('a.ts');
  expect(entries.map(({ entry, state }) => [entry, state])).toEqual([
    ['outline(a.ts)', 'fresh'],
    ['symbols(a.ts)', 'fresh'],
    ['symbol_index', 'fresh'],
  ]);
  expect(entries[0]?.regenerated).toMatchObject({ because: 'changed', on: 'a.ts' });
  expect(entries[2]).toMatchObject({ madeFromCount: files + 1, regenerated: { on: 'symbols(a.ts)' } });
  expect((await server.ask('/api/why?path=secret.txt')).status).toBe(404);
});

test('events begin with the present state and tell of an edit that nobody asked about', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await EventReader.open(server);
  expect(events.response.headers.get('content-type')).toContain('text/event-stream');
  expect(await events.next('status')).toMatchObject({ state: 'ready', files });
  expect(await events.next('stats')).toMatchObject({ kinds: { outline: { entries: files } } });
  expect(await events.next('lab')).toMatchObject({ simulated: true, running: false });

  writeFileSync(join(folder, 'a.ts'), 'export const edited = 1;\n');
  expect(await events.next('outline')).toMatchObject({ path: 'a.ts', generations: 2 });
  const { cost } = await events.next('edit');
  expect(cost).toMatchObject({ regenerated: ['a.ts'], symbolIndex: 'made' });
  const { lastEdit } = await events.next('status', (status) => status.lastEdit !== undefined);
  expect(lastEdit?.sentence).toMatch(/^a\.ts changed → 1 of 4 outlines, symbol index made again \(\d+ ms\)$/);
});

test('SIGTERM ends event streams, closes everything within two seconds and exits 0', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await EventReader.open(server);
  await events.next('lab');
  await server.json('/api/lab/mood', { mood: 'hang' });
  await server.json('/api/lab/herd', { callers: 50 });
  const start = performance.now();
  const code = server.stop();
  await events.end().catch(() => undefined);
  expect(await code).toBe(0);
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(server.command.output).toMatch(/SIGTERM: closing\nclosed\n$/);
  expect(existsSync(join(folder, `.holdfast/servers/${server.port}.json`))).toBe(false);
  await expect(fetch(`http://127.0.0.1:${server.port}/livez`)).rejects.toThrow();
});

test('Ctrl-C while the folder is still being read closes just as cleanly', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`f${index}.ts`, 'export const x = 1;\n'.repeat(200)]),
  );
  const command = new Command(['serve', makeFolder(many), '--port', '0']);
  await command.line(/^reading 400 source files$/);
  command.process.kill('SIGINT');
  expect(await command.exited).toBe(0);
  expect(command.output).not.toContain('ready');
  expect(command.output).toMatch(/SIGINT: closing\nclosed\n$/);
});

test('it closes when nobody reads its output any more, as a program in a pipe does', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  // Then there is something to be said of an edit.
  await server.command.line(/^Watching /);
  server.command.process.stdout.destroy();
  writeFileSync(join(folder, 'a.ts'), 'export const edited = 1;\n');
  expect(await server.command.exited).toBe(0);
});

test('a second start without --port takes another port, and both are found by their folder', async () => {
  const folder = makeFolder(sources);
  const [one, other] = [await startServe(folder, []), await startServe(folder, [])];
  expect(other.port).not.toBe(one.port);
  expect((await one.ask('/api/status')).status).toBe(200);
  expect(await other.stop()).toBe(0);
  const { code, stdout } = await runCommand(['stats', folder, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kinds: { outline: { entries: files } } });
});

test('what tells other processes of the server is readable by its user alone and never committed', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const file = join(folder, `.holdfast/servers/${server.port}.json`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ port: server.port, token: server.token });
  expect(readFileSync(join(folder, '.holdfast/.gitignore'), 'utf8')).toBe('*\n');
});

test('a served folder that is gone is told as such, and is served again when it is back', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder, ['--port', '0', '--no-store']);
  const { warnings: before } = await server.json<Status>('/api/status');
  expect(before).toEqual([]);
  renameSync(folder, `${folder}-away`);
  const ready = async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/readyz`);
    return [response.status, await response.json()];
  };
  expect(await ready()).toEqual([503, { status: 'folder gone' }]);
  for (const [path, body, code] of [
    ['/api/refresh', null, 'E_FOLDER_ROOT'],
    ['/api/outline?path=a.ts', undefined, 'E_WORKSPACE_ROOT'],
  ] as const) {
    const response = await server.ask(path, body);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code } });
  }
  expect(await server.json<Status>('/api/status')).toMatchObject({
    folderGone: true,
    warnings: [expect.stringContaining('gone')],
  });
  await server.command.line(/^warning: the folder is gone/);
  expect(server.command.output).not.toContain('    at ');
  renameSync(`${folder}-away`, folder);
  expect(await server.json<RefreshAnswer>('/api/refresh', null)).toMatchObject({ files, regenerated: [] });
  expect(await server.json<Status>('/api/status')).toMatchObject({ folderGone: false, warnings: [] });
  expect(await ready()).toEqual([200, { status: 'ready' }]);
});

test('the store does not put a new folder in the place of a served one that is gone', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  renameSync(folder, `${folder}-away`);
  onTestFinished(() => rmSync(`${folder}-away`, { recursive: true, force: true }));
  await server.ask('/api/outline?path=a.ts');
  await server.ask('/api/refresh', null);
  await server.stop();
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ['a missing folder', 'missing', /"\S+missing" does not exist/],
  ['a file', 'a.ts', /"\S+a\.ts" is not a folder/],
])('%s is refused in one line with exit code 4', async (_, name, message) => {
  const { code, output } = await runCommand(['serve', join(makeFolder(sources), name)]);
  expect(code).toBe(4);
  expect(output).toMatch(message);
  expect(output.trimEnd().split('\n')).toHaveLength(1);
});

test('a --port that is taken is refused in one line with exit code 5', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void blocker.close());
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  const { code, output } = await runCommand(['serve', makeFolder(sources), '--port', String(port)]);
  expect(output).toBe(
    `holdfast: port ${port} is in use: give another --port, or leave it out to take a free one\n`,
  );
  expect(code).toBe(5);
});

test('files that cannot be parsed or are binary are no reason to fail', async () => {
  const folder = makeFolder({
    'broken.ts': 'export function ( { ][ class',
    'binary.txt': 'a\0b',
    'empty.py': '',
    'good.js': 'function good() {}\n',
  });
  const server = await startServe(folder);
  const { outlined, warnings } = await server.json<Status>('/api/status');
  expect({ outlined, warnings }).toEqual({ outlined: 4, warnings: [] });
  const { outline } = await server.json<OutlineAnswer>('/api/outline?path=binary.txt');
  expect(outline).toMatchObject({ language: 'binary', note: 'binary: not outlined' });
});

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { OutlineLine, StatsAnswer, Status, SymbolAnswer } from '../src/api/index.ts';
import { makeFolder, runCommand, type Server, startServe } from './command.ts';
import { EventReader } from './event-reader.ts';

const sources = {
  'src/a.ts': '// first\nexport function a() {}\n',
  'src/b.ts': 'export function b() {}\n',
  'c.py': 'def c():\n    pass\n',
};

/** Somebody who listens from the moment that everything is watched, and asks for nothing more. */
async function listenLive(server: Server): Promise<EventReader> {
  await server.command.line(/^Watching 3 files in \d+ directories, live$/);
  const events = await EventReader.open(server);
  await events.next('lab');
  return events;
}

/** Writes a file as one change: nobody sees it half written. */
function put(folder: string, path: string, text: string): void {
  renameSync(join(makeFolder({ written: text }), 'written'), join(folder, path));
}

test('an edit of a comment is announced by itself: one outline, and early cutoff of the index', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await listenLive(server);
  writeFileSync(join(folder, 'src/a.ts'), '// second\nexport function a() {}\n');
  const { sentence, cost } = await events.next('edit');
  expect(cost).toMatchObject({ regenerated: ['src/a.ts'], symbolIndex: 'unchanged', files: 3 });
  expect(sentence).toMatch(
    /^src\/a\.ts changed → 1 of 3 outlines, symbol index unchanged: early cutoff \(\d+ ms\)$/,
  );
  await server.command.line(/^src\/a\.ts changed → 1 of 3 outlines, .+early cutoff/);
  const { kinds } = await server.json<StatsAnswer>('/api/stats');
  expect(kinds.outline?.generations.succeeded).toBe(4);
  expect(kinds.symbol_index?.generations.succeeded).toBe(1);
  expect(await server.json<SymbolAnswer>('/api/symbol?name=a')).toMatchObject({ total: 1, outcome: 'hit' });
});

test('with nobody listening an edit is brought up all the same, and told in the terminal', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  await server.command.line(/^Watching 3 files in \d+ directories, live$/);
  writeFileSync(join(folder, 'src/a.ts'), 'export function renamed() {}\n');
  await server.command.line(/^src\/a\.ts changed → 1 of 3 outlines, symbol index made again \(\d+ ms\)$/);
});

test('files that come, go and are renamed are announced, new directories included', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await listenLive(server);
  const costs = async (fits: (files: number) => boolean) =>
    (await events.next('edit', ({ cost }) => fits(cost.files))).cost;
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  writeFileSync(join(folder, 'deep/er/new.ts'), 'export const fresh = 1;\n');
  expect(await costs((files) => files === 4)).toMatchObject({
    added: ['deep/er/new.ts'],
    symbolIndex: 'made',
  });
  rmSync(join(folder, 'src/b.ts'));
  expect(await costs((files) => files === 3)).toMatchObject({ removed: ['src/b.ts'], regenerated: [] });
  renameSync(join(folder, 'src/a.ts'), join(folder, 'src/z.ts'));
  expect(await costs((files) => files === 3)).toMatchObject({ added: ['src/z.ts'], removed: ['src/a.ts'] });
  const paths = (await server.json<OutlineLine[]>('/api/outlines')).map(({ path }) => path);
  expect(paths).toEqual(['c.py', 'deep/er/new.ts', 'src/z.ts']);
  // The store in the folder is written all the time, and is none of its files.
  expect(existsSync(join(folder, '.holdfast/store.sqlite'))).toBe(true);
});

test('a file that outgrows what is outlined is gone by itself, and is there again when it has shrunk', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await listenLive(server);
  put(folder, 'src/a.ts', ' '.repeat(1_048_577));
  expect((await events.next('edit')).cost).toMatchObject({
    removed: ['src/a.ts'],
    regenerated: [],
    files: 2,
  });
  expect((await server.json<Status>('/api/status')).warnings).toContain('1 file over 1 MiB left out');
  put(folder, 'src/a.ts', sources['src/a.ts']);
  expect((await events.next('edit')).cost).toMatchObject({
    added: ['src/a.ts'],
    regenerated: [],
    restored: ['src/a.ts'],
    files: 3,
  });
});

test('what makes no difference is announced to nobody, and what an ignore file hides is gone', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  const events = await listenLive(server);
  utimesSync(join(folder, 'src/a.ts'), new Date(), new Date());
  put(folder, 'src/b.ts', sources['src/b.ts']);
  put(folder, '.gitignore', '*.py\n');
  const { cost } = await events.next('edit');
  expect([...cost.regenerated, ...cost.restored].filter((path) => path.startsWith('src/'))).toEqual([]);
  expect(cost).toMatchObject({ added: ['.gitignore'], removed: ['c.py'], regenerated: ['.gitignore'] });
  const { kinds } = await server.json<StatsAnswer>('/api/stats');
  expect(kinds.outline?.generations.succeeded).toBe(4);
});

test('a branch switch of 300 files is one edit, announced once, and nothing is made on the way back', async () => {
  const folder = makeFolder(sources);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
    });
  const write = (text: string) => {
    mkdirSync(join(folder, 'many'), { recursive: true });
    for (let at = 0; at < 300; at += 1)
      writeFileSync(join(folder, `many/f${at}.ts`), `export const ${text}${at} = 1;\n`);
  };
  write('one');
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('checkout', '-q', '-b', 'other');
  write('two');
  git('commit', '-q', '-a', '-m', 'two');
  git('checkout', '-q', 'main');

  const server = await startServe(folder);
  await server.command.line(/^Watching 303 files in \d+ directories, live$/);
  const events = await EventReader.open(server);
  await events.next('lab');
  git('checkout', '-q', 'other');
  expect((await events.next('edit')).cost.regenerated).toHaveLength(300);
  git('checkout', '-q', 'main');
  const { cost } = await events.next('edit');
  expect(cost).toMatchObject({ regenerated: [], symbolIndex: 'restored' });
  expect(cost.restored).toHaveLength(300);
});

test('the state of the watching is told by the status, by stats, and when it changes', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder, ['--port', '0', '--no-store']);
  const events = await listenLive(server);
  const { watching } = await server.json<Status>('/api/status');
  expect(watching).toEqual({ state: 'LIVE', files: 3, directories: expect.any(Number), polled: 0 });
  expect((await runCommand(['stats', folder])).stdout).toMatch(
    /^Watching 3 files in \d+ directories, live\n/,
  );

  renameSync(folder, `${folder}-away`);
  onTestFinished(() => rmSync(`${folder}-away`, { recursive: true, force: true }));
  expect(await events.next('watching', ({ state }) => state === 'UNKNOWN')).toMatchObject({
    reason: expect.stringContaining('root'),
  });
  await server.command.line(/^warning: the folder is gone/);
  writeFileSync(join(`${folder}-away`, 'c.py'), 'def changed():\n    pass\n');
  renameSync(`${folder}-away`, folder);
  await events.next('watching', ({ state }) => state === 'LIVE');
  await server.command.line(/^the folder is there again: 3 source files$/);
  await server.command.line(/^c\.py changed → 1 of 3 outlines, symbol index made again/);
  expect(await server.json<Status>('/api/status')).toMatchObject({ folderGone: false, warnings: [] });
});

test('with --poll it says so, and announces the same', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder, ['--port', '0', '--poll']);
  await server.command.line(/^Polling 3 files: polling was asked for$/);
  expect((await server.json<Status>('/api/status')).watching).toMatchObject({
    state: 'DEGRADED',
    reason: 'polling was asked for',
  });
  const events = await EventReader.open(server);
  await events.next('lab');
  writeFileSync(join(folder, 'src/a.ts'), '// second\nexport function a() {}\n');
  expect((await events.next('edit')).cost).toMatchObject({
    regenerated: ['src/a.ts'],
    symbolIndex: 'unchanged',
  });
  expect(await server.stop()).toBe(0);
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type {
  OutlineAnswer,
  RefreshAnswer,
  StatsAnswer,
  Status,
  StoreAnswer,
  WhyAnswer,
} from '../src/api/index.ts';
import { Command, makeFolder, runCommand, type Server, startServe } from './command.ts';

/** Up to four starts a test, on a machine that does other work as well. */
vi.setConfig({ testTimeout: 20_000 });

const sources = {
  'a.ts': 'export function a() {}\n',
  'b.py': 'def b():\n    pass\n',
  'docs/c.md': '# C\n\ntext\n',
};
const files = 3;

/** How many generators of each kind this server has run. */
async function runs(server: Server): Promise<Record<string, number>> {
  const { kinds } = await server.json<StatsAnswer>('/api/stats');
  return Object.fromEntries(Object.entries(kinds).map(([kind, line]) => [kind, line.generations.started]));
}
const nothing = { outline: 0, symbols: 0, symbol_index: 0 };

const file = (folder: string) => join(folder, '.holdfast/store.sqlite');

test('a second start makes nothing, and says so; after an edit in between it makes what that changed', async () => {
  const folder = makeFolder(sources);
  const first = await startServe(folder);
  expect(await runs(first)).toMatchObject({ outline: files, symbols: files, symbol_index: 1 });
  expect(await first.stop()).toBe(0);

  const second = await startServe(folder);
  await second.command.line(/^ready: 3 outlines and their symbol index in [\d.]+ s \(3 stored\), of about /);
  expect(await runs(second)).toMatchObject(nothing);
  expect(await second.json<Status>('/api/status')).toMatchObject({
    outlined: files,
    generated: 0,
    store: { file: '.holdfast/store.sqlite', state: 'open', entries: 7, stored: files },
    warnings: [],
  });
  expect(await second.stop()).toBe(0);

  writeFileSync(join(folder, 'a.ts'), 'export function renamed() {}\n');
  const third = await startServe(folder);
  await third.command.line(/^ready: .* \(2 stored\), /);
  expect(await runs(third)).toMatchObject({ outline: 1, symbols: 1, symbol_index: 1 });
});

test('going to another state of the folder and back makes nothing, also over restarts', async () => {
  const folder = makeFolder(sources);
  const states = ['export function a() {}\n', 'export function other() {}\n'];
  const made = [];
  for (const state of [0, 1, 0, 1]) {
    writeFileSync(join(folder, 'a.ts'), states[state] as string);
    const server = await startServe(folder);
    made.push((await runs(server)).outline);
    const { outline } = await server.json<OutlineAnswer>('/api/outline?path=a.ts');
    expect(outline.symbols.map(({ name }) => name)).toEqual([state === 0 ? 'a' : 'other']);
    await server.stop();
  }
  expect(made).toEqual([files, 1, 0, 0]);
});

test('what was ready when the server was killed is there at the next start', async () => {
  const folder = makeFolder(sources);
  const killed = await startServe(folder);
  killed.command.process.kill('SIGKILL');
  await killed.command.exited;
  const server = await startServe(folder);
  expect(await runs(server)).toMatchObject(nothing);
  expect(await server.json<Status>('/api/status')).toMatchObject({ warnings: [], store: { stored: files } });
});

test('two servers of a folder make one index, and what one has made of an edit the other takes over', async () => {
  const folder = makeFolder(sources);
  const [one, other] = await Promise.all([startServe(folder), startServe(folder)]);
  const [first, second] = [await runs(one), await runs(other)];
  expect((first.symbol_index ?? 0) + (second.symbol_index ?? 0)).toBe(1);

  // Both would hear of the edit at the same moment, and each make an outline that costs less than a lease.
  other.command.process.kill('SIGSTOP');
  writeFileSync(join(folder, 'a.ts'), 'export function edited() {}\n');
  expect(await one.json<RefreshAnswer>('/api/refresh', null)).toMatchObject({ regenerated: ['a.ts'] });
  // Who asks for the store waits for what this server has written.
  await one.json<StoreAnswer>('/api/store');
  other.command.process.kill('SIGCONT');
  expect(await other.json<RefreshAnswer>('/api/refresh', null)).toMatchObject({
    regenerated: [],
    restored: ['a.ts'],
    symbolIndex: 'restored',
  });
  await other.command.line(/^a\.ts changed → 0 of 3 outlines, 1 restored, symbol index restored$/);
  expect(await runs(other)).toEqual(second);
  const { outline } = await other.json<OutlineAnswer>('/api/outline?path=a.ts');
  expect(outline.symbols.map(({ name }) => name)).toEqual(['edited']);
});

test('the store is readable by its user alone, never committed, and no source file of its folder', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  expect(statSync(join(folder, '.holdfast')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(folder, '.holdfast/.gitignore'), 'utf8')).toBe('*\n');
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(file(folder) + suffix).mode & 0o777).toBe(0o600);
  const outlines = await server.json<{ path: string }[]>('/api/outlines');
  expect(outlines.map(({ path }) => path)).toEqual(Object.keys(sources));
  expect(await server.json<RefreshAnswer>('/api/refresh', null)).toMatchObject({
    added: [],
    regenerated: [],
  });
});

test.each<[string, (folder: string) => void, RegExp]>([
  [
    'a folder whose .holdfast cannot be written',
    (folder) => writeFileSync(join(folder, '.holdfast'), ''),
    /^warning: \.holdfast cannot be written \(ELINKED\): everything is kept in memory only, and stats, why and symbol will not find this server \(\.holdfast\/servers: ELINKED\)$/m,
  ],
  [
    'a folder that was checked out with a store in it',
    (folder) => {
      mkdirSync(join(folder, '.holdfast'));
      writeFileSync(file(folder), 'SQLite format 3\0');
      chmodSync(file(folder), 0o644);
    },
    /^warning: \.holdfast\/store\.sqlite was not made by Holdfast for you alone \(delete it, or give --store\): everything is kept in memory only$/m,
  ],
  [
    'a folder with a link in the place of the store',
    (folder) => {
      mkdirSync(join(folder, '.holdfast'));
      symlinkSync('../a.ts', file(folder));
    },
    /^warning: \.holdfast\/store\.sqlite was not made by Holdfast for you alone /m,
  ],
])('%s is served from memory, with one line of warning', async (_, prepare, warning) => {
  const folder = makeFolder(sources);
  prepare(folder);
  const server = await startServe(folder);
  expect(server.command.output).toMatch(warning);
  expect(server.command.output.match(/warning/g)).toHaveLength(1);
  const { store, warnings } = await server.json<Status>('/api/status');
  expect(store).toBeUndefined();
  expect(warnings).toEqual([expect.stringMatching(/: everything is kept in memory only$/)]);
  expect(await server.json('/api/store')).toBeNull();
  writeFileSync(join(folder, 'a.ts'), 'export const edited = 1;\n');
  expect(await server.json<OutlineAnswer>('/api/outline?path=a.ts')).toMatchObject({ outcome: 'generated' });
  expect(await server.stop()).toBe(0);
});

test('a damaged store is moved aside, told as a warning, and filled again', async () => {
  const folder = makeFolder(sources);
  await (await startServe(folder)).stop();
  writeFileSync(file(folder), 'x'.repeat(50_000), { mode: 0o600 });
  const server = await startServe(folder);
  await server.command.line(/^warning: the store: .*damaged/);
  const { warnings, store } = await server.json<Status>('/api/status');
  expect(warnings).toEqual([expect.stringContaining('damaged')]);
  expect(store).toMatchObject({ state: 'open', stored: 0 });
  await server.stop();
  expect(await runs(await startServe(folder))).toMatchObject(nothing);
});

test('--no-store keeps nothing, --store keeps it elsewhere, and both at once is wrong usage', async () => {
  const folder = makeFolder(sources);
  await (await startServe(folder, ['--port', '0', '--no-store'])).stop();
  expect(existsSync(file(folder))).toBe(false);
  const elsewhere = join(makeFolder({}), 'deep/kept.sqlite');
  const args = ['--port', '0', '--store', elsewhere];
  await (await startServe(folder, args)).stop();
  expect(existsSync(file(folder))).toBe(false);
  const server = await startServe(folder, args);
  expect(await runs(server)).toMatchObject(nothing);
  expect(await server.json<Status>('/api/status')).toMatchObject({ store: { file: 'kept.sqlite' } });
  await server.stop();
  const { stdout } = await runCommand(['stats', folder, '--store', elsewhere, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ store: { kinds: { outline: { entries: files } } } });
  expect(await runCommand(['serve', folder, '--store', elsewhere, '--no-store'])).toMatchObject({
    code: 2,
    output: 'holdfast: --store and --no-store exclude each other; see holdfast help serve\n',
  });
});

test('without a server, symbol fills the store, and the next one reads it', async () => {
  const folder = makeFolder(sources);
  const cold = await runCommand(['symbol', 'a'], { cwd: folder });
  expect(cold.output).toMatch(/read 3 files in [\d.]+ s; holdfast serve keeps the index\n/);
  const warm = await runCommand(['symbol', 'a'], { cwd: folder });
  expect(warm.stdout).toBe(cold.stdout);
  expect(warm.output).toMatch(/read 3 files in [\d.]+ s \(3 stored\); holdfast serve keeps the index\n/);
});

test('without a server, why tells from the store why an outline was made again, and stats what there is', async () => {
  const folder = makeFolder(sources);
  const server = await startServe(folder);
  writeFileSync(join(folder, 'a.ts'), 'export function renamed() {}\n');
  await server.json<RefreshAnswer>('/api/refresh', null);
  const told = await server.json<WhyAnswer>('/api/why?path=a.ts');
  await server.stop();

  const { code, stdout } = await runCommand(['why', join(folder, 'a.ts'), '--json']);
  expect(code).toBe(0);
  const { entries } = JSON.parse(stdout) as WhyAnswer;
  const stable = ({ ageMs: _, ...entry }: WhyAnswer['entries'][number]) => entry;
  expect(entries.map(stable)).toEqual(told.entries.map(stable));
  expect(entries[0]?.regenerated).toMatchObject({ because: 'changed', on: 'a.ts' });
  expect((await runCommand(['why', join(folder, 'nowhere.ts')])).code).toBe(6);

  const stats = await runCommand(['stats', folder]);
  expect(stats.code).toBe(0);
  expect(stats.stdout).toMatch(
    /^store .+\nentries .+\n {2}outline {7}3, .+\n {2}symbols {7}3, .+\n {2}symbol_index {2}1, .+\nlast used .+\nall runs .+\n {2}outline {7}4 calls: 4 generated; spent .+, saved .+\n/,
  );
  // Nobody has left a lock, or anything else that a store that is open has.
  expect(existsSync(`${file(folder)}-wal`)).toBe(false);
});

test('the ledger of all runs grows from run to run', async () => {
  const folder = makeFolder(sources);
  for (const run of [1, 2, 3]) {
    const server = await startServe(folder);
    const { totals } = await server.json<StoreAnswer>('/api/store');
    expect(totals).toMatchObject({
      runs: run,
      kinds: { outline: { calls: run * files, outcomes: { generated: files, stored: (run - 1) * files } } },
    });
    await server.stop();
  }
});

test('outline takes what the folder has of a file, and makes it where there is nothing', async () => {
  const folder = makeFolder(sources);
  const alone = await runCommand(['outline', 'a.ts'], { cwd: folder });
  const server = await startServe(folder);
  expect(await runCommand(['outline', 'a.ts'], { cwd: folder })).toEqual(alone);
  await server.stop();
  expect(await runCommand(['outline', 'a.ts'], { cwd: folder })).toEqual(alone);
  expect((await runCommand(['outline', '.holdfast/.gitignore'], { cwd: folder })).code).toBe(0);
});

test('Ctrl-C in the middle of reading closes the store within two seconds, and what was made is there', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [`f${index}.ts`, `export const x${index} = 1;\n`.repeat(50)]),
  );
  const folder = makeFolder(many);
  const command = new Command(['serve', folder, '--port', '0']);
  await command.line(/^outlined \d+ of 400$/);
  const start = performance.now();
  command.process.kill('SIGINT');
  expect(await command.exited).toBe(0);
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(command.output).toMatch(/SIGINT: closing\nclosed\n$/);
  const server = await startServe(folder);
  expect((await server.json<Status>('/api/status')).store?.stored).toBeGreaterThan(0);
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { inMemory } from '../store/index.ts';
import type { FolderEvents } from './folder-events.ts';
import { FolderService } from './folder-service.ts';

let root: string;
let service: FolderService;
let events: [keyof FolderEvents, unknown][];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
  write('a.ts', 'export const a = 1;\n');
  write('deep/b.ts', 'export const b = 1;\n');
  // What is made, who asks has made; what is followed up by itself is in tests/watching.test.ts.
  service = await FolderService.open(root, inMemory, false);
  events = [];
  service.listen((name, data) => events.push([name, data]));
});
afterEach(async () => {
  await service.close();
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const told = <N extends keyof FolderEvents>(name: N) =>
  events.filter(([other]) => other === name).map(([, data]) => data as FolderEvents[N]);

test('reading tells its progress file by file, each outline, and when it is ready', async () => {
  expect(service.state()).toMatchObject({ state: 'reading', files: 0, outlined: 0 });
  await service.read();
  expect(told('progress').map(({ outlined, files }) => [outlined, files])).toEqual([
    [0, 2],
    [1, 2],
    [2, 2],
  ]);
  expect(
    told('outline')
      .map(({ path, generations }) => [path, generations])
      .sort(),
  ).toEqual([
    ['a.ts', 1],
    ['deep/b.ts', 1],
  ]);
  expect(told('ready')).toHaveLength(1);
  expect(told('edit')).toEqual([]);
  expect(service.state()).toMatchObject({ state: 'ready', files: 2, outlined: 2, generated: 2 });
});

test('what was made again between two looks is in the answer of the next one', async () => {
  await service.read();
  write('a.ts', 'export const edited = 1;\n');
  expect(await service.outline('a.ts')).toMatchObject({ outcome: 'generated' });
  expect((await service.refresh()).regenerated).toEqual(['a.ts']);
  expect(told('edit')).toMatchObject([{ cost: { regenerated: ['a.ts'], files: 2, symbolIndex: 'made' } }]);
  expect((await service.refresh()).regenerated).toEqual([]);
});

test('calls during a look share the next one, which sees what was written before they came', async () => {
  await service.read();
  const first = service.refresh();
  await Promise.resolve();
  write('a.ts', 'export const edited = 1;\n');
  const [second, third] = [service.refresh(), service.refresh()];
  const [, two, three] = await Promise.all([first, second, third]);
  expect(three).toBe(two);
  expect(told('refresh').length).toBeLessThanOrEqual(2);
  expect(told('edit')).toMatchObject([{ cost: { regenerated: ['a.ts'] } }]);
});

test('a touched file is made again by nobody', async () => {
  await service.read();
  write('a.ts', 'export const a = 1;\n');
  expect((await service.refresh()).regenerated).toEqual([]);
  expect(await service.outline('a.ts')).toMatchObject({ outcome: 'hit' });
});

test('a new file is found when it is asked for, one that is gone is not, and one that comes back is not made again', async () => {
  await service.read();
  write('new.ts', 'export const n = 1;\n');
  expect(await service.outline('new.ts')).toMatchObject({ outcome: 'generated' });
  rmSync(join(root, 'a.ts'));
  await service.refresh();
  await expect(service.outline('a.ts')).rejects.toMatchObject({ code: 'E_NOT_LISTED' });
  expect(service.outlines().map(({ path }) => path)).toEqual(['deep/b.ts', 'new.ts']);
  write('a.ts', 'export const a = 1;\n');
  expect(await service.refresh()).toMatchObject({ regenerated: [], restored: ['a.ts'] });
  expect(service.outlines().find(({ path }) => path === 'a.ts')).toMatchObject({ generations: 1 });
});

test('paths that no source file has are refused with their reason', async () => {
  write('.gitignore', 'hidden.ts\n');
  write('hidden.ts', 'export const secret = 1;\n');
  await service.read();
  await expect(service.outline('hidden.ts')).rejects.toMatchObject({ code: 'E_NOT_LISTED' });
  await expect(service.outline('../a.ts')).rejects.toMatchObject({ code: 'E_OUTSIDE_ROOT' });
  await expect(service.outline('a.ts\0')).rejects.toMatchObject({ code: 'E_PATH' });
});

test('a file in UTF-16 is outlined as the text that it is', async () => {
  writeFileSync(join(root, 'wide.ts'), Buffer.from('\uFEFFexport const wide = 1;\n', 'utf16le'));
  await service.read();
  const { outline } = await service.outline('wide.ts');
  expect(outline).toMatchObject({ language: 'typescript', lines: 1, symbols: [{ name: 'wide' }] });
  expect(outline.note).toBeUndefined();
});

test('what an edit cost is told once, whole, and stays in the state', async () => {
  await service.read();
  expect(service.state().lastEdit).toBeUndefined();
  write('a.ts', 'export const renamed = 1;\n');
  await service.outline('a.ts');
  await service.refresh();
  await service.refresh();
  const sentence = expect.stringMatching(
    /^a\.ts changed → 1 of 2 outlines, symbol index made again \(\d+ ms\)$/,
  );
  expect(told('edit')).toMatchObject([{ sentence }]);
  expect(service.state().lastEdit).toEqual({ at: expect.any(Number), sentence });
});

test('an invalidated outline is told as that', async () => {
  await service.read();
  await service.invalidate({ path: 'a.ts' });
  await service.refresh();
  expect(told('edit')).toMatchObject([
    {
      sentence: expect.stringMatching(
        /^a\.ts invalidated → 1 of 2 outlines, symbol index unchanged: early cutoff /,
      ),
    },
  ]);
});

test('looking is no call in the ledger, and neither is what it finds to hold', async () => {
  await service.read();
  const { calls } = service.stats();
  await service.refresh();
  rmSync(join(root, 'a.ts'));
  await service.refresh();
  write('a.ts', 'export const a = 1;\n');
  await service.refresh();
  // The index without the file.
  expect(service.stats().calls).toBe(calls + 1);
});

test('a symbol is found by its name, in another case, and by how it begins', async () => {
  write('c.py', 'class Apple:\n    def core(self):\n        pass\n');
  write('d.ts', 'function apple() {}\nexport function appleTree() {}\n');
  await service.read();
  const { matches, total, leftOut } = await service.symbol('apple', 2);
  expect(matches).toMatchObject([
    { path: 'd.ts', name: 'apple', kind: 'function', startLine: 1, endLine: 1 },
    { path: 'c.py', name: 'Apple', kind: 'class', exported: true },
  ]);
  expect({ total, leftOut }).toEqual({ total: 3, leftOut: [] });
  expect((await service.symbol('core', 1)).matches).toMatchObject([{ parent: 'Apple', kind: 'method' }]);
  expect(await service.symbol('', 9)).toMatchObject({ matches: [], total: 0 });
});

test('files that are binary, too large, or links give no symbols, and one that cannot be read is named', async () => {
  writeFileSync(join(root, 'binary.ts'), 'export const hidden = 1;\0');
  write('large.ts', `export const hidden = 1;\n${' '.repeat(1_048_576)}`);
  symlinkSync('a.ts', join(root, 'link.ts'));
  write('huge.ts', '');
  // Larger than the workspace reads; a hole takes no room.
  truncateSync(join(root, 'huge.ts'), 65 * 2 ** 20);
  await service.read();
  expect((await service.symbol('hidden', 9)).total).toBe(0);
  expect((await service.symbol('a', 9)).matches.map(({ path }) => path)).toEqual(['a.ts']);
  expect((await service.symbol('b', 9)).leftOut).toEqual(['huge.ts']);

  write('huge.ts', 'export const shrunk = 1;\n');
  expect(await service.symbol('shrunk', 9)).toMatchObject({ total: 1, leftOut: [] });
});

test('why tells how an outline stands, and everything that was made from it', async () => {
  await service.read();
  const brief = async () =>
    (await service.why('a.ts')).entries.map(({ entry, state }) => `${entry} ${state}`);
  expect(await brief()).toEqual(['outline(a.ts) fresh', 'symbols(a.ts) fresh', 'symbol_index fresh']);
  write('a.ts', 'export const renamed = 1;\n');
  expect(await brief()).toEqual(['outline(a.ts) changed', 'symbols(a.ts) unknown', 'symbol_index unknown']);
  const [changed, waiting] = (await service.why('a.ts')).entries;
  const digest = expect.stringMatching(/^[0-9a-f]{12}$/);
  expect(changed).toMatchObject({
    because: 'a.ts has changed since',
    difference: { on: 'a.ts', was: digest, is: digest },
  });
  expect(waiting?.because).toBe('outline(a.ts) is not up to date: when somebody asks, that comes first');

  await service.refresh();
  const [outline, symbols, index] = (await service.why('a.ts')).entries;
  expect(outline).toMatchObject({
    state: 'fresh',
    others: 1,
    regenerated: { because: 'changed', on: 'a.ts', was: digest, is: digest, at: expect.any(Number) },
    madeFrom: [{ type: 'file', on: 'a.ts', digest }],
  });
  expect(symbols?.regenerated).toMatchObject({ on: 'outline(a.ts)' });
  expect(index?.madeFrom).toMatchObject([{ type: 'glob' }, { type: 'key', on: 'symbols(a.ts)' }, {}]);
  await service.invalidate({ path: 'a.ts' });
  expect(await brief()).toEqual(['outline(a.ts) absent', 'symbols(a.ts) unknown', 'symbol_index unknown']);
  await expect(service.why('missing.ts')).rejects.toMatchObject({ code: 'E_NOT_LISTED' });
});

test('closing ends a read under way', async () => {
  for (let index = 0; index < 100; index += 1) write(`f${index}.ts`, 'export const x = 1;\n'.repeat(100));
  const started = Promise.withResolvers<void>();
  service.listen((name) => name === 'outline' && started.resolve());
  const reading = service.read();
  await started.promise;
  await service.close();
  await expect(reading).rejects.toMatchObject({ code: 'E_CLOSED' });
});

test.each<[string, (live: FolderService) => Promise<string | undefined>]>([
  ['an outline', async (live) => (await live.outline('a.ts')).outline.symbols[0]?.name],
  ['a symbol', async (live) => (await live.symbol('now', 9)).matches[0]?.name],
])('watched, who asks for %s in the moment of an edit gets it by the files as they are', async (_, ask) => {
  const live = await FolderService.open(root);
  onTestFinished(() => live.close());
  await live.read();
  const isLive = Promise.withResolvers<void>();
  const tell = () => live.state().watching.state === 'LIVE' && isLive.resolve();
  live.listen(tell);
  tell();
  await isLive.promise;
  // Then everything is proven, and reads that go by what is heard look at nothing.
  await ask(live);
  write('a.ts', 'export const now = 1;\n');
  // Nothing is heard before this call has begun: that takes a turn of the event loop.
  expect(await ask(live)).toBe('now');
});

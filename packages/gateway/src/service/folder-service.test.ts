import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FolderEvents } from './folder-events.ts';
import { FolderService } from './folder-service.ts';

let root: string;
let service: FolderService;
let events: [keyof FolderEvents, unknown][];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
  write('a.ts', 'export const a = 1;\n');
  write('deep/b.ts', 'export const b = 1;\n');
  service = await FolderService.open(root);
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
  expect(told('regenerated')).toEqual([]);
  expect(service.state()).toMatchObject({ state: 'ready', files: 2, outlined: 2, generated: 2 });
});

test('what was made again between two looks is in the answer of the next one', async () => {
  await service.read();
  write('a.ts', 'export const edited = 1;\n');
  expect(await service.outline('a.ts')).toMatchObject({ outcome: 'generated' });
  expect(told('regenerated')).toMatchObject([{ paths: ['a.ts'], files: 2 }]);
  expect((await service.refresh()).regenerated).toEqual(['a.ts']);
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
  expect(told('regenerated')).toMatchObject([{ paths: ['a.ts'] }]);
});

test('a touched file is made again by nobody', async () => {
  await service.read();
  write('a.ts', 'export const a = 1;\n');
  expect((await service.refresh()).regenerated).toEqual([]);
  expect(await service.outline('a.ts')).toMatchObject({ outcome: 'hit' });
});

test('a new file is found when it is asked for, one that is gone is not, and one that comes back counts anew', async () => {
  await service.read();
  write('new.ts', 'export const n = 1;\n');
  expect(await service.outline('new.ts')).toMatchObject({ outcome: 'generated' });
  rmSync(join(root, 'a.ts'));
  await service.refresh();
  await expect(service.outline('a.ts')).rejects.toMatchObject({ code: 'E_NOT_LISTED' });
  write('a.ts', 'export const a = 1;\n');
  expect((await service.refresh()).regenerated).toEqual(['a.ts']);
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

test('closing ends a read under way', async () => {
  for (let index = 0; index < 100; index += 1) write(`f${index}.ts`, 'export const x = 1;\n'.repeat(100));
  const started = Promise.withResolvers<void>();
  service.listen((name) => name === 'outline' && started.resolve());
  const reading = service.read();
  await started.promise;
  await service.close();
  await expect(reading).rejects.toMatchObject({ code: 'E_CLOSED' });
});

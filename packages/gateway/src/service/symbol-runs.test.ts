import { execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelName, type HoldfastEvent } from 'holdfast';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inMemory } from '../store/index.ts';
import { pathOf } from './context-cache.ts';
import { FolderService } from './folder-service.ts';

/** Every run of a generator, as `outline(a.ts)`, in order. */
let runs: string[];
let root: string;
let service: FolderService;

const record = (message: unknown) => {
  const event = message as HoldfastEvent;
  if (event.type !== 'generation.started') return;
  const path = pathOf(event.key);
  runs.push(path === '' ? event.kind : `${event.kind}(${path})`);
};

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-runs-'));
  runs = [];
  write('a.ts', '// first\nexport const a = 1;\n');
  write('deep/b.ts', 'export const b = 1;\n');
  // Runs are those of the looks that are asked for; what is followed up by itself is in tests/watching.test.ts.
  service = await FolderService.open(root, inMemory, false);
  subscribe(channelName, record);
});
afterEach(async () => {
  unsubscribe(channelName, record);
  await service.close();
  rmSync(root, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
}

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' },
  });

/** What ran since this was asked last, sorted. */
const ran = () => runs.splice(0).sort();
const names = async (name: string) =>
  (await service.symbol(name, 50)).matches.map(({ path, name, startLine }) => `${path}:${startLine} ${name}`);

test('reading runs every generator once', async () => {
  await service.read();
  expect(ran()).toEqual([
    'outline(a.ts)',
    'outline(deep/b.ts)',
    'symbol_index',
    'symbols(a.ts)',
    'symbols(deep/b.ts)',
  ]);
  await service.refresh();
  expect(await names('a')).toEqual(['a.ts:2 a']);
  expect(ran()).toEqual([]);
});

test('an edit of a comment runs one outline and one list of symbols, and stops there', async () => {
  await service.read();
  ran();
  write('a.ts', '// second, and longer\nexport const a = 1;\n');
  expect(await service.refresh()).toMatchObject({ regenerated: ['a.ts'], symbolIndex: 'unchanged' });
  expect(ran()).toEqual(['outline(a.ts)', 'symbols(a.ts)']);
});

test('the same edit stops there, too, when the first to see it is who asks for a symbol', async () => {
  await service.read();
  ran();
  write('a.ts', '// second, and longer\nexport const a = 1;\n');
  expect(await service.symbol('a', 1)).toMatchObject({ outcome: 'hit', total: 1 });
  expect(ran()).toEqual(['outline(a.ts)', 'symbols(a.ts)']);
  expect(await service.refresh()).toMatchObject({ regenerated: ['a.ts'], symbolIndex: 'unchanged' });
  expect(ran()).toEqual([]);
});

test('a renamed symbol runs the outline, the symbols of that file, and the index', async () => {
  await service.read();
  ran();
  write('a.ts', '// first\nexport const renamed = 1;\n');
  expect(await service.refresh()).toMatchObject({ regenerated: ['a.ts'], symbolIndex: 'made' });
  expect(ran()).toEqual(['outline(a.ts)', 'symbol_index', 'symbols(a.ts)']);
  expect(await names('a')).toEqual([]);
  expect(await names('renamed')).toEqual(['a.ts:2 renamed']);
  expect(ran()).toEqual([]);
});

test('a new file runs its own outline and symbols, and the index', async () => {
  await service.read();
  ran();
  write('new.ts', 'export class New {}\n');
  expect(await names('New')).toEqual(['new.ts:1 New']);
  expect(ran()).toEqual(['outline(new.ts)', 'symbol_index', 'symbols(new.ts)']);
  expect(await service.refresh()).toMatchObject({ added: ['new.ts'], regenerated: ['new.ts'] });
  expect(ran()).toEqual([]);
});

test('a deleted file runs the index alone, and nothing when it is back as it was', async () => {
  await service.read();
  ran();
  rmSync(join(root, 'a.ts'));
  expect(await service.refresh()).toMatchObject({ removed: ['a.ts'], regenerated: [], symbolIndex: 'made' });
  expect(ran()).toEqual(['symbol_index']);
  expect(await names('a')).toEqual([]);
  write('a.ts', '// first\nexport const a = 1;\n');
  expect(await service.refresh()).toMatchObject({
    added: ['a.ts'],
    regenerated: [],
    symbolIndex: 'restored',
  });
  expect(await names('a')).toEqual(['a.ts:2 a']);
  expect(ran()).toEqual([]);
});

test('a touched file and one that is written again as it was run nothing', async () => {
  await service.read();
  ran();
  utimesSync(join(root, 'a.ts'), new Date(), new Date());
  write('deep/b.ts', readFileSync(join(root, 'deep/b.ts'), 'utf8'));
  expect(await service.refresh()).toMatchObject({ regenerated: [], restored: [], symbolIndex: 'unchanged' });
  expect(ran()).toEqual([]);
});

test('an ignore file that hides a file runs its own outline and the index', async () => {
  write('.gitignore', '# nothing\n');
  await service.read();
  ran();
  write('.gitignore', '# nothing\ndeep/\n');
  expect(await service.refresh()).toMatchObject({ removed: ['deep/b.ts'], symbolIndex: 'made' });
  expect(ran()).toEqual(['outline(.gitignore)', 'symbol_index', 'symbols(.gitignore)']);
  expect(await names('b')).toEqual([]);
});

test('switching to another branch and back runs nothing on the way back', async () => {
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  git('checkout', '-q', '-b', 'other');
  write('a.ts', '// first\nexport const other = 1;\n');
  write('only-here.ts', 'export const onlyHere = 1;\n');
  rmSync(join(root, 'deep'), { recursive: true });
  git('add', '-A');
  git('commit', '-q', '-m', 'two');
  git('checkout', '-q', 'main');

  await service.read();
  ran();
  git('checkout', '-q', 'other');
  await service.refresh();
  expect(ran()).toEqual([
    'outline(a.ts)',
    'outline(only-here.ts)',
    'symbol_index',
    'symbols(a.ts)',
    'symbols(only-here.ts)',
  ]);

  git('checkout', '-q', 'main');
  expect(await service.refresh()).toMatchObject({
    regenerated: [],
    restored: ['a.ts', 'deep/b.ts'],
    removed: ['only-here.ts'],
    symbolIndex: 'restored',
  });
  expect(await names('b')).toEqual(['deep/b.ts:1 b']);
  git('checkout', '-q', 'other');
  expect(await names('onlyHere')).toEqual(['only-here.ts:1 onlyHere']);
  await service.refresh();
  expect(ran()).toEqual([]);
});

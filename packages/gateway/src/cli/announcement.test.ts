import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { announce, announcements } from './announcement.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-announcement-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const one = { port: 4747, token: 'one', pid: 1, startedAt: 10 };
const other = { port: 4748, token: 'other', pid: 2, startedAt: 20 };

test('servers of a folder are found newest first, until they take back what they told', () => {
  const takeBack = announce(root, one);
  announce(root, other);
  expect(announcements(root)).toEqual([other, one]);
  takeBack();
  takeBack();
  expect(announcements(root)).toEqual([other]);
});

test('a file that a dead server left is replaced by the next one on its port', () => {
  announce(root, one);
  announce(root, { ...one, token: 'new' });
  expect(announcements(root)).toEqual([{ ...one, token: 'new' }]);
  expect(statSync(join(root, '.holdfast/servers/4747.json')).mode & 0o777).toBe(0o600);
});

test('a link that the folder came with is neither followed nor written through', () => {
  const victim = join(root, 'victim');
  writeFileSync(victim, 'untouched');
  mkdirSync(join(root, '.holdfast/servers'), { recursive: true });
  for (const link of ['.holdfast/.gitignore', '.holdfast/servers/4747.json'])
    symlinkSync(victim, join(root, link));
  announce(root, one);
  expect(readFileSync(victim, 'utf8')).toBe('untouched');
  expect(announcements(root)).toEqual([one]);
});

test('a .holdfast that is a link to somewhere else is refused', () => {
  const elsewhere = join(root, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(root, '.holdfast'));
  expect(() => announce(root, one)).toThrow(expect.objectContaining({ code: 'ELINKED' }));
  expect(existsSync(join(elsewhere, 'servers'))).toBe(false);
});

test.each(['{', 'null', '[]', '{"port":"4747"}', '{"port":4748,"token":"x","pid":1,"startedAt":1}', ''])(
  'a file with %j in it announces nothing',
  (text) => {
    mkdirSync(join(root, '.holdfast/servers'), { recursive: true });
    writeFileSync(join(root, '.holdfast/servers/4747.json'), text, { mode: 0o600 });
    writeFileSync(join(root, '.holdfast/servers/notes.txt'), 'x');
    mkdirSync(join(root, '.holdfast/servers/4748.json'));
    expect(announcements(root)).toEqual([]);
  },
);

test.runIf(process.platform !== 'win32')(
  'a file that others can read, as a checked-out one is, announces nothing, and neither does a link or a pipe',
  () => {
    announce(root, one);
    const file = join(root, '.holdfast/servers/4747.json');
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      chmodSync(file, mode);
      expect(announcements(root)).toEqual([]);
    }
    chmodSync(file, 0o600);
    expect(announcements(root)).toEqual([one]);
    renameSync(file, join(root, 'elsewhere.json'));
    symlinkSync(join(root, 'elsewhere.json'), file);
    expect(announcements(root)).toEqual([]);
    rmSync(file);
    execFileSync('/usr/bin/mkfifo', ['-m', '600', file]);
    expect(announcements(root)).toEqual([]);
  },
);

test('a folder that was never served has no servers', () => {
  expect(announcements(root)).toEqual([]);
  expect(announcements(join(root, 'missing'))).toEqual([]);
});

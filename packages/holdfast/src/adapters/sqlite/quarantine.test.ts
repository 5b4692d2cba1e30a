import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { quarantine } from './quarantine.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-quarantine-'));
const path = join(folder, 'store.db');

afterEach(() => {
  vi.useRealTimers();
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true }));

test('with a file goes its log, without which it says nothing of what happened', () => {
  for (const suffix of ['', '-wal', '-shm']) writeFileSync(path + suffix, `store${suffix}`);
  const aside = quarantine(path, 'damaged');
  const name = basename(aside);
  expect(readdirSync(folder).sort()).toEqual([name, `${name}-shm`, `${name}-wal`]);
  expect(readFileSync(`${aside}-wal`, 'utf8')).toBe('store-wal');
});

test('two files that are moved aside in one millisecond are two', () => {
  vi.useFakeTimers({ now: 1_000 });
  const asides = ['one', 'other'].map((text) => {
    writeFileSync(path, text);
    return quarantine(path, 'damaged');
  });
  expect(asides.map((aside) => readFileSync(aside, 'utf8'))).toEqual(['one', 'other']);
});

test('only a file is moved aside', () => {
  mkdirSync(path);
  expect(() => quarantine(path, 'damaged')).toThrow('only a file');
  expect(readdirSync(folder)).toEqual(['store.db']);
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitLockOf } from './git-lock.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-lock-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('the lock is that of the repository that a folder lies in', () => {
  mkdirSync(join(root, '.git'));
  mkdirSync(join(root, 'deep/er'), { recursive: true });
  expect(gitLockOf(root)).toBe(join(root, '.git/index.lock'));
  expect(gitLockOf(join(root, 'deep/er'))).toBe(join(root, '.git/index.lock'));
});

test('in a worktree it is where its file says', () => {
  writeFileSync(join(root, '.git'), 'gitdir: ../main/.git/worktrees/one\n');
  expect(gitLockOf(root)).toBe(join(root, '../main/.git/worktrees/one/index.lock'));
});

test('without a repository there is none', () => {
  expect(gitLockOf(root)).toBeUndefined();
});

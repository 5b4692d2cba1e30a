import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exclusively } from './exclusion.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-exclusion-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const program = `
  import { exclusively } from '${new URL('./exclusion.ts', import.meta.url)}';
  try {
    exclusively(process.argv[1], 0, () => {});
    console.log('inside');
  } catch {
    console.log('kept out');
  }`;

/** What becomes of another process that wants the same. */
function another(path: string): string {
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, path], {
    encoding: 'utf8',
  });
  return stdout.trim();
}

test('another process is kept out, although another store of this one has tried as well', () => {
  const path = join(folder, 'store.db');
  exclusively(path, 0, () => {
    expect(another(path)).toBe('kept out');
    expect(() => exclusively(path, 0, () => {})).toThrow('locked');
    expect(another(path)).toBe('kept out');
  });
  expect(another(path)).toBe('inside');
});

test('the lock is its owner’s alone', () => {
  exclusively(join(folder, 'store.db'), 0, () => {});
  expect(statSync(join(folder, 'store.db-lock')).mode & 0o777).toBe(0o600);
});

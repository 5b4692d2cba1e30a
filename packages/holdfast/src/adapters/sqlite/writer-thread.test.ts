import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseOptions } from './options.ts';
import type { WriterReport } from './order.ts';
import { WriterThread } from './writer-thread.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-writer-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

function begin(path: string, reports: WriterReport[]): WriterThread {
  const settings = parseOptions({});
  return new WriterThread({ path, shown: path, id: 'me', settings }, (report) => reports.push(report));
}

const close = (thread: WriterThread) =>
  new Promise<void>((resolve) => thread.hear({ type: 'close' }, resolve));

test('a thread that was closed opens nothing any more, whatever is still on its way', async () => {
  const path = join(folder, 'store.db');
  const reports: WriterReport[] = [];
  const thread = begin(path, reports);
  // Somebody else has the lock when it opens, so that it wants to sign in later.
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  thread.hear({ type: 'look', suspicious: true }, () => {});
  other.exec('ROLLBACK');
  other.close();
  await close(thread);
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  const told = reports.length;
  thread.hear({ type: 'look', suspicious: false }, () => {});
  thread.hear({ type: 'look', suspicious: true }, () => {});
  vi.advanceTimersByTime(2_000);
  expect(existsSync(path)).toBe(false);
  expect(reports.length).toBe(told);
  expect(vi.getTimerCount()).toBe(0);
});

test('a closed store leaves no word of an opener behind', async () => {
  const path = join(folder, 'store.db');
  await close(begin(path, []));
  const database = new DatabaseSync(path);
  expect(database.prepare('SELECT count(*) AS count FROM openers').get()?.count).toBe(0);
  database.close();
});

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { linuxPlatform, supportedPlatform } from '../../src/workspace/watch/linux.ts';
import type { WatchReport } from '../../src/workspace/watch/platform.ts';

const worker = new URL('./silent-worker.ts', import.meta.url);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('syncs that a thread says nothing of are missed after ten seconds, each once', async () => {
  const reports: WatchReport[] = [];
  const session = linuxPlatform({ roots: [], worker }).open((report) => reports.push(report));
  session.sync(1);
  session.sync(2);
  vi.advanceTimersByTime(9_999);
  expect(reports).toEqual([]);
  vi.advanceTimersByTime(2);
  expect(reports).toEqual([
    { type: 'unsynced', id: 1, reason: 'missed' },
    { type: 'unsynced', id: 2, reason: 'missed' },
  ]);
  vi.advanceTimersByTime(60_000);
  expect(reports).toHaveLength(2);
  session.sync(3);
  await session.close();
  vi.advanceTimersByTime(60_000);
  expect(reports).toHaveLength(2);
});

test('only Linux is known to tell of every change', () => {
  expect(supportedPlatform('linux', { roots: [] })?.name).toBe('linux');
  for (const other of ['darwin', 'win32', 'freebsd'] as const) {
    expect(supportedPlatform(other, { roots: [] })).toBeUndefined();
  }
});

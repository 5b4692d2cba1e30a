import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type FolderChanges, HeardChanges } from './heard-changes.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const followed: FolderChanges[] = [];
  const git = { locked: false };
  let following = Promise.resolve();
  const heard = new HeardChanges(
    () => git.locked,
    (changes) => {
      followed.push(changes);
      return following;
    },
  );
  const files = () => followed.map(({ paths }) => paths.size);
  return { heard, git, followed, files, hold: (until: Promise<void>) => (following = until) };
}

const names = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => `f${from + at}.ts`);

test('a file that was saved is followed up at once', () => {
  const { heard, followed } = setUp();
  heard.hear(['a.ts'], false);
  expect(followed).toEqual([{ paths: new Set(['a.ts']), listing: false }]);
  expect(vi.getTimerCount()).toBe(0);
});

test('what is changed until git has let go of its lock is one edit', async () => {
  const { heard, git, followed, files } = setUp();
  git.locked = true;
  heard.hear(['f0.ts'], false);
  await vi.advanceTimersByTimeAsync(400);
  heard.hear(names(1, 300), true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(followed).toEqual([]);
  git.locked = false;
  await vi.advanceTimersByTimeAsync(100);
  expect(files()).toEqual([300]);
  expect(followed[0]?.listing).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

test('many files are one edit when nothing was heard for a tenth of a second', async () => {
  const { heard, files } = setUp();
  for (let at = 0; at < 100; at += 10) {
    heard.hear(names(at, at + 10), false);
    await vi.advanceTimersByTimeAsync(50);
  }
  expect(files()).toEqual([]);
  await vi.advanceTimersByTimeAsync(50);
  expect(files()).toEqual([100]);
});

test('a lock that nobody takes away, and files that change all the time, are waited for three seconds', async () => {
  const { heard, git, files } = setUp();
  git.locked = true;
  heard.hear(['a.ts'], false);
  await vi.advanceTimersByTimeAsync(2_900);
  expect(files()).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(files()).toEqual([1]);
});

test('what is heard during a follow-up is followed up together, after it', async () => {
  const { heard, files, hold } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  hold(promise);
  heard.hear(['a.ts'], false);
  heard.hear(['b.ts'], false);
  heard.hear(['c.ts'], false);
  expect(files()).toEqual([1]);
  resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(files()).toEqual([1, 2]);
});

test('closed, it hears nothing and keeps no timer', async () => {
  const { heard, git, files } = setUp();
  git.locked = true;
  heard.hear(['a.ts'], false);
  heard.close();
  heard.hear(['b.ts'], false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(files()).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

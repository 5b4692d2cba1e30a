import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as threads from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { overwrite } from './damages.ts';
import { newFolder, open } from './folder.ts';
import { bytesOf, isWhole, numbered, record } from './record.ts';
import { fileOpened, started } from './started-threads.ts';

/* Whoever only reads recovers, too. */

vi.mock('node:worker_threads', async (original) =>
  (await import('./started-threads.ts')).observed(await original<typeof threads>()),
);

beforeEach(() => {
  started.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

const movedAside = expect.stringMatching(/^a damaged file was moved/);

/** One reading, and nothing else, has the damage moved out of the way. */
async function readingMoves(store: Store, hash: string): Promise<void> {
  const opened = fileOpened();
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  await opened;
  expect(store.status().warnings).toContainEqual(movedAside);
  expect(await store.read(hash)).toBeUndefined();
  expect(store.status().state).toBe('open');
}

test('damage that only the reader’s thread meets is looked into', async () => {
  const path = join(newFolder(), 'store.db');
  const body = bytesOf('large', 1_500_000);
  const large = record('large', body);
  const first = await open(path);
  await first.commit(large);
  await first.close();
  const bytes = readFileSync(path);
  const pageSize = bytes.readUInt16BE(16);
  const page = Math.floor(bytes.indexOf(body.subarray(700_000, 700_032)) / pageSize);
  // Where its next page is.
  bytes.writeUInt32BE(0xff_ff_ff_ff, page * pageSize);
  writeFileSync(path, bytes);
  const store = await open(path);
  await readingMoves(store, large.hash);
});

test('damage is looked into though the thread that writes has broken down', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.commit(numbered(`${index}`))));
  await started[0]?.terminate();
  overwrite(path);
  const { hash } = numbered('7');
  // No other is begun at once; the next breaks down before it has looked.
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  expect(started).toHaveLength(1);
  vi.advanceTimersByTime(250);
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  expect(started).toHaveLength(2);
  await started[1]?.terminate();
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  expect(started).toHaveLength(2);
  vi.advanceTimersByTime(250);
  await readingMoves(store, hash);
});

test('a question that cannot go to another thread is an error of its call alone', async () => {
  const store = await open(join(newFolder(), 'store.db'));
  await store.commit(numbered('record', { tags: ['t'] }));
  const tag = (() => 'no text') as unknown as string;
  const scan = async (filter: Parameters<Store['scan']>[0]) => {
    const found: boolean[] = [];
    for await (const { envelope } of store.scan(filter)) found.push(isWhole(envelope));
    return found;
  };
  await expect(scan({ tag })).rejects.toMatchObject({ code: 'E_STORE' });
  expect(await scan({ tag: 't' })).toEqual([true]);
});

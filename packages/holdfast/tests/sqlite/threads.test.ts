import { join } from 'node:path';
import type * as threads from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newFolder, open } from './folder.ts';
import { bytesOf, isWhole, numbered, record } from './record.ts';
import { started } from './started-threads.ts';

vi.mock('node:worker_threads', async (original) =>
  (await import('./started-threads.ts')).observed(await original<typeof threads>()),
);

beforeEach(() => {
  started.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

test('a writer that breaks down rejects what it had not acknowledged, and another takes its place', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  expect(await store.commit(numbered('before'))).toBe('committed');
  const orders = Array.from({ length: 2_000 }, (_, index) => store.commit(numbered(`during ${index}`)));
  await orders[0];
  const broken = started[0]?.terminate();
  const outcomes = await Promise.allSettled(orders);
  await broken;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'rejected') {
      expect(outcome.reason).toMatchObject({ code: 'E_STORE' });
      continue;
    }
    expect(outcome.value).toBe('committed');
    expect(await store.read(numbered(`during ${index}`).hash)).toBeDefined();
  }
  expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true);
  expect(await store.read(numbered('before').hash)).toBeDefined();
  // A thread that has just broken down is not started at once.
  await expect(store.commit(numbered('after'))).rejects.toMatchObject({ code: 'E_STORE' });
  vi.advanceTimersByTime(250);
  expect(await store.commit(numbered('after'))).toBe('committed');
  expect(store.status().state).toBe('open');
  await store.close();
});

test('a reader that breaks down rejects what it was asked, and another takes its place', async () => {
  const store = await open(join(newFolder(), 'store.db'));
  const large = record('large', bytesOf('large', 1_200_000));
  await store.commit(large);
  const asked = store.read(large.hash);
  expect(started).toHaveLength(2);
  await started[1]?.terminate();
  await asked.catch((error: unknown) => expect(error).toMatchObject({ code: 'E_STORE' }));
  const found = await store.read(large.hash);
  expect(found !== undefined && isWhole(found.envelope)).toBe(true);
});

test('what is quick to read needs no thread: a large record does, and many at once do', async () => {
  const store = await open(join(newFolder(), 'store.db'));
  const bodies = Array.from({ length: 6 }, (_, index) => new Uint8Array(1_000_000).fill(index));
  const records = bodies.map((body, index) => record(`${index}`, body));
  for (const one of records) await store.commit(one);
  const hashes = records.map(({ hash }) => hash);
  for (const hash of hashes) expect(await store.read(hash)).toBeDefined();
  expect(started).toHaveLength(1);
  const many = await store.readMany(hashes);
  expect(started).toHaveLength(2);
  for (const { hash, envelope } of records) {
    const found = many.get(hash)?.envelope;
    expect(found !== undefined && Buffer.compare(found, envelope) === 0).toBe(true);
  }
});

test('closing leaves no thread, and one that was closed can be opened again at once', async () => {
  const path = join(newFolder(), 'store.db');
  for (let round = 0; round < 3; round += 1) {
    const store = await open(path);
    const exits = started.splice(0).map((worker) => new Promise((resolve) => worker.once('exit', resolve)));
    const orders = Array.from({ length: 100 }, (_, index) => store.commit(numbered(`${round} ${index}`)));
    await store.close();
    await Promise.all(exits);
    expect(new Set(await Promise.all(orders))).toEqual(new Set(['committed']));
    await expect(store.commit(numbered('late'))).rejects.toMatchObject({ code: 'E_CLOSED' });
    expect(store.status()).toMatchObject({ state: 'closed', records: 100 * (round + 1) });
  }
});

test('a value that cannot go to another thread is an error of its call alone', async () => {
  const store = await open(join(newFolder(), 'store.db'));
  const tags = [(() => 'no text') as unknown as string];
  const [bad] = await Promise.allSettled([store.commit({ ...numbered('bad'), tags })]);
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'E_STORE' } });
  expect(await store.commit(numbered('good'))).toBe('committed');
});

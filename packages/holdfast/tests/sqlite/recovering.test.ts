import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as threads from 'node:worker_threads';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { newFolder, open } from './folder.ts';
import { bytesOf, isWhole, numbered, record } from './record.ts';

/* Whoever only reads recovers, too. */

const started: threads.Worker[] = [];

vi.mock('node:worker_threads', async (original) => {
  const actual = await original<typeof threads>();
  class Observed extends actual.Worker {
    constructor(...given: ConstructorParameters<typeof actual.Worker>) {
      super(...given);
      started.push(this);
    }
  }
  return { ...actual, Worker: Observed };
});

beforeEach(() => {
  started.length = 0;
});

const movedAside = expect.stringMatching(/^a damaged file was moved/);

/** Reads, and nothing else, until the damage is out of the way. */
async function readUntilMoved(store: Store, hash: string): Promise<void> {
  await vi.waitFor(async () => {
    await store.read(hash).catch((error: unknown) => expect(error).toMatchObject({ code: 'E_STORE' }));
    expect(store.status().warnings).toContainEqual(movedAside);
  }, 10_000);
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
  await readUntilMoved(store, large.hash);
});

test('damage is looked into though the thread that writes has broken down', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  await Promise.all(Array.from({ length: 200 }, (_, index) => store.commit(numbered(`${index}`))));
  await started[0]?.terminate();
  const overwrite = `
    const fs = require('node:fs');
    for (const suffix of ['', '-wal'].filter((suffix) => fs.existsSync(process.argv[1] + suffix))) {
      const file = fs.openSync(process.argv[1] + suffix, 'r+');
      fs.writeSync(file, Buffer.alloc(200_000, 'no database'), 0, undefined, 0);
    }`;
  expect(spawnSync(process.execPath, ['-e', overwrite, path]).status).toBe(0);
  const { hash } = numbered('7');
  // The next breaks down before it has looked, and no other is begun at once.
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  await started[1]?.terminate();
  await expect(store.read(hash)).rejects.toMatchObject({ code: 'E_STORE' });
  await readUntilMoved(store, hash);
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

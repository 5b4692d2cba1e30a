import { statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { newFolder, open } from './folder.ts';
import { bytesOf, isWhole, numbered, record } from './record.ts';

test('the byte cap holds after every commit, whatever is committed', { timeout: 30_000 }, async () => {
  const maxBytes = 60_000;
  const store = await open(join(newFolder(), 'store.db'), { maxBytes });
  let count = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 70_000 }), fc.nat(20), async (length, name) => {
      count += 1;
      const outcome = await store.commit(record(`${name}`, bytesOf(`${count}`, length)));
      expect(outcome).toBe(length + 32 > maxBytes ? 'full' : 'committed');
      expect(store.status().bytes).toBeLessThanOrEqual(maxBytes);
    }),
  );
  let [records, bytes] = [0, 0];
  for await (const { envelope } of store.scan({})) {
    records += 1;
    bytes += envelope.length;
  }
  expect(store.status()).toMatchObject({ records, bytes, state: 'open' });
});

test('what nobody will want any more leaves first', async () => {
  const store = await open(join(newFolder(), 'store.db'), { maxBytes: 30_000 });
  const body = (name: string) => bytesOf(name, 9_000);
  await store.commit(record('old', body('old')));
  await store.commit(record('useless', body('useless'), { uselessAt: Date.now() - 1 }));
  await store.commit(record('new', body('new')));
  await store.commit(record('newest', body('newest')));
  const present = await store.readMany(
    ['old', 'useless', 'new', 'newest'].map((name) => numbered(name).hash),
  );
  expect([...present.keys()]).toEqual(['old', 'new', 'newest'].map((name) => numbered(name).hash));
});

test('from half of the cap on, what is stored is compressed', async () => {
  const path = join(newFolder(), 'store.db');
  const added = async (store: Store, name: string, body: Uint8Array) => {
    const before = store.status().bytes;
    await store.commit(record(name, body));
    return store.status().bytes - before;
  };
  const easy = new Uint8Array(100_000);
  const first = await open(path, { maxBytes: 1_000_000 });
  expect(await added(first, 'plain', easy)).toBe(100_032);
  expect(await added(first, 'hard', bytesOf('hard', 500_000))).toBe(500_032);
  await first.close();
  const second = await open(path, { maxBytes: 1_000_000 });
  expect(await added(second, 'short', easy)).toBeLessThan(1_000);
  for (const name of ['plain', 'short']) {
    const found = await second.read(record(name, easy).hash);
    expect(found !== undefined && isWhole(found.envelope)).toBe(true);
  }
});

test('a cap that was lowered is kept from the next commit on, and the file gets smaller', {
  timeout: 30_000,
}, async () => {
  const path = join(newFolder(), 'store.db');
  const first = await open(path);
  for (let index = 0; index < 200; index += 1)
    await first.commit(record(`${index}`, bytesOf(`${index}`, 50_000)));
  await first.close();
  const before = statSync(path).size;
  const second = await open(path, { maxBytes: '1MiB' });
  for (let index = 0; index < 20; index += 1) await second.commit(numbered(`new ${index}`));
  expect(second.status().bytes).toBeLessThanOrEqual(2 ** 20);
  await second.close();
  expect(statSync(path).size).toBeLessThan(before / 2);
});

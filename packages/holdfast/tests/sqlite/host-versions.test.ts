import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../src/adapters/sqlite/index.ts';
import { steps } from '../../src/adapters/sqlite/schema.ts';
import { Member } from '../store/member.ts';
import { newFolder } from './folder.ts';
import { Host } from './host.ts';
import { loadedFirst, newerVersion } from './loaded.ts';
import { madeOf } from './record.ts';

/* Processes of two versions, side by side on one file. */

const beginNewer = (path: string) => loadedFirst(newerVersion, () => Member.open({ path }));

test('a newer process takes the file over with what is in it; the older one goes on without a store', async () => {
  const path = join(newFolder(), 'store.db');
  const older = await Host.open(path);
  await older.make(['before']);
  await older.cache.flush();

  const newer = await beginNewer(path);
  const before = { value: madeOf('before'), outcome: 'stored' };
  expect(await newer.do({ type: 'make', key: 'before', value: 'made anew' })).toEqual(before);
  expect(await newer.do({ type: 'set', key: 'of the newer', value: 'value' })).toBe(true);

  expect(await older.make(['before', 'new'])).toContain('generated');
  expect(await older.cache.set('set', 'set')).toEqual({ persisted: false });
  await expect(older.cache.invalidate({ tag: 't' })).rejects.toMatchObject({ code: 'E_UNCONFIRMED' });
  expect(older.failures).toContain('written by a newer version of Holdfast');
  // The cache may leave the store alone by now, which then is told nothing.
  await expect(older.store.invalidate({ tag: 't' })).rejects.toMatchObject({ code: 'E_STORE' });
  expect(older.store.status()).toMatchObject({
    state: 'readonly',
    warnings: [expect.stringContaining(`format ${steps.length + 1}, this one knows ${steps.length}`)],
  });

  await newer.close();
  await expect(sqliteStore(path)).rejects.toMatchObject({ code: 'E_STORE_OPEN' });
  // Once the older has gone, the file is the newer's as it was; or it is moved aside, where that was said.
  await older.cache.close({ timeout: 1_000 });
  const again = await beginNewer(path);
  expect(await again.do({ type: 'lookup', key: 'of the newer' })).toMatchObject({ value: 'value' });
  await again.close();
  const anew = await Host.open(path, { newerFile: 'replace' });
  expect(anew.store.status().warnings).toEqual([expect.stringContaining('newer version was moved')]);
  expect(await anew.make(['before'])).toEqual(new Set(['generated']));
  await anew.close();
  expect(await (await Host.open(path)).make(['before'])).toEqual(new Set(['stored']));
});

test('a record of a newer format is a miss, and stays until somebody has a newer value', async () => {
  const path = join(newFolder(), 'store.db');
  const first = await Host.open(path);
  await first.cache.set('key', 'of the newer');
  const [record] = await Array.fromAsync(first.store.scan({}));
  if (record === undefined) throw new Error('nothing is stored');
  // Every version keeps the number of the format at its place, and the checksum at the end.
  const envelope = Buffer.from(record.envelope);
  envelope.writeUInt8(3, 4);
  envelope.writeUInt32LE(crc32(envelope.subarray(0, -4)), envelope.length - 4);
  const { hash } = record;
  const where = { scope: '', kind: 'default', tags: [], paths: [], keys: [] };
  await first.store.commit({ hash, ...where, uselessAt: Number.POSITIVE_INFINITY, envelope });
  await first.close();

  const older = await Host.open(path);
  expect(await older.cache.lookup('key')).toBeUndefined();
  expect(older.told).toMatchObject([{ type: 'record.refused', reason: 'newer format' }]);
  expect((await older.store.read(hash))?.envelope).toEqual(new Uint8Array(envelope));
  expect(await older.make(['key'])).toEqual(new Set(['generated']));
  await older.close();
  expect(await (await Host.open(path)).make(['key'])).toEqual(new Set(['stored']));
});

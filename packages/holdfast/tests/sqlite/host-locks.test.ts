import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder } from './folder.ts';
import { Host } from './host.ts';
import { madeOf } from './record.ts';

/* A process that is stopped, as the callers of a cache in another one see it. With a lease: tests/store/processes.test.ts. */

const during = ['during 1', 'during 2', 'during 3'];

test('stopped with the write lock: callers get values, the event says why, and all is stored when it is gone', async () => {
  const path = join(newFolder(), 'store.db');
  const host = await Host.open(path, { writeTimeout: '600ms' });
  await host.make(['before']);
  await host.cache.flush();
  const child = new Child();
  await child.do({ type: 'transact', path, sql: 'BEGIN IMMEDIATE' });
  child.signal('SIGSTOP');

  expect(await host.make(['before'])).toEqual(new Set(['hit']));
  expect(await host.make(during)).toEqual(new Set(['generated']));
  const reader = await Host.open(path);
  expect(await reader.make(['before'])).toEqual(new Set(['stored']));
  expect(await host.cache.set('set', madeOf('set'))).toEqual({ persisted: false });
  await expect(host.cache.invalidate({ key: 'gone' })).rejects.toMatchObject({ code: 'E_UNCONFIRMED' });
  expect(host.failures).toMatch(/gave no lease within|holds the write lock/);

  await child.kill();
  await host.stored('set', ...during);
  await host.until(() => host.told.some(({ type }) => type === 'store.recovered'));
  const other = await Host.open(path);
  expect(await other.make(['before', 'set', ...during])).toEqual(new Set(['stored']));
});

test('stopped in a read transaction: callers get values, the status says why, and all is stored when it is gone', async () => {
  const path = join(newFolder(), 'store.db');
  const host = await Host.open(path, { maxLogBytes: '1MiB' });
  await host.make(['before']);
  await host.cache.flush();
  const child = new Child();
  await child.do({ type: 'transact', path, sql: 'BEGIN' });
  child.signal('SIGSTOP');
  const large = (index: number) => `${index} `.repeat(60_000);
  let stored = 0;
  while ((await host.cache.set(`large ${stored}`, large(stored))).persisted) {
    stored += 1;
    if (stored === 200) throw new Error('the log grows without end');
  }
  expect(host.store.status()).toMatchObject({
    state: 'readonly',
    warnings: [expect.stringContaining('the log cannot be cut')],
  });
  expect(await host.make(['before', ...during])).toEqual(new Set(['hit', 'generated']));
  expect(host.cache.peek(`large ${stored}`)?.value).toBe(large(stored));
  await host.cache.invalidate({ key: 'large 0' });

  await child.kill();
  await host.persist('after', 'after');
  expect(host.store.status()).toMatchObject({ state: 'open', warnings: [] });
  await host.close();
  const other = await Host.open(path);
  expect(await other.make(['before'])).toEqual(new Set(['stored']));
  expect(await other.cache.lookup('large 0')).toBeUndefined();
  expect((await other.cache.lookup('large 1'))?.value).toBe(large(1));
});

import { join } from 'node:path';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { Child } from './child.ts';
import { newFolder, open } from './folder.ts';
import { bytesOf, numbered, record } from './record.ts';

/** Milliseconds. Whoever waits for a lock on the event loop's thread is above it, and a busy machine is below. */
const smallDelay = 200;

test('a process that was stopped with the write lock delays writes, and neither reads nor the event loop', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path, { writeTimeout: '600ms' });
  await store.commit(numbered('before'));
  const child = new Child();
  await child.do({ type: 'transact', path, sql: 'BEGIN IMMEDIATE' });
  child.signal('SIGSTOP');

  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const began = performance.now();
  const commit = store.commit(numbered('during'));
  commit.catch(() => {});
  const [acquired, renewed] = await Promise.allSettled([
    store.acquire('key', 10_000).finally(() => performance.now() - began),
    store.renew('key', 1, 10_000),
  ]);
  const took = performance.now() - began;
  expect(acquired).toMatchObject({ status: 'rejected', reason: { code: 'E_STORE' } });
  expect(renewed).toMatchObject({ status: 'rejected', reason: { code: 'E_STORE' } });
  expect(took).toBeLessThan(1_500);
  expect(await store.read(numbered('before').hash)).toBeDefined();
  await expect(commit).rejects.toMatchObject({ code: 'E_STORE', cause: { reason: 'busy' } });
  expect(await store.read(numbered('during').hash)).toBeUndefined();
  const second = await open(path);
  expect(await second.read(numbered('before').hash)).toBeDefined();
  delay.disable();
  expect(delay.max / 1e6).toBeLessThan(smallDelay);

  const waiting = second.commit(numbered('after'));
  await child.kill();
  expect(await waiting).toBe('committed');
  expect(await store.acquire('key', 10_000)).toMatchObject({ state: 'acquired' });
});

test('acquire gives up after 250 ms', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  const child = new Child();
  await child.do({ type: 'transact', path, sql: 'BEGIN IMMEDIATE' });
  child.signal('SIGSTOP');
  const began = performance.now();
  await expect(store.acquire('key', 10_000)).rejects.toMatchObject({ code: 'E_STORE' });
  expect(performance.now() - began).toBeGreaterThan(200);
  expect(performance.now() - began).toBeLessThan(600);
  await child.kill();
  // The order that was given up leaves no lease behind.
  expect(await store.acquire('key', 10_000)).toMatchObject({ state: 'acquired' });
});

test('the lease of a stopped process runs out, and what it commits then is fenced', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  const child = new Child();
  await child.do({ type: 'open', path });
  const claim = await child.do({ type: 'acquire', name: 'key', term: 300 });
  if (claim.state !== 'acquired') throw new Error(`the lease is ${claim.state}`);
  child.signal('SIGSTOP');
  const { hash } = numbered('key');
  const held = await store.acquire(hash, 10_000);
  if (held.state !== 'held') throw new Error(`the lease is ${held.state}`);
  await store.waitForChange(hash, held.change, 5_000);
  const mine = await store.acquire(hash, 10_000);
  if (mine.state !== 'acquired') throw new Error(`the lease is ${mine.state}`);
  expect(mine.token).toBeGreaterThan(claim.token);
  child.signal('SIGCONT');
  expect(await child.do({ type: 'commit', name: 'key', fence: claim })).toBe('fenced');
  expect(await store.commit(numbered('key'), mine)).toBe('committed');
});

test('the lease of a stopped process fences it although nobody took the lease over', async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path);
  const child = new Child();
  await child.do({ type: 'open', path });
  const claim = await child.do({ type: 'acquire', name: 'key', term: 200 });
  if (claim.state !== 'acquired') throw new Error(`the lease is ${claim.state}`);
  child.signal('SIGSTOP');
  const held = await store.acquire(numbered('key').hash, 10_000);
  if (held.state !== 'held') throw new Error(`the lease is ${held.state}`);
  await store.waitForChange(numbered('key').hash, held.change, 5_000);
  child.signal('SIGCONT');
  expect(await child.do({ type: 'commit', name: 'key', fence: claim })).toBe('fenced');
});

test('a process that was stopped in a read transaction stops the log from growing without bounds', {
  timeout: 20_000,
}, async () => {
  const path = join(newFolder(), 'store.db');
  const store = await open(path, { maxLogBytes: '4MiB' });
  await store.commit(numbered('before'));
  const child = new Child();
  await child.do({ type: 'transact', path, sql: 'BEGIN' });
  child.signal('SIGSTOP');
  let outcome = '';
  let stored = 0;
  for (; stored < 100 && outcome !== 'full'; stored += 1) {
    outcome = await store.commit(record(`large ${stored}`, bytesOf(`${stored}`, 200_000)));
  }
  expect(outcome).toBe('full');
  expect(store.status()).toMatchObject({ state: 'readonly' });
  expect(store.status().warnings).toEqual([expect.stringContaining('log')]);
  expect(await store.read(numbered('before').hash)).toBeDefined();
  expect(await store.invalidate({ tag: 'none' })).toBeGreaterThan(0);
  await child.kill();
  expect(await store.commit(numbered('after'))).toBe('committed');
  expect(store.status()).toMatchObject({ state: 'open', warnings: [] });
});

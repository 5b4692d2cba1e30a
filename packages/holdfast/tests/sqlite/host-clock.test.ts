import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Member } from '../store/member.ts';
import { newFolder } from './folder.ts';
import { jumpingClock, loadedFirst } from './loaded.ts';

/* Processes whose clock is the machine's: it jumps for all of their threads, and for the store. */

const hour = 3_600_000;
let path = '';

const setClock = (ahead: number): void => writeFileSync(String(process.env.HOLDFAST_TEST_CLOCK), `${ahead}`);

beforeEach(() => {
  const folder = newFolder();
  path = join(folder, 'store.db');
  process.env.HOLDFAST_TEST_CLOCK = join(folder, 'clock');
  setClock(0);
});
afterEach(() => {
  delete process.env.HOLDFAST_TEST_CLOCK;
});

const begin = (ttl?: '30m') =>
  loadedFirst(jumpingClock, () => Member.open({ path, ...(ttl !== undefined && { ttl }) }));

test('set back by an hour: the lease of a process that has died keeps nobody waiting', async () => {
  const [holder, other] = [await begin(), await begin()];
  await holder.herd('key', 1);
  await holder.until(() => holder.ran.length > 0);
  await holder.kill();
  setClock(-hour);
  const herd = await other.herd('key', 5);
  await other.until(() => other.ran.length > 0);
  await other.do({ type: 'finish', key: 'key', value: 'of the other' });
  expect(await herd.settled).toEqual({ 'of the other': 5 });
  await other.do({ type: 'flush' });
  expect(await (await begin()).do({ type: 'lookup', key: 'key' })).toMatchObject({ value: 'of the other' });
});

test('set forth by an hour: a lease that lives seems over, which costs a generation and no value', async () => {
  const [holder, other] = [await begin(), await begin()];
  const own = await holder.herd('key', 5);
  await holder.until(() => holder.ran.length > 0);
  setClock(hour);
  const herd = await other.herd('key', 5);
  await other.until(() => other.ran.length > 0);
  await other.do({ type: 'finish', key: 'key', value: 'of the other' });
  expect(await herd.settled).toEqual({ 'of the other': 5 });
  await other.do({ type: 'flush' });
  await holder.do({ type: 'finish', key: 'key', value: 'overtaken' });
  expect(await own.settled).toEqual({ overtaken: 5 });
  await holder.do({ type: 'flush' });
  for (const member of [other, await begin()]) {
    expect(await member.do({ type: 'lookup', key: 'key' })).toMatchObject({ value: 'of the other' });
  }
  expect(await holder.do({ type: 'shown' })).toContain('entry.fenced');
});

test('set forth and back: nothing is revived, nothing dies, and what one does the other is told', async () => {
  const [one, two] = [await begin('30m'), await begin('30m')];
  await one.do({ type: 'make', key: 'kept', value: 'kept' });
  await one.do({ type: 'flush' });
  await two.do({ type: 'lookup', key: 'kept' });
  for (const [round, ahead] of [hour, 0, -hour, 0].entries()) {
    setClock(ahead);
    for (const member of [one, two]) {
      expect(await member.do({ type: 'lookup', key: 'kept' })).toEqual({ value: 'kept', outcome: 'hit' });
    }
    const key = `key ${round}`;
    await one.do({ type: 'set', key, value: 'old' });
    expect(await two.do({ type: 'lookup', key })).toMatchObject({ value: 'old' });
    await one.do({ type: 'invalidate', key });
    await two.do({ type: 'untilGone', key });
    expect(await two.do({ type: 'lookup', key })).toBeUndefined();
    await two.do({ type: 'make', key, value: 'new' });
    await two.do({ type: 'flush' });
    expect(await one.do({ type: 'lookup', key })).toMatchObject({ value: 'new' });
  }
  expect(await (await begin('30m')).do({ type: 'lookup', key: 'kept' })).toEqual({
    value: 'kept',
    outcome: 'stored',
  });
});

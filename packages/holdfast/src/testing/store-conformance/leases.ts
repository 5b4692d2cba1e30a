import assert from 'node:assert/strict';
import type { SharedFailure } from '../../lib/errors.ts';
import type { Store } from '../../stores/store.ts';
import { acquired, hashOf, held, put, type StoreCase, type Trial, wakeTime } from './trial.ts';

const hash = hashOf('a');
const failure: SharedFailure = { name: 'Error', code: 'E_PROVIDER', status: 429, retryAt: 1_767_225_600_000 };

async function pair(trial: Trial): Promise<[Store, Store]> {
  return [await trial.open(), await trial.open()];
}

/** Whether the wait is over when `change` is done. */
async function wakes(
  trial: Trial,
  change: (holder: Store, token: number, sequence: number) => Promise<unknown>,
) {
  const [holder, waiter] = await pair(trial);
  const { token, sequence } = await acquired(holder, trial.record('a').hash, trial.term);
  const claim = await held(waiter, trial.record('a').hash, trial.term);
  let over = false;
  const waiting = waiter.waitForChange(trial.record('a').hash, claim.change, trial.term).then(() => {
    over = true;
  });
  await change(holder, token, sequence);
  await trial.soon(() => over, 'whoever waits is woken', wakeTime);
  await waiting;
}

/** Who generates, and who waits. */
export const leaseCases: readonly StoreCase[] = [
  {
    name: 'gives a lease to one, and tells the others until when',
    async check(trial) {
      const [one, two] = await pair(trial);
      const before = trial.bench.clock.wall();
      await acquired(one, hash, trial.term);
      for (const store of [one, two]) {
        const { until } = await held(store, hash, trial.term);
        assert.ok(until >= before + trial.term - 1 && until <= trial.bench.clock.wall() + trial.term + 1);
      }
      await acquired(two, hashOf('b'), trial.term);
    },
  },
  {
    name: 'gives a lease to one of many who ask at the same time',
    async check(trial) {
      const stores = [await trial.open(), await trial.open(), await trial.open()];
      const claims = await Promise.all(
        Array.from({ length: 30 }, (_, index) => (stores[index % 3] as Store).acquire(hash, trial.term)),
      );
      assert.equal(claims.filter(({ state }) => state === 'acquired').length, 1);
      assert.equal(claims.filter(({ state }) => state === 'held').length, 29);
    },
  },
  {
    name: 'frees a lease that was not renewed for its term, and renews it no more',
    async check(trial) {
      const [one, two] = await pair(trial);
      const { token } = await acquired(one, hash, trial.term);
      await trial.bench.advance(trial.term * 0.6);
      assert.equal(await one.renew(hash, token, trial.term), true);
      await trial.bench.advance(trial.term * 0.6);
      await held(two, hash, trial.term);
      assert.equal(await one.renew(hash, token, trial.term), true);
      await trial.bench.advance(trial.term * 1.1);
      assert.equal(await one.renew(hash, token, trial.term), false);
      const next = await acquired(two, hash, trial.term);
      assert.ok(next.token > token);
      assert.equal(await one.renew(hash, token, trial.term), false);
      assert.equal(await two.renew(hash, next.token, trial.term), true);
    },
  },
  {
    name: 'gives each lease of a key a greater token, however the last one ended',
    async check(trial) {
      const [one, two] = await pair(trial);
      const record = trial.record('a');
      const ends: ((token: number) => Promise<unknown>)[] = [
        (token) => one.release(record.hash, token),
        () => put(two, record),
        () => two.invalidate({ hash: record.hash }),
        (token) => one.release(record.hash, token, failure),
        () => one.delete(record.hash).then(() => trial.bench.advance(trial.term * 1.1)),
        () => Promise.all([one.close(), two.close()]).then(() => trial.bench.advance(trial.term * 1.1)),
      ];
      let last = Number.NEGATIVE_INFINITY;
      for (const [index, end] of ends.entries()) {
        const { token } = await acquired(index % 2 === 0 ? one : two, record.hash, trial.term);
        assert.ok(Number.isSafeInteger(token) && token > last);
        last = token;
        await end(token);
      }
      assert.ok((await acquired(await trial.open(), record.hash, trial.term)).token > last);
    },
  },
  {
    name: 'lets nobody end a lease by a token that does not hold',
    async check(trial) {
      const [one, two] = await pair(trial);
      const { token } = await acquired(one, hash, trial.term);
      await two.release(hash, token - 1, failure);
      await two.release(hash, token + 1, failure);
      await two.release(hashOf('b'), token, failure);
      await held(two, hash, trial.term);
      await one.release(hash, token);
      const next = await acquired(two, hash, trial.term);
      await one.release(hash, token, failure);
      assert.equal(await two.renew(hash, next.token, trial.term), true);
    },
  },
  {
    name: 'tells of a failure those who waited, once each, and nobody else',
    async check(trial) {
      const [holder, waiter] = await pair(trial);
      const [second, stranger] = await pair(trial);
      const { token } = await acquired(holder, hash, trial.term);
      await held(waiter, hash, trial.term);
      await held(second, hash, trial.term);
      await holder.release(hash, token, failure);
      for (const store of [waiter, second]) {
        const claim = await store.acquire(hash, trial.term);
        assert.equal(claim.state, 'failed');
        assert.deepEqual(claim.state === 'failed' && claim.failure, failure);
      }
      const next = await acquired(stranger, hash, trial.term);
      await stranger.release(hash, next.token, { name: 'TypeError' });
      await acquired(waiter, hash, trial.term);
    },
  },
  {
    name: 'tells nobody of a failure who waited for another lease of the key',
    async check(trial) {
      const [holder, waiter] = await pair(trial);
      const first = await acquired(holder, hash, trial.term);
      await held(waiter, hash, trial.term);
      await holder.release(hash, first.token);
      const second = await acquired(holder, hash, trial.term);
      await holder.release(hash, second.token, failure);
      await acquired(waiter, hash, trial.term);
    },
  },
  {
    name: 'wakes those who wait when the lease is released',
    check: (trial) => wakes(trial, (holder, token) => holder.release(trial.record('a').hash, token)),
  },
  {
    name: 'wakes those who wait when the generation failed',
    check: (trial) => wakes(trial, (holder, token) => holder.release(trial.record('a').hash, token, failure)),
  },
  {
    name: 'wakes those who wait when the record is committed',
    check: (trial) =>
      wakes(trial, (holder, token, sequence) => holder.commit(trial.record('a'), { token, sequence })),
  },
  {
    name: 'wakes those who wait when the key is set',
    check: (trial) => wakes(trial, (holder) => put(holder, trial.record('a'))),
  },
  {
    name: 'wakes those who wait when the key is invalidated',
    check: (trial) => wakes(trial, (holder) => holder.invalidate({ hash: trial.record('a').hash })),
  },
  {
    name: 'does not let wait for what has changed already',
    async check(trial) {
      const [holder, waiter] = await pair(trial);
      const { token } = await acquired(holder, hash, trial.term);
      const { change } = await held(waiter, hash, trial.term);
      await holder.release(hash, token);
      await acquired(holder, hash, trial.term);
      let over = false;
      const waiting = waiter.waitForChange(hash, change, trial.term).then(() => {
        over = true;
      });
      await trial.soon(() => over, 'the wait is over', wakeTime);
      await waiting;
    },
  },
  {
    name: 'ends a wait when its time is up, and lets each key wait for itself',
    async check(trial) {
      const [holder, waiter] = await pair(trial);
      const { token } = await acquired(holder, hashOf('b'), trial.term);
      await acquired(holder, hash, trial.term);
      const { change } = await held(waiter, hash, trial.term);
      let over = false;
      const waiting = waiter.waitForChange(hash, change, trial.term / 2).then(() => {
        over = true;
      });
      await holder.release(hashOf('b'), token);
      await trial.bench.advance(0);
      assert.equal(over, false);
      await trial.bench.advance(trial.term * 0.6);
      await trial.soon(() => over, 'the wait is over', wakeTime);
      await waiting;
    },
  },
];

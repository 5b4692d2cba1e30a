import assert from 'node:assert/strict';
import { HoldfastError } from '../../lib/errors.ts';
import { acquired, assertRecord, hashOf, held, put, type StoreCase, wakeTime } from './trial.ts';

/** How stores end. */
export const closingCases: readonly StoreCase[] = [
  {
    name: 'closes once, however often it is asked to, and leaves the others open',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const record = trial.record('a');
      await Promise.all([store.close(), store.close()]);
      await store.close();
      assert.equal(store.status().state, 'closed');
      assert.equal(other.status().state, 'open');
      await put(other, record);
      assertRecord(await other.read(record.hash), record);
    },
  },
  {
    name: 'rejects everything with E_CLOSED after it was closed, and throws nothing',
    async check(trial) {
      const store = await trial.open();
      const [hash, record] = [hashOf('a'), trial.record('a')];
      const stop = store.subscribe(() => {});
      const table = store.table('t');
      await store.close();
      stop();
      const calls: (() => Promise<unknown>)[] = [
        () => store.read(hash),
        () => store.readMany([hash]),
        () => store.commit(record),
        () => store.commit(record, { token: 1, sequence: 1 }),
        () => store.delete(hash),
        () => store.invalidate({ hash }),
        () => store.expire({ hash }, 0),
        () => store.acquire(hash, 1_000),
        () => store.renew(hash, 1, 1_000),
        () => store.release(hash, 1),
        () => store.waitForChange(hash, 1, 1_000),
        () => store.dependents({ path: 'p' }),
        () => store.dependents({ key: hash }),
        () => store.catchUp(),
        () => store.scan({})[Symbol.asyncIterator]().next(),
        () => table.get('a'),
        () => table.set('a', new Uint8Array()),
        () => table.delete('a'),
        () => table.entries()[Symbol.asyncIterator]().next(),
        () => store.table('t').get('a'),
      ];
      for (const call of calls) {
        await assert.rejects(call(), (error) => HoldfastError.isInstance(error) && error.code === 'E_CLOSED');
      }
    },
  },
  {
    name: 'commits what was accepted before it was closed',
    async check(trial) {
      const store = await trial.open();
      const records = Array.from({ length: 100 }, (_, index) => trial.record(`${index}`));
      const commits = records.map((record) => store.commit(record));
      await store.close();
      assert.deepEqual(new Set(await Promise.all(commits)), new Set(['committed']));
      const later = await trial.open();
      for (const record of records) assertRecord(await later.read(record.hash), record);
    },
  },
  {
    name: 'lets nobody wait who waits when it is closed',
    async check(trial) {
      const [holder, waiter] = [await trial.open(), await trial.open()];
      await acquired(holder, hashOf('a'), trial.term);
      const { change } = await held(waiter, hashOf('a'), trial.term);
      let over = false;
      const done = (): void => {
        over = true;
      };
      const waiting = waiter.waitForChange(hashOf('a'), change, trial.term).then(done, done);
      await waiter.close();
      await trial.soon(() => over, 'the wait is over', wakeTime);
      await waiting;
    },
  },
  {
    name: 'tells nothing any more after it was closed',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const heard = trial.listen(store);
      await store.close();
      await other.invalidate({ tag: 't' });
      await trial.bench.advance(200);
      assert.deepEqual(heard, []);
    },
  },
];

import assert from 'node:assert/strict';
import type { Store, StoreChange } from '../../stores/store.ts';
import { acquired, put, type StoreCase, type Trial } from './trial.ts';

async function pair(trial: Trial): Promise<[Store, Store]> {
  return [await trial.open(), await trial.open()];
}

/** What stores tell each other of. */
export const changeCases: readonly StoreCase[] = [
  {
    name: 'tells other stores of invalidations, expiries and sets, once and in their order',
    async check(trial) {
      const [one, two] = await pair(trial);
      const heard = trial.listen(two);
      const record = trial.record('a', { scope: 's', kind: 'k', tags: ['t'] });
      const { hash, scope, kind } = record;
      const expected: StoreChange[] = [];
      for (let round = 0; round < 3; round += 1) {
        const selector = { scope: 's', kind: 'k', tag: 't', path: 'p', hash };
        await put(one, record);
        const sequence = await one.invalidate(selector);
        expected.push(
          { type: 'set', sequence: sequence - 1, hash, kind, scope },
          { type: 'invalidated', sequence, selector },
        );
        const at = trial.bench.clock.wall() + round;
        expected.push({
          type: 'expired',
          sequence: await one.expire({ tag: 't' }, at),
          selector: { tag: 't' },
          at,
        });
        expected.push({ type: 'invalidated', sequence: await one.invalidate({}), selector: {} });
      }
      await two.catchUp();
      assert.deepEqual(heard.map(plain), expected.map(plain));
      await trial.bench.advance(200);
      await two.catchUp();
      assert.equal(heard.length, expected.length);
    },
  },
  {
    name: 'tells of a change soon, though nobody asks',
    async check(trial) {
      const [one, two] = await pair(trial);
      const heard = trial.listen(two);
      for (let count = 1; count <= 3; count += 1) {
        await one.invalidate({ tag: 't' });
        await trial.soon(() => heard.length === count, 'the change is told');
      }
      await put(one, trial.record('a'));
      await trial.soon(() => heard.length === 4, 'the set is told');
    },
  },
  {
    name: 'tells of everything that was acknowledged before it is asked to catch up',
    async check(trial) {
      const [one, two] = await pair(trial);
      const heard = trial.listen(two);
      for (let count = 1; count <= 20; count += 1) {
        await (count % 2 === 0 ? one.invalidate({ tag: `${count}` }) : put(one, trial.record(`${count}`)));
        await two.catchUp();
        assert.equal(heard.length, count);
      }
    },
  },
  {
    name: 'tells nobody of what he has done himself',
    async check(trial) {
      const [one, two] = await pair(trial);
      const [heardByOne, heardByTwo] = [trial.listen(one), trial.listen(two)];
      await one.invalidate({ tag: 'one' });
      await two.invalidate({ tag: 'two' });
      await put(one, trial.record('a'));
      await two.expire({ tag: 'two' }, trial.bench.clock.wall());
      await Promise.all([one.catchUp(), two.catchUp()]);
      await trial.bench.advance(200);
      assert.deepEqual(
        heardByOne.map(({ type }) => type),
        ['invalidated', 'expired'],
      );
      assert.deepEqual(
        heardByTwo.map(({ type }) => type),
        ['invalidated', 'set'],
      );
    },
  },
  {
    name: 'tells nobody of generations, leases, deletions and tables',
    async check(trial) {
      const [one, two] = await pair(trial);
      const heard = trial.listen(two);
      const record = trial.record('a');
      const fence = await acquired(one, record.hash, trial.term);
      await one.commit(record, fence);
      await one.renew(record.hash, fence.token, trial.term);
      await one.release(record.hash, fence.token, { name: 'Error' });
      await one.delete(record.hash);
      await one.table('t').set('a', new Uint8Array(1));
      await two.catchUp();
      await trial.bench.advance(200);
      assert.deepEqual(heard, []);
    },
  },
  {
    name: 'tells each listener from when it came until it goes',
    async check(trial) {
      const [one, two] = await pair(trial);
      await one.invalidate({ tag: 'before' });
      const first = trial.listen(two);
      const second: StoreChange[] = [];
      const stop = two.subscribe((change) => second.push(change));
      await one.invalidate({ tag: 'between' });
      await two.catchUp();
      stop();
      stop();
      await one.invalidate({ tag: 'after' });
      await two.catchUp();
      assert.deepEqual(first.map(tagOf), ['between', 'after']);
      assert.deepEqual(second.map(tagOf), ['between']);
      assert.deepEqual(trial.listen(await trial.open()), []);
    },
  },
  {
    name: 'numbers changes in one row, whoever makes them',
    async check(trial) {
      const stores = [...(await pair(trial)), ...(await pair(trial))];
      let last = Number.NEGATIVE_INFINITY;
      for (const [index, store] of [...stores, ...stores].entries()) {
        const sequence = await (index % 3 === 0
          ? store.expire({ tag: 't' }, 0)
          : store.invalidate({ tag: 't' }));
        assert.ok(Number.isSafeInteger(sequence) && sequence > last);
        last = sequence;
      }
      const heard = trial.listen(stores[0] as Store);
      const made = await Promise.all(
        stores.slice(1).flatMap((store) => [store.invalidate({ tag: 'a' }), store.invalidate({ tag: 'b' })]),
      );
      assert.equal(new Set(made).size, made.length);
      await stores[0]?.catchUp();
      assert.deepEqual(
        heard.map((change) => 'sequence' in change && change.sequence),
        made.toSorted((a, b) => a - b),
      );
    },
  },
];

const tagOf = (change: StoreChange) => (change.type === 'invalidated' ? change.selector.tag : undefined);

/** With its fields in one order, and without those that are undefined. */
function plain(change: StoreChange): unknown {
  return JSON.parse(JSON.stringify(change));
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { acquired, assertRecord, hashOf, present, put, type StoreCase } from './trial.ts';

/** Reading and committing. */
export const recordCases: readonly StoreCase[] = [
  {
    name: 'has nothing of what was never committed',
    async check(trial) {
      const store = await trial.open();
      assert.equal(await store.read(hashOf('a')), undefined);
      assert.equal((await store.readMany([hashOf('a'), hashOf('b')])).size, 0);
      assert.equal((await store.readMany([])).size, 0);
      await store.delete(hashOf('a'));
      const { state, records, bytes } = store.status();
      assert.deepEqual({ state, records, bytes }, { state: 'open', records: 0, bytes: 0 });
    },
  },
  {
    name: 'gives a record back as it was, to every store that shares it, and to later ones',
    async check(trial) {
      const [one, two] = [await trial.open(), await trial.open()];
      const record = trial.record('a', { scope: 'tenant', tags: ['t'], paths: ['p'], keys: [hashOf('k')] });
      await put(one, record);
      assertRecord(await one.read(record.hash), record);
      assertRecord(await two.read(record.hash), record);
      await Promise.all([one.close(), two.close()]);
      assertRecord(await (await trial.open()).read(record.hash), record);
    },
  },
  {
    name: 'reads several at once, and leaves out those that are not there',
    async check(trial) {
      const store = await trial.open();
      const [a, b] = [trial.record('a'), trial.record('b')];
      await put(store, a, b);
      const found = await store.readMany([b.hash, hashOf('none'), a.hash, b.hash]);
      assert.deepEqual([...found.keys()].sort(), [a.hash, b.hash].sort());
      assertRecord(found.get(a.hash), a);
      assertRecord(found.get(b.hash), b);
    },
  },
  {
    name: 'puts a record in place of the former one, with everything that it is found by',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const former = trial.record('a', { tags: ['old'], paths: ['old'], keys: [hashOf('old')] });
      const newer = {
        ...trial.record('a', {}, Buffer.from('newer')),
        tags: ['new'],
        paths: ['new'],
        keys: [hashOf('new')],
      };
      await put(store, former);
      await put(other, newer);
      await put(store, trial.record('b'));
      await store.invalidate({ tag: 'old' });
      await store.invalidate({ path: 'old' });
      assertRecord(await store.read(newer.hash), newer);
      assert.deepEqual(await store.dependents({ path: 'old' }), []);
      assert.deepEqual(await store.dependents({ key: hashOf('old') }), []);
      assert.deepEqual(await store.dependents({ path: 'new' }), [newer.hash]);
      assert.deepEqual(await store.dependents({ key: hashOf('new') }), [newer.hash]);
      assert.equal(store.status().records, 2);
      await store.invalidate({ tag: 'new' });
      assert.equal(await other.read(newer.hash), undefined);
    },
  },
  {
    name: 'holds envelopes of no byte and of two million, and does not look into them',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const raw = [
        new Uint8Array(),
        Uint8Array.of(0),
        randomBytes(70_000),
        new Uint8Array(2_000_000),
        randomBytes(2_000_000),
      ];
      const records = [
        ...raw.map((envelope, index) => trial.record(`raw ${index}`, { envelope })),
        trial.record('random', {}, randomBytes(2_000_000)),
        trial.record('regular', {}, Buffer.alloc(2_000_000, 'a line of a file\n')),
      ];
      await put(store, ...records);
      for (const record of records) assertRecord(await other.read(record.hash), record);
    },
  },
  {
    name: 'shares no memory with those who hand in and are handed out',
    async check(trial) {
      const store = await trial.open();
      const record = trial.record('a');
      const handedIn = new Uint8Array(record.envelope);
      const committed = store.commit({ ...record, envelope: handedIn });
      await committed;
      handedIn.fill(0);
      const found = await store.read(record.hash);
      assertRecord(found, record);
      found?.envelope.fill(0);
      assertRecord(await store.read(record.hash), record);
      assertRecord((await store.readMany([record.hash])).get(record.hash), record);
    },
  },
  {
    name: 'deletes one record, and leaves its lease and everybody else alone',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const [a, b] = [trial.record('a'), trial.record('b')];
      await put(store, a, b);
      const heard = trial.listen(other);
      const { token, sequence } = await acquired(store, a.hash, trial.term);
      await store.delete(a.hash);
      assert.equal(await other.read(a.hash), undefined);
      assertRecord(await other.read(b.hash), b);
      await other.catchUp();
      assert.deepEqual(heard, []);
      assert.equal(await store.commit(a, { token, sequence }), 'committed');
      assertRecord(await other.read(a.hash), a);
    },
  },
  {
    name: 'makes aged from a time on: the earliest counts, and a new record is not',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const [a, b] = [trial.record('a', { tags: ['t'] }), trial.record('b')];
      await put(store, a, b);
      const at = trial.bench.clock.wall();
      await store.expire({ tag: 't' }, at);
      assertRecord(await other.read(a.hash), a, at);
      assertRecord((await other.readMany([a.hash])).get(a.hash), a, at);
      assertRecord(await other.read(b.hash), b);
      await other.expire({ hash: a.hash }, at + 1_000);
      assertRecord(await store.read(a.hash), a, at);
      await other.expire({ hash: a.hash }, at - 1_000.5);
      assertRecord(await store.read(a.hash), a, at - 1_000.5);
      await put(store, a);
      assertRecord(await other.read(a.hash), a);
    },
  },
  {
    name: 'holds a thousand records, and knows how many and how large they are',
    async check(trial) {
      const store = await trial.open();
      const records = Array.from({ length: 1_000 }, (_, index) =>
        trial.record(`${index}`, { kind: index % 2 === 0 ? 'even' : 'odd', tags: [`t${index % 10}`] }),
      );
      await Promise.all(records.map((record) => put(store, record)));
      assert.equal((await present(store, records)).length, 1_000);
      assert.equal(store.status().records, 1_000);
      assert.ok(store.status().bytes > 0);
      await store.invalidate({ kind: 'even', tag: 't4' });
      await store.invalidate({ kind: 'odd', tag: 't4' });
      assert.equal(store.status().records, 900);
      await store.invalidate({ kind: 'odd' });
      assert.equal((await present(store, records)).length, 400);
      await store.invalidate({});
      const { records: left, bytes } = store.status();
      assert.deepEqual({ left, bytes }, { left: 0, bytes: 0 });
    },
  },
  {
    name: 'makes room by letting go of what was used longest ago, and refuses what never fits',
    async check(trial) {
      const store = await trial.openSmall();
      if (store === undefined) return;
      const [kept, other] = [trial.record('kept', { tags: ['t'] }), await trial.openSmall()];
      await put(store, kept);
      const heard = trial.listen(other ?? store);
      const { token, sequence } = await acquired(store, kept.hash, trial.term);
      const vast = trial.record('kept', {}, randomBytes(1_000_000));
      assert.equal(await store.commit(vast), 'full');
      assert.equal(await store.commit(vast, { token, sequence }), 'full');
      await other?.catchUp();
      assert.deepEqual(heard, []);
      assertRecord(await store.read(kept.hash), kept);
      assert.equal(await store.renew(kept.hash, token, trial.term), true);
      const many = Array.from({ length: 40 }, (_, index) =>
        trial.record(`${index}`, {}, randomBytes(50_000)),
      );
      for (const record of many) {
        await put(store, record);
        await trial.bench.advance(2);
        assert.ok(store.status().bytes <= 1_000_000);
        assertRecord(await store.read(record.hash), record);
      }
      assert.ok((await present(store, many)).length < 20);
    },
  },
];

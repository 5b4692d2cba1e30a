import assert from 'node:assert/strict';
import type { NewRecord, Store, StoreSelector } from '../../stores/store.ts';
import { acquired, assertRecord, present, put, type StoreCase, type Trial } from './trial.ts';

const found = { scope: 'tenant', kind: 'summary', tags: ['t1', 't2'], paths: ['src/a.ts', 'src/b.ts'] };

/** Every kind of selector and their conjunctions, each with whether it means a record that is found by `found`. */
function selectorsAround(hash: string): readonly { selector: StoreSelector; meant: boolean }[] {
  const right = { scope: 'tenant', kind: 'summary', hash, tag: 't2', path: 'src/b.ts' } as const;
  const wrong = {
    scope: 'tenant2',
    kind: 'Summary',
    hash: hash.replace(/^./, 'x'),
    tag: 't',
    path: 'src',
  } as const;
  const fields = Object.keys(right) as (keyof typeof right)[];
  const pairs = fields.flatMap((one, index) => fields.slice(index + 1).map((other) => [one, other] as const));
  return [
    ...fields.flatMap((field) => [
      { selector: { [field]: right[field] }, meant: true },
      { selector: { [field]: wrong[field] }, meant: false },
    ]),
    ...pairs.flatMap(([one, other]) => [
      { selector: { [one]: right[one], [other]: right[other] }, meant: true },
      { selector: { [one]: right[one], [other]: wrong[other] }, meant: false },
      { selector: { [one]: wrong[one], [other]: right[other] }, meant: false },
    ]),
    { selector: right, meant: true },
    { selector: { ...right, tag: 't1', path: 'src/a.ts' }, meant: true },
    { selector: {}, meant: true },
  ];
}

/** Begins a generation, lets something happen, and tries to commit. */
async function overtaken(
  trial: Trial,
  record: NewRecord,
  meanwhile: (other: Store, token: number) => Promise<unknown>,
): Promise<{ store: Store; result: string }> {
  const [store, other] = [await trial.open(), await trial.open()];
  const { token, sequence } = await acquired(store, record.hash, trial.term);
  await meanwhile(other, token);
  return { store, result: await store.commit(record, { token, sequence }) };
}

async function fences(
  trial: Trial,
  meanwhile: (other: Store, token: number, record: NewRecord) => Promise<unknown>,
): Promise<void> {
  const [record, former] = [trial.record('a'), trial.record('a', {}, Buffer.from('former'))];
  await put(await trial.open(), former);
  const { store, result } = await overtaken(trial, record, (other, token) => meanwhile(other, token, former));
  assert.equal(result, 'fenced');
  assertRecord(await store.read(record.hash), former);
}

/** What may be stored. */
export const fenceCases: readonly StoreCase[] = [
  {
    name: 'commits what a lease was given for, and keeps the lease until it is released',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const record = trial.record('a', found);
      const { token, sequence } = await acquired(store, record.hash, trial.term);
      assert.equal(await store.commit(record, { token, sequence }), 'committed');
      assertRecord(await other.read(record.hash), record);
      assert.equal(await store.renew(record.hash, token, trial.term), true);
      assert.equal(await store.commit(record, { token, sequence }), 'committed');
    },
  },
  {
    name: 'refuses a commit whose lease has been released',
    check: (trial) => fences(trial, (other, token, { hash }) => other.release(hash, token)),
  },
  {
    name: 'refuses a commit whose lease has run out, though nobody has taken it',
    check: (trial) => fences(trial, () => trial.bench.advance(trial.term * 1.1)),
  },
  {
    name: 'refuses a commit whose lease has run out and is another by now',
    check: (trial) =>
      fences(trial, async (other, _, { hash }) => {
        await trial.bench.advance(trial.term * 1.1);
        await acquired(other, hash, trial.term);
      }),
  },
  {
    name: 'refuses a commit after the key was set, and keeps what was set',
    check: (trial) => fences(trial, (other, _, former) => put(other, former)),
  },
  {
    name: 'refuses a commit with a token of another key',
    async check(trial) {
      const store = await trial.open();
      const [a, b] = [trial.record('a'), trial.record('b')];
      const claim = await acquired(store, a.hash, trial.term);
      assert.equal(await store.commit(b, claim), 'fenced');
      assert.equal(await store.read(b.hash), undefined);
    },
  },
  {
    name: 'refuses a commit exactly if what it commits was invalidated after it began, by whatever selector',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      for (const [index, { meant }] of selectorsAround('').entries()) {
        const record = trial.record(`${index}`, found);
        const { selector } = selectorsAround(record.hash)[index] as { selector: StoreSelector };
        const fence = await acquired(store, record.hash, trial.term);
        await other.invalidate(selector);
        const result = await store.commit(record, fence);
        const about = Object.keys(selector).join();
        // Of a key without a record nobody knows what else is true of it, so that to refuse is right as well.
        const unsure = !meant && selector.hash !== undefined;
        if (!unsure) assert.equal(result, meant ? 'fenced' : 'committed', about);
        assert.deepEqual(await present(other, [record]), result === 'fenced' ? [] : [record.hash], about);
        await store.invalidate({});
      }
    },
  },
  {
    name: 'goes by the tags and files of what is committed, and not of what was there before',
    async check(trial) {
      const former = trial.record('a');
      await put(await trial.open(), former);
      const record = trial.record('a', { tags: ['new'] }, Buffer.from('new'));
      const { store, result } = await overtaken(trial, record, (other) => other.invalidate({ tag: 'new' }));
      assert.equal(result, 'fenced');
      assertRecord(await store.read(record.hash), former);
    },
  },
  {
    name: 'commits what was claimed after the invalidation',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const record = trial.record('a', found);
      await put(store, record);
      for (const { selector } of selectorsAround(record.hash)) {
        await other.invalidate(selector);
        const fence = await acquired(store, record.hash, trial.term);
        assert.equal(await store.commit(record, fence), 'committed');
        await store.release(record.hash, fence.token);
      }
    },
  },
  {
    name: 'lets the record and the lease of what is invalidated go, and of nothing else',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const { hash } = trial.record('a', found);
      for (const { selector, meant } of selectorsAround(hash)) {
        const [record, bystander] = [trial.record('a', found), trial.record('bystander')];
        await put(store, record, bystander);
        const { token } = await acquired(store, hash, trial.term);
        const sequence = await other.invalidate(selector);
        assert.ok(Number.isSafeInteger(sequence));
        const all = Object.keys(selector).length === 0;
        assert.deepEqual(await present(store, [record]), meant ? [] : [hash]);
        assert.deepEqual(await present(store, [bystander]), all ? [] : [bystander.hash]);
        const holds = await store.renew(hash, token, trial.term);
        if (meant || selector.hash === undefined) assert.equal(holds, !meant);
        await store.release(hash, token);
      }
    },
  },
  {
    name: 'ends the lease of a key that is invalidated before it has a record',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const { hash } = trial.record('a');
      const { token } = await acquired(store, hash, trial.term);
      await other.invalidate({ hash });
      assert.equal(await store.renew(hash, token, trial.term), false);
      await acquired(other, hash, trial.term);
    },
  },
  {
    name: 'commits as aged what was expired in the meantime, and only that',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const at = trial.bench.clock.wall();
      for (const [index, { meant }] of selectorsAround('').entries()) {
        const record = trial.record(`${index}`, found);
        const { selector } = selectorsAround(record.hash)[index] as { selector: StoreSelector };
        await other.expire({}, at - 7);
        const fence = await acquired(store, record.hash, trial.term);
        await other.expire(selector, at + 5);
        await other.expire(selector, at);
        assert.equal(await store.commit(record, fence), 'committed');
        assertRecord(await other.read(record.hash), record, meant ? at : undefined);
      }
    },
  },
  {
    name: 'never refuses a set',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const record = trial.record('a', found);
      const { token } = await acquired(other, record.hash, trial.term);
      await other.invalidate({ kind: 'summary' });
      await put(store, record);
      assertRecord(await other.read(record.hash), record);
      assert.equal(await other.renew(record.hash, token, trial.term), false);
    },
  },
];

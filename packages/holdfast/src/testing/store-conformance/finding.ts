import assert from 'node:assert/strict';
import { unpack } from '../../stores/envelope.ts';
import type { Store, StoreFilter, StoreTable } from '../../stores/store.ts';
import { assertRecord, hashOf, present, put, type StoreCase } from './trial.ts';

/** Texts that somebody may put in a scope, a kind, a tag, a path or a name. */
const hostile = [
  '',
  "'",
  "'; DROP TABLE records; --",
  '"',
  '`',
  '%',
  '_',
  '*',
  '?1',
  '\\',
  '\u0000',
  'a\u0000b',
  'a',
  'A',
  'a ',
  '\n',
  '🍎',
  'é',
  'e\u0301',
  '\uFEFF',
  '\uFFFD',
  '\uD83C',
  '{}[]:',
  '__proto__',
  'null',
  '0',
  '00',
  'x'.repeat(10_000),
  `${'x'.repeat(10_000)}y`,
];

async function hashes(store: Store, filter: StoreFilter): Promise<string[]> {
  const found: string[] = [];
  for await (const { hash } of store.scan(filter)) found.push(hash);
  return found.sort();
}

async function entries(table: StoreTable): Promise<[string, number[]][]> {
  const found: [string, number[]][] = [];
  for await (const [name, value] of table.entries()) found.push([name, [...value]]);
  return found.sort(([one], [other]) => (one < other ? -1 : 1));
}

/** How records and small values are found. */
export const findingCases: readonly StoreCase[] = [
  {
    name: 'scans every record that a filter means, whole and once',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const records = Array.from({ length: 60 }, (_, index) =>
        trial.record(`${index}`, {
          scope: `s${index % 2}`,
          kind: `k${index % 3}`,
          tags: index % 5 === 0 ? ['five', 'both'] : ['both'],
          paths: [`p${index % 4}`, 'every'],
        }),
      );
      await put(store, ...records);
      await store.expire({ tag: 'five' }, 5);
      const filters: StoreFilter[] = [{}, { scope: 's1' }, { kind: 'k2' }, { tag: 'five' }, { path: 'p3' }];
      filters.push(
        { scope: 's0', kind: 'k0', tag: 'five', path: 'p2' },
        { tag: 'both', path: 'every' },
        { tag: 'none' },
      );
      for (const filter of filters) {
        const expected = records.filter(
          ({ scope, kind, tags, paths }) =>
            (filter.scope ?? scope) === scope &&
            (filter.kind ?? kind) === kind &&
            tags.includes(filter.tag ?? 'both') &&
            paths.includes(filter.path ?? 'every'),
        );
        assert.deepEqual(await hashes(other, filter), expected.map(({ hash }) => hash).sort());
      }
      const byHash = new Map(records.map((record) => [record.hash, record]));
      for await (const { hash, ...found } of other.scan({})) {
        const record = byHash.get(hash);
        assert.ok(record !== undefined);
        assertRecord(found, record, record.tags.includes('five') ? 5 : undefined);
      }
    },
  },
  {
    name: 'goes on with a scan while records come and go, and ends one that is left',
    async check(trial) {
      const store = await trial.open();
      const records = Array.from({ length: 30 }, (_, index) => trial.record(`${index}`));
      await put(store, ...records);
      const seen: string[] = [];
      for await (const { hash, envelope } of store.scan({})) {
        assert.ok(unpack(envelope, { maxBytes: 1_000 }).ok);
        seen.push(hash);
        await store.delete(hash);
        await put(store, trial.record(`more ${seen.length}`));
        // New records may be seen, and then there is no end of them.
        if (seen.length === 100) break;
      }
      assert.equal(new Set(seen).size, seen.length);
      await store.invalidate({});
      assert.deepEqual(await hashes(store, {}), []);
    },
  },
  {
    name: 'knows what was made from a file, and from another entry',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const key = hashOf('child');
      const a = trial.record('a', { paths: ['src/a.ts', 'src/b.ts'], keys: [key, key] });
      const b = trial.record('b', { paths: ['src/b.ts', 'src/b.ts'], keys: [key] });
      await put(store, a, b, trial.record('c', { paths: ['src'], tags: ['src/a.ts'] }));
      assert.deepEqual(await other.dependents({ path: 'src/a.ts' }), [a.hash]);
      assert.deepEqual([...(await other.dependents({ path: 'src/b.ts' }))].sort(), [a.hash, b.hash].sort());
      assert.deepEqual([...(await other.dependents({ key }))].sort(), [a.hash, b.hash].sort());
      assert.deepEqual(await other.dependents({ path: 'src/c.ts' }), []);
      assert.deepEqual(await other.dependents({ key: a.hash }), []);
      await store.delete(a.hash);
      assert.deepEqual(await other.dependents({ path: 'src/a.ts' }), []);
      assert.deepEqual(await other.dependents({ key }), [b.hash]);
    },
  },
  {
    name: 'takes any text for a scope, a kind, a tag, a path or a name',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const records = hostile.map((text, index) =>
        trial.record(`${index}`, { scope: text, kind: text, tags: [text], paths: [text] }),
      );
      await put(store, ...records);
      const heard = trial.listen(other);
      const told: string[] = [];
      for (const [index, text] of hostile.entries()) {
        const [record] = records.slice(index);
        assert.ok(record !== undefined);
        for (const field of ['scope', 'kind', 'tag', 'path'] as const) {
          assert.deepEqual(await hashes(other, { [field]: text }), [record.hash]);
          await store.expire({ [field]: text }, index);
          told.push(text);
        }
        assert.deepEqual(await store.dependents({ path: text }), [record.hash]);
        await store.table(text).set(text, Uint8Array.of(index));
      }
      await other.catchUp();
      assert.deepEqual(
        heard.map((change) => 'selector' in change && Object.values(change.selector)[0]),
        told,
      );
      for (const [index, text] of hostile.entries()) {
        assertRecord(await other.read(records[index]?.hash ?? ''), records[index] ?? assert.fail(), index);
        assert.deepEqual(await entries(other.table(text)), [[text, [index]]]);
        await store.invalidate({ tag: text });
        assert.equal((await present(other, records)).length, hostile.length - index - 1);
      }
    },
  },
  {
    name: 'keeps small values by table and name',
    async check(trial) {
      const [store, other] = [await trial.open(), await trial.open()];
      const [ledger, signatures] = [store.table('ledger'), store.table('signatures')];
      await ledger.set('a', Uint8Array.of(1));
      await ledger.set('b', new Uint8Array());
      await signatures.set('a', Uint8Array.of(2));
      await ledger.set('a', Uint8Array.of(3, 3));
      assert.deepEqual(await entries(other.table('ledger')), [
        ['a', [3, 3]],
        ['b', []],
      ]);
      assert.deepEqual(await entries(other.table('signatures')), [['a', [2]]]);
      assert.deepEqual(await entries(other.table('none')), []);
      assert.equal(await other.table('none').get('a'), undefined);
      assert.equal(await other.table('ledger').get('c'), undefined);
      assert.deepEqual([...((await other.table('ledger').get('b')) ?? [9])], []);
      await other.table('ledger').delete('a');
      await other.table('ledger').delete('a');
      assert.equal(await ledger.get('a'), undefined);
      assert.deepEqual([...((await signatures.get('a')) ?? [])], [2]);
      await store.invalidate({});
      assert.deepEqual([...((await signatures.get('a')) ?? [])], [2]);
    },
  },
];

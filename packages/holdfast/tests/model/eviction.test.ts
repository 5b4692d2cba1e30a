import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntryTable, type NewEntry, type Owner, slotsOf } from '../../src/memory/entry-table.ts';
import type { EvictionPolicy } from '../../src/memory/eviction.ts';
import { Lru } from '../../src/memory/lru.ts';
import { Records } from '../../src/memory/records.ts';
import { S3Fifo } from '../../src/memory/s3-fifo.ts';

/* Promise 8, from below: whatever is done to the table in whatever order, its limits hold and its sums are exact. */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

type Act =
  | { readonly do: 'set'; readonly owner: number; readonly key: string; readonly weight: number }
  | { readonly do: 'hit' | 'touch' | 'delete' | 'fold'; readonly owner: number; readonly key: string }
  | { readonly do: 'expire'; readonly owner: number; readonly key: string; readonly at: number };

/** Strings and others, which live in maps of their own; few enough to meet often, many enough to fill the table. */
const key = fc.oneof(
  fc.nat(9).map((number) => `k${number}`),
  fc.nat(150).map((number) => `key ${number}`),
  fc.nat(5).map((number) => `\u0000a1:n${number};`),
);
const owner = fc.nat(2);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      owner,
      key,
      weight: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 2_000 })),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('hit' as const, 'hit' as const, 'touch' as const),
      owner,
      key,
    }),
  },
  fc.record({ do: fc.constantFrom('delete' as const, 'fold' as const), owner, key }),
  fc.record({ do: fc.constant('expire' as const), owner, key, at: fc.nat(100) }),
) as fc.Arbitrary<Act>;
const acts = fc.array(act, { minLength: 1, maxLength: 300, size: 'max' });
const limits = fc.record({
  maxEntries: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 9, max: 200 })),
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.constant(1_000_000)),
});

const policies: Record<string, (records: Records, maxEntries: number, maxBytes: number) => EvictionPolicy> = {
  lru: (records) => new Lru(records),
  's3-fifo': (records, maxEntries, maxBytes) => new S3Fifo(records, maxEntries, maxBytes),
};

/** Owners that count what is credited to them. */
class Account implements Owner {
  readonly strings = new Map<string, number>();
  readonly compounds = new Map<string, number>();
  readonly seed: number;
  credited = 0;
  constructor(seed: number) {
    this.seed = seed;
  }
  credit(hits: number): void {
    this.credited += hits;
  }
}

const entry = (weight: number, madeAt: number): NewEntry => ({
  value: { madeAt },
  weight,
  madeAt,
  agedAt: 1_000,
  freshUntil: 1_000,
  seconds: 0,
  note: undefined,
});

/** A Map whose order is that of use: the least recently used first. */
class NaiveLru {
  readonly #weights = new Map<string, number>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }
  get names(): string[] {
    return [...this.#weights.keys()];
  }
  get bytes(): number {
    return [...this.#weights.values()].reduce((sum, weight) => sum + weight, 0);
  }
  set(name: string, weight: number): void {
    this.#weights.delete(name);
    this.#weights.set(name, weight);
    while (this.#weights.size > this.#maxEntries || this.bytes > this.#maxBytes) {
      this.#weights.delete(this.names[0] as string);
    }
  }
  use(name: string): void {
    const weight = this.#weights.get(name);
    if (weight !== undefined && this.#weights.delete(name)) this.#weights.set(name, weight);
  }
  delete(name: string): void {
    this.#weights.delete(name);
  }
}

describe.each(Object.entries(policies))('a table under %s', (name, policyOf) => {
  test('keeps its limits and its sums, and loses nothing but what it evicts', () => {
    fc.assert(
      fc.property(limits, acts, ({ maxEntries, maxBytes }, history) => {
        const records = new Records();
        const evicted: { who: string; weight: number }[] = [];
        const owners = [new Account(0), new Account(1), new Account(2)];
        const nameOf = (who: Owner, what: string) => `${owners.indexOf(who as Account)} ${what}`;
        const table = new EntryTable(
          { maxEntries, maxBytes },
          records,
          policyOf(records, maxEntries, maxBytes),
          (who, what, weight) => void evicted.push({ who: nameOf(who, what), weight }),
        );
        /** What must be there: everything that was put in, was not taken out and was not said to be evicted. */
        const kept = new Map<string, number>();
        const naive = new NaiveLru(maxEntries, maxBytes);
        let hits = 0;
        for (const [step, one] of history.entries()) {
          const account = owners[one.owner] as Account;
          const who = nameOf(account, one.key);
          const slot = slotsOf(account, one.key).get(one.key);
          if (one.do === 'set') {
            table.set(account, one.key, entry(one.weight, step));
            kept.set(who, one.weight);
            naive.set(who, one.weight);
          } else if (slot === undefined) {
            expect(kept.has(who)).toBe(false);
            continue;
          } else if (one.do === 'hit') {
            hits += 1;
            table.hit(slot);
            naive.use(who);
          } else if (one.do === 'touch') {
            if (name !== 'lru') continue;
            table.touch(slot);
            naive.use(who);
          } else if (one.do === 'delete') {
            table.delete(slot);
            kept.delete(who);
            naive.delete(who);
          } else if (one.do === 'fold') table.fold(slot);
          else if (one.do === 'expire') table.expire(slot, one.at);
          for (const { who: gone, weight } of evicted.splice(0)) {
            expect(weight, `the weight of ${gone}`).toBe(kept.get(gone));
            kept.delete(gone);
          }
          const wrong = table.inconsistencies();
          if (wrong.length > 0) throw new Error(`after step ${step}: ${wrong.join('; ')}`);
          if (table.count !== kept.size)
            throw new Error(`${table.count} entries, and ${kept.size} were not evicted`);
        }
        const there = [...table].map((slot) => nameOf(table.owner(slot), table.key(slot)));
        expect(there.sort()).toEqual([...kept.keys()].sort());
        expect(table.bytes).toBe([...kept.values()].reduce((sum, weight) => sum + weight, 0));
        if (name === 'lru') expect(there).toEqual(naive.names.sort());
        for (const slot of table) table.fold(slot);
        expect(owners.reduce((sum, { credited }) => sum + credited, 0)).toBe(hits);
      }),
      { numRuns: rounds * 2 },
    );
  });

  test('empties to nothing', () => {
    fc.assert(
      fc.property(acts, (history) => {
        const records = new Records();
        const account = new Account(7);
        const table = new EntryTable(
          { maxEntries: 20, maxBytes: 5_000 },
          records,
          policyOf(records, 20, 5_000),
          () => {},
        );
        for (const [step, one] of history.entries()) {
          if (one.do === 'set') table.set(account, one.key, entry(one.weight, step));
        }
        for (const slot of table) table.delete(slot);
        expect([table.count, table.bytes, account.strings.size, account.compounds.size]).toEqual([
          0, 0, 0, 0,
        ]);
        expect(table.inconsistencies()).toEqual([]);
      }),
      { numRuns: rounds },
    );
  });
});

test('s3-fifo keeps what is used again through a scan of any length', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 60 }), fc.integer({ min: 1, max: 500 }), (maxEntries, scan) => {
      const records = new Records();
      const account = new Account(3);
      const maxBytes = maxEntries * 100;
      const table = new EntryTable(
        { maxEntries, maxBytes },
        records,
        new S3Fifo(records, maxEntries, maxBytes),
        () => {},
      );
      const wanted = Array.from({ length: Math.floor(maxEntries / 2) }, (_, index) => `wanted ${index}`);
      for (const name of wanted) table.set(account, name, entry(50, 0));
      for (const name of wanted) table.hit(account.strings.get(name) as number);
      for (let step = 0; step < scan; step += 1) table.set(account, `scanned ${step}`, entry(50, step));
      expect(wanted.filter((name) => !account.strings.has(name))).toEqual([]);
    }),
    { numRuns: rounds },
  );
});

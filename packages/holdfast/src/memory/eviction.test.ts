import { describe, expect, it } from 'vitest';
import { EntryTable, type NewEntry, type Owner } from './entry-table.ts';
import type { EvictionPolicy } from './eviction.ts';
import { Lru } from './lru.ts';
import { hits, hotDoubles, Records } from './records.ts';
import { S3Fifo } from './s3-fifo.ts';

class TestOwner implements Owner {
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

const entry = (weight: number, value: unknown = 'value'): NewEntry => ({
  value,
  weight,
  madeAt: 0,
  agedAt: Number.POSITIVE_INFINITY,
  freshUntil: Number.POSITIVE_INFINITY,
  seconds: 0,
  note: undefined,
});

type Make = (records: Records, maxEntries: number, maxBytes: number) => EvictionPolicy;
const s3: Make = (records, maxEntries, maxBytes) => new S3Fifo(records, maxEntries, maxBytes);
const lru: Make = (records) => new Lru(records);

/** A table with one owner, whose leavings are written down. */
class Trial {
  readonly owner = new TestOwner(1);
  readonly evicted: string[] = [];
  readonly table: EntryTable;

  constructor(make: Make, maxEntries: number, maxBytes = Number.POSITIVE_INFINITY) {
    const records = new Records();
    this.table = new EntryTable(
      { maxEntries, maxBytes },
      records,
      make(records, maxEntries, maxBytes),
      (_owner, key) => this.evicted.push(key),
    );
  }

  set(key: string, weight = 1): void {
    this.table.set(this.owner, key, entry(weight));
    expect(this.table.inconsistencies()).toEqual([]);
  }

  /** A read-through: a hit, or else a set. True for a hit. */
  read(key: string): boolean {
    const slot = this.owner.strings.get(key);
    if (slot === undefined) this.set(key);
    else this.table.hit(slot);
    return slot !== undefined;
  }

  hit(key: string, times = 1): void {
    for (let time = 0; time < times; time += 1) this.table.hit(this.owner.strings.get(key) as number);
  }

  kept(): string {
    return [...this.owner.strings.keys()].toSorted().join('');
  }
}

describe('S3-FIFO, traced by hand with 10 entries, one of them in the small queue', () => {
  it('lets the oldest of what was never hit go, when the small queue is over its tenth', () => {
    const trial = new Trial(s3, 10);
    for (const key of 'abcdefghij') trial.set(key);
    expect(trial.evicted).toEqual([]);
    trial.set('k');
    trial.set('l');
    expect(trial.evicted).toEqual(['a', 'b']);
  });

  it('moves what was hit into main, in place of letting it go', () => {
    const trial = new Trial(s3, 10);
    for (const key of 'abcdefghij') trial.set(key);
    trial.hit('a');
    trial.hit('b');
    trial.set('k');
    expect(trial.evicted).toEqual(['c']);
    for (const key of 'lmnopqr') trial.set(key);
    expect(trial.evicted.join('')).toBe('cdefghij');
    // a and b are in main, and a scan of any length does not touch them.
    for (const key of 'stuvwxyz') trial.set(key);
    expect(trial.kept()).toContain('ab');
  });

  it('lets what comes back soon after it left enter main at once', () => {
    const trial = new Trial(s3, 10);
    for (const key of 'abcdefghijk') trial.set(key);
    expect(trial.evicted).toEqual(['a']);
    trial.set('a');
    expect(trial.evicted).toEqual(['a', 'b']);
    for (const key of 'lmnopqrstuvwxyz') trial.set(key);
    expect(trial.kept()).toContain('a');
  });

  it('gives what is in main another round for each hit, three at most', () => {
    const trial = new Trial(s3, 2);
    trial.set('a');
    trial.hit('a', 1_000);
    trial.set('b');
    trial.hit('b');
    // a and b both move to main; a goes round thrice, b goes at its first turn.
    trial.set('c');
    expect(trial.kept()).toBe('ab');
    trial.hit('b', 5);
    const rounds: string[] = [];
    for (const key of 'defgh') {
      trial.set(key);
      rounds.push(trial.kept());
    }
    expect(rounds.every((kept) => kept === 'ab')).toBe(true);
  });

  it('counts more than 2^31 hits between two looks as many, not as fewer than none', () => {
    const trial = new Trial(s3, 2, 10);
    const heat = (): void => {
      const { hot } = trial.table.records;
      for (const slot of trial.table)
        hot[slot * hotDoubles + hits] = (hot[slot * hotDoubles + hits] ?? 0) + 3e9;
    };
    for (const key of 'ab') trial.set(key);
    heat();
    // This moves both to main. The next has to find a victim there, in a few rounds and not in 10^9.
    trial.set('c');
    heat();
    trial.set('a', 10);
    expect(trial.evicted).toEqual(['c', 'a']);
  });

  it('weighs by bytes: the small queue has a tenth of them', () => {
    const trial = new Trial(s3, 1_000, 100);
    for (const key of 'abcdefghij') trial.set(key, 10);
    trial.hit('b');
    trial.set('k', 25);
    expect(trial.evicted).toEqual(['a', 'c', 'd']);
    expect(trial.table.bytes).toBe(95);
    trial.set('b', 100);
    expect(trial.table.bytes).toBeLessThanOrEqual(100);
  });

  it('keeps a hot set through a scan, where LRU loses it', () => {
    const hitsOf = (make: Make) => {
      const trial = new Trial(make, 100);
      let hits = 0;
      for (let round = 0; round < 40; round += 1) {
        for (let hot = 0; hot < 50; hot += 1) if (trial.read(`hot ${hot}`)) hits += 1;
        for (let scan = 0; scan < 100; scan += 1) trial.read(`scan ${round} ${scan}`);
      }
      return hits;
    };
    expect(hitsOf(lru)).toBe(0);
    expect(hitsOf(s3)).toBeGreaterThan(50 * 37);
  });
});

describe('LRU', () => {
  it('lets the least recently used go, used by a hit, a set, or a touch', () => {
    const trial = new Trial(lru, 3);
    for (const key of 'abc') trial.set(key);
    trial.hit('a');
    trial.set('d');
    expect(trial.evicted).toEqual(['b']);
    trial.set('c');
    trial.set('e');
    expect(trial.evicted).toEqual(['b', 'a']);
    trial.table.touch(trial.owner.strings.get('d') as number);
    trial.set('f');
    expect(trial.evicted).toEqual(['b', 'a', 'c']);
  });

  it('does as a plain Map does, over a long history', () => {
    const trial = new Trial(lru, 10);
    const plain = new Map<string, number>();
    let state = 1;
    for (let step = 0; step < 2_000; step += 1) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      const key = String(Math.floor(((state >>> 8) % 400) ** 0.5));
      const known = plain.delete(key);
      expect(trial.read(key)).toBe(known);
      plain.set(key, step);
      if (plain.size > 10) plain.delete(plain.keys().next().value as string);
      expect(trial.kept()).toBe([...plain.keys()].toSorted().join(''));
    }
  });
});

describe.each([
  ['S3-FIFO', s3],
  ['LRU', lru],
] as const)('the table under %s', (_name, make) => {
  it('keeps owners apart, and strings from all other keys', () => {
    const records = new Records();
    const table = new EntryTable(
      { maxEntries: 10, maxBytes: 100 },
      records,
      make(records, 10, 100),
      () => {},
    );
    const [one, two] = [new TestOwner(1), new TestOwner(2)];
    table.set(one, 'key', entry(1, 'one'));
    table.set(two, 'key', entry(1, 'two'));
    table.set(one, '\u0000a1:s3:key', entry(1, 'array'));
    expect(table.value(one.strings.get('key') as number)).toBe('one');
    expect(table.value(two.strings.get('key') as number)).toBe('two');
    expect([one.strings.size, one.compounds.size, two.compounds.size]).toEqual([1, 1, 0]);
    table.delete(one.strings.get('key') as number);
    expect(table.value(two.strings.get('key') as number)).toBe('two');
    expect(table.inconsistencies()).toEqual([]);
  });

  it('credits every hit exactly once, at the latest when the entry leaves', () => {
    const trial = new Trial(make, 2);
    trial.set('a');
    trial.hit('a', 5);
    trial.set('a');
    expect(trial.owner.credited).toBe(5);
    trial.hit('a', 2);
    trial.table.fold(trial.owner.strings.get('a') as number);
    trial.table.fold(trial.owner.strings.get('a') as number);
    expect(trial.owner.credited).toBe(7);
    trial.hit('a');
    for (const key of 'bcdefghi') trial.set(key);
    if (trial.owner.strings.has('a')) trial.table.delete(trial.owner.strings.get('a') as number);
    expect(trial.owner.credited).toBe(8);
  });

  it('keeps one promise of a value, and none of its predecessor', async () => {
    const trial = new Trial(make, 2);
    trial.table.set(trial.owner, 'a', entry(1, 'first'));
    const slot = trial.owner.strings.get('a') as number;
    expect(trial.table.promise(slot)).toBe(trial.table.promise(slot));
    expect(await trial.table.promise(slot)).toBe('first');
    trial.table.set(trial.owner, 'a', entry(1, 'second'));
    expect(await trial.table.promise(trial.owner.strings.get('a') as number)).toBe('second');
  });

  it('makes aged, and never younger', () => {
    const trial = new Trial(make, 2);
    trial.table.set(trial.owner, 'a', { ...entry(1), agedAt: 100, freshUntil: 80 });
    const slot = trial.owner.strings.get('a') as number;
    trial.table.expire(slot, 90);
    expect([trial.table.agedAt(slot), trial.table.freshUntil(slot)]).toEqual([90, 80]);
    trial.table.expire(slot, 50);
    trial.table.expire(slot, 70);
    expect([trial.table.agedAt(slot), trial.table.freshUntil(slot)]).toEqual([50, 50]);
  });

  it('grows and shrinks without losing count, and frees every slot', () => {
    const trial = new Trial(make, 5_000, 1e9);
    for (let index = 0; index < 3_000; index += 1) trial.table.set(trial.owner, `key ${index}`, entry(index));
    expect(trial.table.inconsistencies()).toEqual([]);
    for (const slot of trial.table) if (slot % 3 !== 0) trial.table.delete(slot);
    expect(trial.table.count).toBe(1_000);
    for (const slot of trial.table) trial.table.delete(slot);
    expect([trial.table.count, trial.table.bytes, trial.owner.strings.size]).toEqual([0, 0, 0]);
    expect(trial.table.inconsistencies()).toEqual([]);
  });
});

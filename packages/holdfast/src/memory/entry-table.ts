import type { EntryNote } from './entry-note.ts';
import type { EvictionPolicy } from './eviction.ts';
import {
  agedAt,
  freshUntil,
  hits,
  hotDoubles,
  madeAt,
  print,
  type Records,
  recordDoubles,
  recordWords,
  seconds,
  weight,
} from './records.ts';

/** Whoever keeps entries in the table under keys of its own: one (scope, kind). */
export interface Owner {
  /** The slots of this owner's entries by their keys, where the key is a string: what the hit path asks. */
  readonly strings: Map<string, number>;
  /** The same for all other keys: their ids start with NUL, and no id in `strings` does. */
  readonly compounds: Map<string, number>;
  /** Makes the hashes of equal keys of different owners differ. */
  readonly seed: number;
  /** An entry is about to change or to leave: what its hits saved belongs in the owner's account. */
  credit(hits: number, slot: number): void;
}

/** What is known of an entry when it is put in. Times are milliseconds of the cache's clock. */
export interface NewEntry {
  readonly value: unknown;
  /** Bytes, as they count against the limits until the entry leaves. */
  readonly weight: number;
  readonly madeAt: number;
  /** From when on the entry is stale: the end of its ttl, or Infinity. */
  readonly agedAt: number;
  /** Until when a read needs no further thought: see `freshUntil` in `records.ts`. */
  readonly freshUntil: number;
  /** What it took to make the value. */
  readonly seconds: number;
  readonly note: EntryNote | undefined;
}

/** The owner's map that a key belongs in. */
export function slotsOf(owner: Pick<Owner, 'strings' | 'compounds'>, key: string): Map<string, number> {
  return key.charCodeAt(0) === 0 ? owner.compounds : owner.strings;
}

/**
 * 32 bits of a key: FNV-1a over its length, its last characters and as many of the rest, which is where keys differ.
 * Two keys with the same fingerprint cost an entry its place in the small queue, and nothing else.
 */
function fingerprint(seed: number, key: string): number {
  const { length } = key;
  let hash = 0x811c9dc5 ^ seed ^ length;
  const tail = Math.max(0, length - 12);
  for (let index = tail; index < length; index += 1)
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  const stride = Math.max(1, tail >> 3);
  for (let index = 0; index < tail; index += stride)
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return hash ^ (hash >>> 15);
}

export interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * The bounded in-process map: tier one.
 *
 * An entry is a slot, a small integer; its numbers stand in records (`records.ts`), its value, key and the like in
 * arrays. Against an object per entry that halves the memory, and makes a hit a map look-up, one comparison with
 * `freshUntil` and one count (docs/decisions/0002-hit-path-layout.md). Each (scope, kind) has Maps of its own from key
 * to slot, so that no key has to be put together on the hit path; the records and limits are shared by all.
 *
 * Invariants, walked by `inconsistencies` after every test: each slot is either free or in exactly one owner's map,
 * under its key, and in the policy's lists once; `bytes` is the sum of the weights; neither limit is exceeded
 * after any operation.
 */
export class EntryTable {
  readonly limits: Limits;
  readonly records: Records;
  count = 0;
  bytes = 0;
  /** Called when an entry that `bears` another is replaced, leaves, or is made aged. */
  onUnsettled: (() => void) | undefined;

  /** By slot. */
  readonly #values: unknown[] = [];
  /** By slot, as far as the last entry that was hit asynchronously: who only uses `get` has none. */
  readonly #promises: (Promise<unknown> | undefined)[] = [];
  /** Key, owner and note of each slot, side by side for the same reason as the records. */
  #cells: unknown[] = [];
  readonly #policy: EvictionPolicy;
  readonly #wantsTouch: boolean;
  readonly #onEvict: (owner: Owner, key: string, weight: number) => void;
  #free: number[] = [];
  #used = 0;

  constructor(
    limits: Limits,
    records: Records,
    policy: EvictionPolicy,
    onEvict: (owner: Owner, key: string, weight: number) => void,
  ) {
    this.limits = limits;
    this.records = records;
    this.#policy = policy;
    this.#wantsTouch = policy.wantsTouch;
    this.#onEvict = onEvict;
  }

  /** Counts a hit: one addition, for the ledger and the eviction policy both. */
  hit(slot: number): void {
    (this.records.hot[slot * hotDoubles + hits] as number)++;
    if (this.#wantsTouch) this.#policy.touch(slot);
  }

  /** A use that is no hit. */
  touch(slot: number): void {
    this.#policy.touch(slot);
  }

  /** Since they were last handed to the owner's account. */
  hits(slot: number): number {
    return this.records.hot[slot * hotDoubles + hits] as number;
  }

  value(slot: number): unknown {
    return this.#values[slot];
  }

  /** Of a slot in use. */
  key(slot: number): string {
    return this.#cells[slot * cellsPerSlot + keyCell] as string;
  }

  /** Of a slot in use. */
  owner(slot: number): Owner {
    return this.#cells[slot * cellsPerSlot + ownerCell] as Owner;
  }

  note(slot: number): EntryNote | undefined {
    return this.#cells[slot * cellsPerSlot + noteCell] as EntryNote | undefined;
  }

  setNote(slot: number, note: EntryNote): void {
    this.#cells[slot * cellsPerSlot + noteCell] = note;
  }

  /** The settled promise of the entry's value: made at the first asynchronous hit, and the same from then on. */
  promise(slot: number): Promise<unknown> {
    return this.#promises[slot] ?? this.#keepPromise(slot);
  }

  freshUntil(slot: number): number {
    return this.records.hot[slot * hotDoubles + freshUntil] as number;
  }

  /** Only of an entry that was made from something: others are fresh until they age. */
  setFreshUntil(slot: number, time: number): void {
    this.records.hot[slot * hotDoubles + freshUntil] = time;
  }

  madeAt(slot: number): number {
    return this.records.doubles[slot * recordDoubles + madeAt] as number;
  }

  agedAt(slot: number): number {
    return this.records.doubles[slot * recordDoubles + agedAt] as number;
  }

  weight(slot: number): number {
    return this.records.doubles[slot * recordDoubles + weight] as number;
  }

  seconds(slot: number): number {
    return this.records.doubles[slot * recordDoubles + seconds] as number;
  }

  /**
   * Puts an entry in, in place of the owner's former one under that key, and evicts until the limits hold.
   * The new entry itself may be evicted.
   */
  set(owner: Owner, key: string, entry: NewEntry): void {
    const slots = slotsOf(owner, key);
    const former = slots.get(key);
    if (former === undefined) {
      const slot = this.#take();
      this.#cells[slot * cellsPerSlot + keyCell] = key;
      this.#cells[slot * cellsPerSlot + ownerCell] = owner;
      this.records.hot[slot * hotDoubles + hits] = 0;
      this.records.words[slot * recordWords + print] = fingerprint(owner.seed, key);
      this.#fill(slot, entry);
      this.bytes += entry.weight;
      this.count += 1;
      slots.set(key, slot);
      this.#policy.add(slot);
    } else {
      this.fold(former);
      this.#unsettle(former);
      const delta = entry.weight - this.weight(former);
      this.#fill(former, entry);
      this.bytes += delta;
      this.#policy.reweigh(former, delta);
    }
    while (this.count > this.limits.maxEntries || this.bytes > this.limits.maxBytes) this.#evict();
  }

  /** Takes an entry out; its slot must be in use. */
  delete(slot: number): void {
    const owner = this.owner(slot);
    const key = this.key(slot);
    this.fold(slot);
    this.#unsettle(slot);
    this.#policy.remove(slot);
    slotsOf(owner, key).delete(key);
    this.bytes -= this.weight(slot);
    this.count -= 1;
    this.#values[slot] = undefined;
    if (slot < this.#promises.length) this.#promises[slot] = undefined;
    const cell = slot * cellsPerSlot;
    this.#cells[cell + keyCell] = undefined;
    this.#cells[cell + ownerCell] = undefined;
    this.#cells[cell + noteCell] = undefined;
    this.#free.push(slot);
  }

  /** Makes an entry aged from `now` on, if it is not already. */
  expire(slot: number, now: number): void {
    this.#unsettle(slot);
    const { hot, doubles } = this.records;
    if (this.agedAt(slot) > now) doubles[slot * recordDoubles + agedAt] = now;
    if (this.freshUntil(slot) > now) hot[slot * hotDoubles + freshUntil] = now;
  }

  /** Hands the hits counted since the last time to the owner's account. */
  fold(slot: number): void {
    const { hot } = this.records;
    const counted = hot[slot * hotDoubles + hits] as number;
    if (counted === 0) return;
    this.#policy.rebase(slot);
    hot[slot * hotDoubles + hits] = 0;
    const note = this.note(slot);
    if (note !== undefined) note.read = true;
    this.owner(slot).credit(counted, slot);
  }

  /** The slots in use. Entries may be deleted while it is walked. */
  *[Symbol.iterator](): Generator<number> {
    for (let slot = 0; slot < this.#used; slot += 1) {
      if (this.#cells[slot * cellsPerSlot + ownerCell] !== undefined) yield slot;
    }
  }

  /** The invariant walk: what is wrong, in words; empty when all is well. */
  inconsistencies(): string[] {
    const wrong: string[] = [];
    let bytes = 0;
    let count = 0;
    for (const slot of this) {
      bytes += this.weight(slot);
      count += 1;
      const owner = this.owner(slot);
      const key = this.key(slot);
      if (slotsOf(owner, key).get(key) !== slot) wrong.push(`slot ${slot} is not under its key`);
    }
    if (bytes !== this.bytes) wrong.push(`bytes are ${this.bytes}, the entries weigh ${bytes}`);
    if (count !== this.count) wrong.push(`count is ${this.count}, there are ${count} entries`);
    if (this.count > this.limits.maxEntries)
      wrong.push(`${this.count} entries exceed ${this.limits.maxEntries}`);
    if (this.bytes > this.limits.maxBytes) wrong.push(`${this.bytes} bytes exceed ${this.limits.maxBytes}`);
    if (count + this.#free.length !== this.#used) {
      wrong.push(`${count} slots in use and ${this.#free.length} free do not make ${this.#used}`);
    }
    const listed = [...this.#policy.walk()];
    if (listed.length !== count || new Set(listed).size !== count) {
      wrong.push(
        `the eviction policy lists ${listed.length} slots (${new Set(listed).size} different) for ${count}`,
      );
    }
    return wrong;
  }

  #unsettle(slot: number): void {
    if (this.note(slot)?.bears) this.onUnsettled?.();
  }

  #fill(slot: number, entry: NewEntry): void {
    this.#values[slot] = entry.value;
    if (slot < this.#promises.length) this.#promises[slot] = undefined;
    this.#cells[slot * cellsPerSlot + noteCell] = entry.note;
    const { hot, doubles } = this.records;
    const record = slot * recordDoubles;
    hot[slot * hotDoubles + freshUntil] = entry.freshUntil;
    doubles[record + agedAt] = entry.agedAt;
    doubles[record + madeAt] = entry.madeAt;
    doubles[record + weight] = entry.weight;
    doubles[record + seconds] = entry.seconds;
  }

  #evict(): void {
    const slot = this.#policy.victim();
    const owner = this.owner(slot);
    const key = this.key(slot);
    const left = this.weight(slot);
    this.delete(slot);
    this.#onEvict(owner, key, left);
  }

  #keepPromise(slot: number): Promise<unknown> {
    const promise = Promise.resolve(this.value(slot));
    // Filled up to there, as a place far past an array's end would turn it into a dictionary.
    while (this.#promises.length < slot) this.#promises.push(undefined);
    this.#promises[slot] = promise;
    return promise;
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used === this.records.capacity) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  /** Half as many again. One slot more than `maxEntries` is in use for a moment, before its eviction. */
  #grow(): void {
    const wanted = Math.max(64, Math.ceil(this.records.capacity * 1.5));
    const capacity = Math.min(wanted, this.limits.maxEntries + 1);
    this.records.grow(capacity);
    const cells = new Array<unknown>(capacity * cellsPerSlot).fill(undefined);
    for (let place = 0; place < this.#cells.length; place += 1) cells[place] = this.#cells[place];
    this.#cells = cells;
    this.#policy.grow(capacity);
  }
}

const cellsPerSlot = 3;
const keyCell = 0;
const ownerCell = 1;
const noteCell = 2;

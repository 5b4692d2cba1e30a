import type { EntryNote } from './entry-note.ts';
import type { EvictionPolicy, EvictionView } from './eviction.ts';

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
  /** Until when a read needs no further thought: see `EntryTable.freshUntil`. */
  readonly freshUntil: number;
  /** What it took to make the value. */
  readonly seconds: number;
  readonly note: EntryNote | undefined;
}

/** The owner's map that a key belongs in. */
export function slotsOf(owner: Pick<Owner, 'strings' | 'compounds'>, key: string): Map<string, number> {
  return key.charCodeAt(0) === 0 ? owner.compounds : owner.strings;
}

export interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * The bounded in-process map: tier one.
 *
 * An entry is a slot, a small integer, and what is known of it stands in columns, one array per field. Against an
 * object per entry that halves the memory and makes a hit a map look-up, one comparison with `freshUntil` and one
 * count, without touching any other memory (docs/decisions/0002-hit-path-layout.md). Each (scope, kind) has Maps of
 * its own from key to slot, so that no key has to be put together on the hit path; the columns and limits are shared
 * by all.
 *
 * Invariants, walked by `inconsistencies` after every test: each slot is either free or in exactly one owner's map,
 * under the key in `keys`, and in the policy's lists once; `bytes` is the sum of `weight`; neither limit is exceeded
 * after any operation.
 */
export class EntryTable implements EvictionView {
  readonly limits: Limits;
  count = 0;
  bytes = 0;

  // The columns. Read directly by the hit path; written only here and by `expire`.
  values: unknown[] = [];
  keys: string[] = [];
  owners: (Owner | undefined)[] = [];
  /** Kept by the first asynchronous hit, so that the others allocate nothing. */
  promises: (Promise<unknown> | undefined)[] = [];
  notes: (EntryNote | undefined)[] = [];
  weight = new Float64Array(0);
  hits = new Float64Array(0);
  madeAt = new Float64Array(0);
  agedAt = new Float64Array(0);
  seconds = new Float64Array(0);
  /**
   * A read before this time is a hit, and nothing else has to be looked at. The end of the ttl; or the start of
   * refreshing ahead; or minus infinity where the dependencies have to be checked first.
   */
  freshUntil = new Float64Array(0);

  readonly #policy: EvictionPolicy;
  readonly #onEvict: (owner: Owner, key: string, weight: number) => void;
  #free: number[] = [];
  #used = 0;

  constructor(
    limits: Limits,
    policy: EvictionPolicy,
    onEvict: (owner: Owner, key: string, weight: number) => void,
  ) {
    this.limits = limits;
    this.#policy = policy;
    this.#onEvict = onEvict;
  }

  get wantsTouch(): boolean {
    return this.#policy.wantsTouch;
  }

  touch(slot: number): void {
    this.#policy.touch(slot);
  }

  /**
   * Puts an entry in, in place of the owner's former one under that key, and evicts until the limits hold.
   * The new entry itself may be evicted.
   */
  set(owner: Owner, key: string, entry: NewEntry): void {
    const slots = slotsOf(owner, key);
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = this.#take();
      this.keys[slot] = key;
      this.owners[slot] = owner;
      this.#fill(slot, entry);
      this.hits[slot] = 0;
      this.bytes += entry.weight;
      this.count += 1;
      slots.set(key, slot);
      this.#policy.add(slot);
    } else {
      this.fold(slot);
      const delta = entry.weight - (this.weight[slot] as number);
      this.#fill(slot, entry);
      this.bytes += delta;
      this.#policy.reweigh(slot, delta);
    }
    while (this.count > this.limits.maxEntries || this.bytes > this.limits.maxBytes) this.#evict();
  }

  /** Takes an entry out; its slot must be in use. */
  delete(slot: number): void {
    const owner = this.owners[slot] as Owner;
    this.fold(slot);
    this.#policy.remove(slot);
    const key = this.keys[slot] as string;
    slotsOf(owner, key).delete(key);
    this.bytes -= this.weight[slot] as number;
    this.count -= 1;
    this.values[slot] = undefined;
    this.keys[slot] = '';
    this.owners[slot] = undefined;
    this.promises[slot] = undefined;
    this.notes[slot] = undefined;
    this.weight[slot] = 0;
    this.#free.push(slot);
  }

  /** The settled promise of the entry's value, made at the first asynchronous hit and handed out from then on. */
  keepPromise(slot: number): Promise<unknown> {
    const promise = Promise.resolve(this.values[slot]);
    this.promises[slot] = promise;
    return promise;
  }

  /** Makes an entry aged from `now` on, if it is not already. */
  expire(slot: number, now: number): void {
    if ((this.agedAt[slot] as number) > now) this.agedAt[slot] = now;
    if ((this.freshUntil[slot] as number) > now) this.freshUntil[slot] = now;
  }

  /** Hands the hits counted since the last time to the owner's account. */
  fold(slot: number): void {
    const hits = this.hits[slot] as number;
    if (hits === 0) return;
    this.#policy.rebase(slot);
    this.hits[slot] = 0;
    (this.owners[slot] as Owner).credit(hits, slot);
  }

  /** The slots in use. Entries may be deleted while it is walked. */
  *[Symbol.iterator](): Generator<number> {
    for (let slot = 0; slot < this.#used; slot += 1) {
      if (this.owners[slot] !== undefined) yield slot;
    }
  }

  hashOf(slot: number): number {
    const key = this.keys[slot] as string;
    // FNV-1a over the code units: spread enough for a fingerprint, and cheap for short keys.
    let hash = 0x811c9dc5 ^ (this.owners[slot] as Owner).seed;
    for (let index = 0; index < key.length; index += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
    }
    return hash >>> 0;
  }

  /** The invariant walk: what is wrong, in words; empty when all is well. */
  inconsistencies(): string[] {
    const wrong: string[] = [];
    let bytes = 0;
    let count = 0;
    for (const slot of this) {
      bytes += this.weight[slot] as number;
      count += 1;
      const owner = this.owners[slot] as Owner;
      const key = this.keys[slot] as string;
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

  #fill(slot: number, entry: NewEntry): void {
    this.values[slot] = entry.value;
    this.promises[slot] = undefined;
    this.notes[slot] = entry.note;
    this.weight[slot] = entry.weight;
    this.madeAt[slot] = entry.madeAt;
    this.agedAt[slot] = entry.agedAt;
    this.freshUntil[slot] = entry.freshUntil;
    this.seconds[slot] = entry.seconds;
  }

  #evict(): void {
    const slot = this.#policy.victim();
    const owner = this.owners[slot] as Owner;
    const key = this.keys[slot] as string;
    const weight = this.weight[slot] as number;
    this.delete(slot);
    this.#onEvict(owner, key, weight);
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#used === this.weight.length) this.#grow();
    this.#used += 1;
    return this.#used - 1;
  }

  /** Doubles the columns. One slot more than `maxEntries` is in use for a moment, before its eviction. */
  #grow(): void {
    const capacity = Math.min(Math.max(64, this.weight.length * 2), this.limits.maxEntries + 1);
    const grown = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const larger = new Float64Array(capacity);
      larger.set(column);
      return larger;
    };
    this.weight = grown(this.weight);
    this.hits = grown(this.hits);
    this.madeAt = grown(this.madeAt);
    this.agedAt = grown(this.agedAt);
    this.seconds = grown(this.seconds);
    this.freshUntil = grown(this.freshUntil);
    this.#policy.grow(capacity, this);
  }
}

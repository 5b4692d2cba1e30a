/** `set` with eviction: S3-FIFO over slots, in three forms, against a FIFO Map with a ring; one variant per process. */
const maximum = 50_000;
const universe = 200_000;
const keys = Array.from({ length: universe }, (_, i) =>
  Buffer.from(`src/folder-${i % 97}/file-${i}.ts`).toString('latin1'),
);
const values = keys.map((key, i) => ({ id: i, key, text: 'x' }));

interface Subject {
  readonly map: Map<string, unknown>;
  set(key: string, value: unknown): void;
}

/** The floor: a Map and a ring of its keys, oldest out first. */
class Fifo {
  readonly map = new Map<string, unknown>();
  readonly ring: string[] = new Array(maximum).fill('');
  head = 0;
  set(key: string, value: unknown): void {
    if (!this.map.has(key)) {
      if (this.map.size === maximum) this.map.delete(this.ring[this.head]!);
      this.ring[this.head] = key;
      this.head = this.head + 1 === maximum ? 0 : this.head + 1;
    }
    this.map.set(key, value);
  }
}

/** A 32-bit hash that looks at no more than 32 characters; the length is part of it. */
function hash(key: string): number {
  let h = key.length ^ 0x811c9dc5;
  const step = key.length > 32 ? key.length >> 5 : 1;
  for (let i = key.length - 1; i >= 0; i -= step) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  return (h ^ (h >>> 15)) | 0;
}

class GhostSet {
  readonly #set = new Set<number>();
  readonly #ring = new Int32Array(maximum);
  #head = 0;
  #size = 0;
  add(key: string): void {
    const h = hash(key);
    if (this.#set.has(h)) return;
    if (this.#size === maximum) this.#set.delete(this.#ring[this.#head]!);
    else this.#size++;
    this.#set.add(h);
    this.#ring[this.#head] = h;
    this.#head = this.#head + 1 === maximum ? 0 : this.#head + 1;
  }
  /** A taken hash leaves a dead place in the ring: good enough to time it. */
  take(key: string): boolean {
    return this.#set.delete(hash(key));
  }
}

/** Buckets of four fingerprints and the sequence number of their arrival: a ghost younger than `maximum` is known. */
class GhostTable {
  readonly #prints: Int32Array;
  readonly #stamps: Int32Array;
  readonly #mask: number;
  #sequence = 0;
  constructor() {
    let size = 4;
    while (size < maximum) size *= 2;
    this.#prints = new Int32Array(size);
    this.#stamps = new Int32Array(size).fill(-maximum - 1);
    this.#mask = size / 4 - 1;
  }
  add(key: string): void {
    const h = hash(key);
    const bucket = (h & this.#mask) << 2;
    const stamps = this.#stamps;
    let oldest = bucket;
    if (stamps[bucket + 1]! < stamps[oldest]!) oldest = bucket + 1;
    if (stamps[bucket + 2]! < stamps[oldest]!) oldest = bucket + 2;
    if (stamps[bucket + 3]! < stamps[oldest]!) oldest = bucket + 3;
    this.#prints[oldest] = h;
    stamps[oldest] = this.#sequence++ | 0;
  }
  take(key: string): boolean {
    const h = hash(key);
    const bucket = (h & this.#mask) << 2;
    const youngest = this.#sequence - maximum;
    for (let i = bucket; i < bucket + 4; i++) {
      if (this.#prints[i] === h && this.#stamps[i]! >= youngest) {
        this.#stamps[i] = -maximum - 1;
        return true;
      }
    }
    return false;
  }
}

interface Ghost {
  add(key: string): void;
  take(key: string): boolean;
}

/** A queue of slots in a ring. A slot removed from the middle would leave a hole; none is removed here. */
class Ring {
  readonly #slots = new Int32Array(65_536);
  #head = 0;
  size = 0;
  push(slot: number): void {
    this.#slots[(this.#head + this.size++) & 65_535] = slot;
  }
  shift(): number {
    const slot = this.#slots[this.#head]!;
    this.#head = (this.#head + 1) & 65_535;
    this.size--;
    return slot;
  }
}

/** A queue of slots as a list in two shared arrays, from which any slot can be removed. */
class List {
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  #first = -1;
  #last = -1;
  size = 0;
  constructor(next: Int32Array, previous: Int32Array) {
    this.#next = next;
    this.#previous = previous;
  }
  push(slot: number): void {
    this.#next[slot] = -1;
    this.#previous[slot] = this.#last;
    if (this.#last === -1) this.#first = slot;
    else this.#next[this.#last] = slot;
    this.#last = slot;
    this.size++;
  }
  shift(): number {
    const slot = this.#first;
    this.#first = this.#next[slot]!;
    if (this.#first === -1) this.#last = -1;
    else this.#previous[this.#first] = -1;
    this.size--;
    return slot;
  }
}

class S3Fifo {
  readonly map = new Map<string, number>();
  readonly partitions = [this];
  readonly keys: (string | undefined)[] = [];
  readonly values: unknown[] = [];
  readonly promises: (Promise<unknown> | undefined)[] = [];
  readonly freshUntil = new Float64Array(maximum + 1);
  readonly agedAt = new Float64Array(maximum + 1);
  readonly madeAt = new Float64Array(maximum + 1);
  readonly weight = new Float64Array(maximum + 1);
  readonly hits = new Float64Array(maximum + 1);
  readonly mark = new Float64Array(maximum + 1);
  readonly owner = new Uint32Array(maximum + 1);
  readonly free: number[] = [];
  readonly small: Ring | List;
  readonly main: Ring | List;
  readonly ghost: Ghost;
  bytes = 0;
  folded = 0;

  constructor(queues: 'ring' | 'list', ghost: Ghost) {
    const next = new Int32Array(maximum + 1);
    const previous = new Int32Array(maximum + 1);
    this.small = queues === 'ring' ? new Ring() : new List(next, previous);
    this.main = queues === 'ring' ? new Ring() : new List(next, previous);
    this.ghost = ghost;
  }

  set(key: string, value: unknown): void {
    const now = performance.now();
    const weight = this.weigh(key, value);
    let slot = this.map.get(key);
    if (slot === undefined) {
      if (this.map.size === maximum) this.evict();
      slot = this.free.pop() ?? this.keys.length;
      this.map.set(key, slot);
      this.keys[slot] = key;
      this.owner[slot] = 0;
      this.hits[slot] = 0;
      this.mark[slot] = 0;
      if (this.ghost.take(key)) this.main.push(slot);
      else this.small.push(slot);
    } else this.bytes -= this.weight[slot]!;
    this.bytes += weight;
    this.values[slot] = value;
    this.promises[slot] = undefined;
    this.weight[slot] = weight;
    this.madeAt[slot] = now;
    this.agedAt[slot] = now + 3_600_000;
    this.freshUntil[slot] = now + 3_600_000;
  }

  weigh(key: string, _value: unknown): number {
    return 64 + key.length;
  }

  evict(): void {
    const { small, main, hits, mark } = this;
    for (;;) {
      if (small.size * 10 >= maximum || main.size === 0) {
        const slot = small.shift();
        if (hits[slot]! - mark[slot]! > 0) {
          mark[slot] = hits[slot]!;
          main.push(slot);
        } else {
          this.ghost.add(this.keys[slot]!);
          this.remove(slot);
          return;
        }
      } else {
        const slot = main.shift();
        const fresh = hits[slot]! - mark[slot]!;
        if (fresh <= 0) {
          this.remove(slot);
          return;
        }
        // A frequency of at most 3 that each pass takes one off: the mark moves up to two below the hits.
        mark[slot] = hits[slot]! - Math.min(3, fresh) + 1;
        main.push(slot);
      }
    }
  }

  remove(slot: number): void {
    this.partitions[this.owner[slot]!]!.map.delete(this.keys[slot]!);
    this.folded += this.hits[slot]!;
    this.bytes -= this.weight[slot]!;
    this.values[slot] = undefined;
    this.promises[slot] = undefined;
    this.keys[slot] = undefined;
    this.free.push(slot);
  }
}

/** With a walk over plain values that freezes and weighs, as the engine must. */
class Frozen extends S3Fifo {
  override weigh(key: string, value: unknown): number {
    return 64 + key.length * 2 + freezeAndWeigh(value);
  }
}

function freezeAndWeigh(value: unknown): number {
  if (typeof value === 'string') return 16 + value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let sum = 16;
  if (Array.isArray(value)) for (const item of value) sum += freezeAndWeigh(item);
  else for (const name in value) sum += 8 + freezeAndWeigh((value as Record<string, unknown>)[name]);
  Object.freeze(value);
  return sum;
}

/** Tuned: the hash kept with the slot, coarse time, the freed slot handed over at once, lists and ghost inlined. */
class Tuned {
  readonly map = new Map<string, number>();
  readonly partitions = [this];
  readonly keys: (string | undefined)[] = [];
  readonly values: unknown[] = [];
  readonly freshUntil = new Float64Array(maximum + 1);
  readonly agedAt = new Float64Array(maximum + 1);
  readonly madeAt = new Float64Array(maximum + 1);
  readonly weight = new Float64Array(maximum + 1);
  readonly hits = new Float64Array(maximum + 1);
  readonly mark = new Float64Array(maximum + 1);
  readonly owner = new Uint32Array(maximum + 1);
  readonly hash = new Int32Array(maximum + 1);
  readonly next = new Int32Array(maximum + 1);
  readonly previous = new Int32Array(maximum + 1);
  readonly queue = new Uint8Array(maximum + 1);
  readonly prints: Int32Array;
  readonly stamps: Int32Array;
  readonly mask: number;
  sequence = 0;
  smallFirst = -1;
  smallLast = -1;
  smallSize = 0;
  mainFirst = -1;
  mainLast = -1;
  mainSize = 0;
  free = -1;
  used = 0;
  bytes = 0;
  folded = 0;
  reads = 0;
  time = performance.now();

  constructor() {
    let size = 4;
    while (size < maximum) size *= 2;
    this.prints = new Int32Array(size);
    this.stamps = new Int32Array(size).fill(-maximum - 1);
    this.mask = size / 4 - 1;
  }

  set(key: string, value: unknown): void {
    if ((++this.reads & 1023) === 0) this.time = performance.now();
    const now = this.time;
    const weight = 64 + key.length * 2;
    let slot = this.map.get(key);
    if (slot === undefined) {
      if (this.map.size >= maximum) this.evict();
      slot = this.free;
      if (slot === -1) {
        slot = this.used++;
        this.keys.push(key);
        this.values.push(value);
      } else {
        this.free = this.next[slot]!;
        this.keys[slot] = key;
        this.values[slot] = value;
      }
      this.map.set(key, slot);
      this.owner[slot] = 0;
      this.hits[slot] = 0;
      this.mark[slot] = 0;
      const h = hash(key);
      this.hash[slot] = h;
      if (this.take(h)) this.pushMain(slot);
      else this.pushSmall(slot);
    } else {
      this.bytes -= this.weight[slot]!;
      this.values[slot] = value;
    }
    this.bytes += weight;
    this.weight[slot] = weight;
    this.madeAt[slot] = now;
    this.agedAt[slot] = now + 3_600_000;
    this.freshUntil[slot] = now + 3_600_000;
  }

  pushSmall(slot: number): void {
    const last = this.smallLast;
    this.next[slot] = -1;
    this.previous[slot] = last;
    this.queue[slot] = 0;
    if (last === -1) this.smallFirst = slot;
    else this.next[last] = slot;
    this.smallLast = slot;
    this.smallSize++;
  }

  pushMain(slot: number): void {
    const last = this.mainLast;
    this.next[slot] = -1;
    this.previous[slot] = last;
    this.queue[slot] = 1;
    if (last === -1) this.mainFirst = slot;
    else this.next[last] = slot;
    this.mainLast = slot;
    this.mainSize++;
  }

  evict(): void {
    const { hits, mark, next, previous } = this;
    for (;;) {
      if (this.smallSize * 10 >= maximum || this.mainSize === 0) {
        const slot = this.smallFirst;
        const after = next[slot]!;
        this.smallFirst = after;
        if (after === -1) this.smallLast = -1;
        else previous[after] = -1;
        this.smallSize--;
        if (hits[slot]! > mark[slot]!) {
          mark[slot] = hits[slot]!;
          this.pushMain(slot);
          continue;
        }
        this.remember(this.hash[slot]!);
        this.remove(slot);
        return;
      }
      const slot = this.mainFirst;
      const after = next[slot]!;
      this.mainFirst = after;
      if (after === -1) this.mainLast = -1;
      else previous[after] = -1;
      this.mainSize--;
      const fresh = hits[slot]! - mark[slot]!;
      if (fresh > 0) {
        mark[slot] = fresh > 3 ? hits[slot]! - 2 : mark[slot]! + 1;
        this.pushMain(slot);
        continue;
      }
      this.remove(slot);
      return;
    }
  }

  remember(h: number): void {
    const bucket = (h & this.mask) << 2;
    const stamps = this.stamps;
    let oldest = bucket;
    if (stamps[bucket + 1]! < stamps[oldest]!) oldest = bucket + 1;
    if (stamps[bucket + 2]! < stamps[oldest]!) oldest = bucket + 2;
    if (stamps[bucket + 3]! < stamps[oldest]!) oldest = bucket + 3;
    this.prints[oldest] = h;
    this.sequence = (this.sequence + 1) | 0;
    stamps[oldest] = this.sequence;
  }

  take(h: number): boolean {
    const bucket = (h & this.mask) << 2;
    const prints = this.prints;
    let i = bucket;
    if (prints[i] !== h && prints[++i] !== h && prints[++i] !== h && prints[++i] !== h) return false;
    const known = this.stamps[i]! >= this.sequence - maximum;
    this.stamps[i] = -maximum - 1;
    return known;
  }

  remove(slot: number): void {
    this.partitions[this.owner[slot]!]!.map.delete(this.keys[slot]!);
    this.folded += this.hits[slot]!;
    this.bytes -= this.weight[slot]!;
    this.values[slot] = undefined;
    this.keys[slot] = undefined;
    this.next[slot] = this.free;
    this.free = slot;
  }
}

/** Ablation: the tuned form without a ghost. */
class Ghostless extends Tuned {
  override remember(): void {}
  override take(): boolean {
    return false;
  }
}

/** The tuned form with the walk that freezes and weighs. */
class TunedFrozen extends Tuned {
  override set(key: string, value: unknown): void {
    super.set(key, value);
    this.bytes += 0 * freezeAndWeigh(value);
  }
}

/** One 64-byte record a slot: five doubles and six words in two views of one buffer, so that a set touches one line. */
const stride = 8;
const wide = 16;
const [freshUntil, hitCount, agedAt, madeAt, entryWeight] = [0, 1, 2, 3, 4] as const;
const [next, previous, printOf, owner, markOf, queueOf] = [10, 11, 12, 13, 14, 15] as const;

class Records {
  readonly map = new Map<string, number>();
  readonly partitions = [this];
  readonly keys: (string | undefined)[] = [];
  readonly values: unknown[] = [];
  doubles: Float64Array;
  words: Int32Array;
  readonly ghosts: Int32Array;
  readonly mask: number;
  sequence = 0;
  smallFirst = -1;
  smallLast = -1;
  smallSize = 0;
  mainFirst = -1;
  mainLast = -1;
  mainSize = 0;
  free = -1;
  used = 0;
  bytes = 0;
  folded = 0;
  reads = 0;
  time = performance.now();

  constructor() {
    const buffer = new ArrayBuffer(64 * (maximum + 1));
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    let size = 4;
    while (size < maximum) size *= 2;
    this.ghosts = new Int32Array(size * 2).fill(-maximum - 1);
    this.mask = size / 4 - 1;
  }

  set(key: string, value: unknown): void {
    if ((++this.reads & 1023) === 0) this.time = performance.now();
    const now = this.time;
    const weight = 64 + key.length * 2;
    let slot = this.map.get(key);
    const doubles = this.doubles;
    if (slot === undefined) {
      if (this.map.size >= maximum) this.evict();
      const words = this.words;
      slot = this.free;
      if (slot === -1) {
        slot = this.used++;
        this.keys.push(key);
        this.values.push(value);
      } else {
        this.free = words[slot * wide + next]!;
        this.keys[slot] = key;
        this.values[slot] = value;
      }
      this.map.set(key, slot);
      words[slot * wide + owner] = 0;
      words[slot * wide + markOf] = 0;
      doubles[slot * stride + hitCount] = 0;
      const h = shortHash(key);
      words[slot * wide + printOf] = h;
      if (this.take(h)) this.pushMain(slot);
      else this.pushSmall(slot);
    } else {
      this.bytes -= doubles[slot * stride + entryWeight]!;
      this.values[slot] = value;
    }
    this.bytes += weight;
    doubles[slot * stride + entryWeight] = weight;
    doubles[slot * stride + madeAt] = now;
    doubles[slot * stride + agedAt] = now + 3_600_000;
    doubles[slot * stride + freshUntil] = now + 3_600_000;
  }

  pushSmall(slot: number): void {
    const words = this.words;
    const last = this.smallLast;
    words[slot * wide + next] = -1;
    words[slot * wide + previous] = last;
    words[slot * wide + queueOf] = 0;
    if (last === -1) this.smallFirst = slot;
    else words[last * wide + next] = slot;
    this.smallLast = slot;
    this.smallSize++;
  }

  pushMain(slot: number): void {
    const words = this.words;
    const last = this.mainLast;
    words[slot * wide + next] = -1;
    words[slot * wide + previous] = last;
    words[slot * wide + queueOf] = 1;
    if (last === -1) this.mainFirst = slot;
    else words[last * wide + next] = slot;
    this.mainLast = slot;
    this.mainSize++;
  }

  evict(): void {
    const { doubles, words } = this;
    for (;;) {
      if (this.smallSize * 10 >= maximum || this.mainSize === 0) {
        const slot = this.smallFirst;
        const after = words[slot * wide + next]!;
        this.smallFirst = after;
        if (after === -1) this.smallLast = -1;
        else words[after * wide + previous] = -1;
        this.smallSize--;
        // Both sides modulo 2^32: the difference since the mark is exact however high the count.
        const fresh = ((doubles[slot * stride + hitCount]! | 0) - words[slot * wide + markOf]!) >>> 0;
        if (fresh > 0) {
          words[slot * wide + markOf] = doubles[slot * stride + hitCount]! | 0;
          this.pushMain(slot);
          continue;
        }
        this.remember(words[slot * wide + printOf]!);
        this.remove(slot);
        return;
      }
      const slot = this.mainFirst;
      const after = words[slot * wide + next]!;
      this.mainFirst = after;
      if (after === -1) this.mainLast = -1;
      else words[after * wide + previous] = -1;
      this.mainSize--;
      const count = doubles[slot * stride + hitCount]! | 0;
      const fresh = (count - words[slot * wide + markOf]!) >>> 0;
      if (fresh > 0) {
        words[slot * wide + markOf] = fresh > 3 ? count - 2 : words[slot * wide + markOf]! + 1;
        this.pushMain(slot);
        continue;
      }
      this.remove(slot);
      return;
    }
  }

  remember(h: number): void {
    const ghosts = this.ghosts;
    const bucket = (h & this.mask) << 3;
    let oldest = bucket + 1;
    if (ghosts[bucket + 3]! < ghosts[oldest]!) oldest = bucket + 3;
    if (ghosts[bucket + 5]! < ghosts[oldest]!) oldest = bucket + 5;
    if (ghosts[bucket + 7]! < ghosts[oldest]!) oldest = bucket + 7;
    this.sequence = (this.sequence + 1) | 0;
    ghosts[oldest - 1] = h;
    ghosts[oldest] = this.sequence;
  }

  take(h: number): boolean {
    const ghosts = this.ghosts;
    let i = (h & this.mask) << 3;
    if (ghosts[i] !== h) {
      i += 2;
      if (ghosts[i] !== h) {
        i += 2;
        if (ghosts[i] !== h) {
          i += 2;
          if (ghosts[i] !== h) return false;
        }
      }
    }
    const known = ghosts[i + 1]! >= this.sequence - maximum;
    ghosts[i + 1] = -maximum - 1;
    return known;
  }

  remove(slot: number): void {
    this.partitions[this.words[slot * wide + owner]!]!.map.delete(this.keys[slot]!);
    this.folded += this.doubles[slot * stride + hitCount]!;
    this.bytes -= this.doubles[slot * stride + entryWeight]!;
    this.values[slot] = undefined;
    this.keys[slot] = undefined;
    this.words[slot * wide + next] = this.free;
    this.free = slot;
  }
}

/** The two numbers a hit touches in an array of pairs, the rest in 48-byte records: three doubles and six words. */
class HotCold {
  readonly map = new Map<string, number>();
  readonly partitions = [this];
  readonly keys: (string | undefined)[] = [];
  readonly values: unknown[] = [];
  hot = new Float64Array(2 * (maximum + 1));
  doubles: Float64Array;
  words: Int32Array;
  readonly ghosts: Int32Array;
  readonly mask: number;
  sequence = 0;
  smallFirst = -1;
  smallLast = -1;
  smallSize = 0;
  mainFirst = -1;
  mainLast = -1;
  mainSize = 0;
  free = -1;
  used = 0;
  bytes = 0;
  folded = 0;
  reads = 0;
  time = performance.now();

  constructor() {
    const buffer = new ArrayBuffer(48 * (maximum + 1));
    this.doubles = new Float64Array(buffer);
    this.words = new Int32Array(buffer);
    let size = 4;
    while (size < maximum) size *= 2;
    this.ghosts = new Int32Array(size * 2).fill(-maximum - 1);
    this.mask = size / 4 - 1;
  }

  set(key: string, value: unknown): void {
    if ((++this.reads & 1023) === 0) this.time = performance.now();
    const now = this.time;
    const weight = 64 + key.length * 2;
    let slot = this.map.get(key);
    const doubles = this.doubles;
    const hot = this.hot;
    if (slot === undefined) {
      if (this.map.size >= maximum) this.evict();
      const words = this.words;
      slot = this.free;
      if (slot === -1) {
        slot = this.used++;
        this.keys.push(key);
        this.values.push(value);
      } else {
        this.free = words[slot * 12 + 6]!;
        this.keys[slot] = key;
        this.values[slot] = value;
      }
      this.map.set(key, slot);
      words[slot * 12 + 9] = 0;
      words[slot * 12 + 10] = 0;
      hot[slot * 2 + 1] = 0;
      const h = shortHash(key);
      words[slot * 12 + 8] = h;
      if (this.take(h)) this.pushMain(slot);
      else this.pushSmall(slot);
    } else {
      this.bytes -= doubles[slot * 6 + 0]!;
      this.values[slot] = value;
    }
    this.bytes += weight;
    doubles[slot * 6 + 0] = weight;
    doubles[slot * 6 + 1] = now;
    doubles[slot * 6 + 2] = now + 3_600_000;
    hot[slot * 2] = now + 3_600_000;
  }

  pushSmall(slot: number): void {
    const words = this.words;
    const last = this.smallLast;
    words[slot * 12 + 6] = -1;
    words[slot * 12 + 7] = last;
    words[slot * 12 + 11] = 0;
    if (last === -1) this.smallFirst = slot;
    else words[last * 12 + 6] = slot;
    this.smallLast = slot;
    this.smallSize++;
  }

  pushMain(slot: number): void {
    const words = this.words;
    const last = this.mainLast;
    words[slot * 12 + 6] = -1;
    words[slot * 12 + 7] = last;
    words[slot * 12 + 11] = 1;
    if (last === -1) this.mainFirst = slot;
    else words[last * 12 + 6] = slot;
    this.mainLast = slot;
    this.mainSize++;
  }

  evict(): void {
    const { hot, words } = this;
    for (;;) {
      if (this.smallSize * 10 >= maximum || this.mainSize === 0) {
        const slot = this.smallFirst;
        const after = words[slot * 12 + 6]!;
        this.smallFirst = after;
        if (after === -1) this.smallLast = -1;
        else words[after * 12 + 7] = -1;
        this.smallSize--;
        // Both sides modulo 2^32: the difference since the mark is exact however high the count.
        const fresh = ((hot[slot * 2 + 1]! | 0) - words[slot * 12 + 10]!) >>> 0;
        if (fresh > 0) {
          words[slot * 12 + 10] = hot[slot * 2 + 1]! | 0;
          this.pushMain(slot);
          continue;
        }
        this.remember(words[slot * 12 + 8]!);
        this.remove(slot);
        return;
      }
      const slot = this.mainFirst;
      const after = words[slot * 12 + 6]!;
      this.mainFirst = after;
      if (after === -1) this.mainLast = -1;
      else words[after * 12 + 7] = -1;
      this.mainSize--;
      const count = hot[slot * 2 + 1]! | 0;
      const fresh = (count - words[slot * 12 + 10]!) >>> 0;
      if (fresh > 0) {
        words[slot * 12 + 10] = fresh > 3 ? count - 2 : words[slot * 12 + 10]! + 1;
        this.pushMain(slot);
        continue;
      }
      this.remove(slot);
      return;
    }
  }

  remember(h: number): void {
    const ghosts = this.ghosts;
    const bucket = (h & this.mask) << 3;
    let oldest = bucket + 1;
    if (ghosts[bucket + 3]! < ghosts[oldest]!) oldest = bucket + 3;
    if (ghosts[bucket + 5]! < ghosts[oldest]!) oldest = bucket + 5;
    if (ghosts[bucket + 7]! < ghosts[oldest]!) oldest = bucket + 7;
    this.sequence = (this.sequence + 1) | 0;
    ghosts[oldest - 1] = h;
    ghosts[oldest] = this.sequence;
  }

  take(h: number): boolean {
    const ghosts = this.ghosts;
    let i = (h & this.mask) << 3;
    if (ghosts[i] !== h) {
      i += 2;
      if (ghosts[i] !== h) {
        i += 2;
        if (ghosts[i] !== h) {
          i += 2;
          if (ghosts[i] !== h) return false;
        }
      }
    }
    const known = ghosts[i + 1]! >= this.sequence - maximum;
    ghosts[i + 1] = -maximum - 1;
    return known;
  }

  remove(slot: number): void {
    this.partitions[this.words[slot * 12 + 9]!]!.map.delete(this.keys[slot]!);
    this.folded += this.hot[slot * 2 + 1]!;
    this.bytes -= this.doubles[slot * 6 + 0]!;
    this.values[slot] = undefined;
    this.keys[slot] = undefined;
    this.words[slot * 12 + 6] = this.free;
    this.free = slot;
  }
}

/** Sixteen characters at most, evenly spread and always the last. */
function shortHash(key: string): number {
  const length = key.length;
  let h = length ^ 0x811c9dc5;
  const step = length > 16 ? (length + 15) >> 4 : 1;
  for (let i = length - 1; i >= 0; i -= step) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  h ^= h >>> 15;
  return Math.imul(h, 0x2c1b3c6d) ^ (h >>> 13);
}

class RecordsGhostless extends Records {
  override remember(): void {}
  override take(): boolean {
    return false;
  }
}

const makers: Record<string, () => Subject> = {
  'FIFO map (noise floor)': () => new Fifo(),
  'rings, ghost set': () => new S3Fifo('ring', new GhostSet()),
  'rings, ghost table': () => new S3Fifo('ring', new GhostTable()),
  'lists, ghost set': () => new S3Fifo('list', new GhostSet()),
  'lists, ghost table': () => new S3Fifo('list', new GhostTable()),
  'lists, ghost table, frozen and weighed': () => new Frozen('list', new GhostTable()),
  tuned: () => new Tuned(),
  records: () => new Records(),
  'hot pairs and cold records': () => new HotCold(),
  'records, no ghost': () => new RecordsGhostless(),
  'tuned, no ghost': () => new Ghostless(),
  'tuned, frozen and weighed': () => new TunedFrozen(),
};
export const names = Object.keys(makers);

const loop = () =>
  new Function(
    'subject',
    'order',
    'keys',
    'values',
    'for (let i = 0; i < order.length; i++) subject.set(keys[order[i]], values[order[i]])',
  ) as (subject: Subject, order: Uint32Array, keys: string[], values: unknown[]) => void;

async function main(name: string, rounds: number, pattern: string): Promise<void> {
  let state = 12_345;
  const order = Uint32Array.from({ length: 400_000 }, (_, i) => {
    if (pattern === 'cyclic') return i % universe;
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * universe);
  });
  const fifo = new Fifo();
  const subject = makers[name]!();
  const bare = loop();
  const ours = loop();
  const ratios: number[] = [];
  const nanoseconds: number[] = [];
  for (let i = 0; i < rounds + 4; i++) {
    const start = performance.now();
    bare(fifo, order, keys, values);
    const middle = performance.now();
    ours(subject, order, keys, values);
    const end = performance.now();
    if (i >= 4) {
      ratios.push((middle - start) / (end - middle));
      nanoseconds.push(((end - middle) / order.length) * 1e6);
    }
    await new Promise(setImmediate);
  }
  if (subject.map.size !== maximum) throw new Error(`holds ${subject.map.size} entries`);
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
  console.log(JSON.stringify({ name, pattern, ratio: median(ratios), nanoseconds: median(nanoseconds) }));
}

if (process.argv[1] === import.meta.filename)
  await main(process.argv[2]!, Number(process.argv[3] ?? 11), process.argv[4] ?? 'uniform');

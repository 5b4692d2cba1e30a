/**
 * The hit path in several layouts. One variant is run per process against a bare Map, interleaved (A B A B), because
 * a second variant in the same process makes the engine's inline caches polymorphic and both slower.
 */
import diagnostics from 'node:diagnostics_channel';
import { BudgetClock, CellClock, HorizonClock } from './clocks.ts';

const count = 100_000;
const ttl = 3_600_000;
// Flat strings: a template makes a rope, whose first read costs one more cache miss.
const keys = Array.from({ length: count }, (_, i) =>
  Buffer.from(`src/folder-${i % 97}/file-${i}.ts`).toString('latin1'),
);
const values = keys.map((key, i) => ({ id: i, key, text: 'x' }));

interface Subject {
  get(key: string): unknown;
}

class Entry {
  value: unknown;
  freshUntil: number;
  agedAt = Infinity;
  weight = 100;
  hits: number;
  frequency = 0;
  previous: Entry | undefined = undefined;
  next: Entry | undefined = undefined;
  promise: Promise<unknown> | undefined = undefined;
  extra: unknown = undefined;
  constructor(value: unknown, freshUntil: number, hits: number) {
    this.value = value;
    this.freshUntil = freshUntil;
    this.hits = hits;
  }
}

class Objects {
  readonly map = new Map<string, Entry>();
  readonly clock = new CellClock();
  readonly horizon = new HorizonClock();
  listening = false;
  constructor(ticks = false) {
    for (let i = 0; i < count; i++) {
      const end = performance.now() + ttl;
      this.map.set(keys[i]!, new Entry(values[i], ticks ? Math.ceil(end) : end, 0));
    }
  }
  get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const entry = this.map.get(key);
      if (entry !== undefined) {
        const now = this.clock.time || this.clock.read();
        if (entry.freshUntil > now) {
          entry.hits++;
          if (this.listening) this.announce();
          return entry.value;
        }
      }
    }
    return this.slow(key);
  }
  slow(_key: string): unknown {
    return undefined;
  }
  announce(): void {}
}

class ObjectsHorizon extends Objects {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const entry = this.map.get(key);
      if (entry !== undefined && entry.freshUntil > this.horizon.horizon) {
        entry.hits++;
        if (this.listening) this.announce();
        return entry.value;
      }
      if (entry !== undefined && entry.freshUntil > this.horizon.read()) {
        entry.hits++;
        return entry.value;
      }
    }
    return this.slow(key);
  }
}

type Numbers = Float64Array | Uint32Array;

class Table {
  values: unknown[] = [];
  promises: (Promise<unknown> | undefined)[] = [];
  keys: string[] = [];
  freshUntil: Float64Array;
  hits: Numbers;
  frequency: Uint8Array;
  /** Interleaved: the two numbers that a hit touches, side by side. */
  facts: Float64Array;
  next: Int32Array;
  previous: Int32Array;
  head = 0;

  constructor(growth: 'fixed' | 'doubling' | 'resizable', counter: 'float64' | 'uint32') {
    const make = <T>(Kind: { new (buffer: ArrayBuffer): T; BYTES_PER_ELEMENT: number }, n: number): T =>
      new Kind(
        growth === 'resizable'
          ? new ArrayBuffer(1024 * Kind.BYTES_PER_ELEMENT, { maxByteLength: n * Kind.BYTES_PER_ELEMENT })
          : new ArrayBuffer(n * Kind.BYTES_PER_ELEMENT),
      );
    const n = growth === 'doubling' ? 16 : 131_072;
    this.freshUntil = make(Float64Array, n);
    this.hits = counter === 'float64' ? make(Float64Array, n) : make(Uint32Array, n);
    this.frequency = make(Uint8Array, n);
    this.facts = make(Float64Array, n * 2);
    this.next = make(Int32Array, n);
    this.previous = make(Int32Array, n);
    const end = performance.now() + ttl;
    for (let i = 0; i < count; i++) {
      if (i >= this.freshUntil.length) this.grow(growth);
      this.values.push(values[i]);
      this.promises.push(undefined);
      this.keys.push(keys[i]!);
      this.freshUntil[i] = end;
      this.facts[i * 2] = end;
      this.next[i] = (i + 1) % count;
      this.previous[i] = (i + count - 1) % count;
    }
  }

  grow(growth: string): void {
    const n = this.freshUntil.length * 2;
    if (growth === 'resizable') {
      for (const array of [
        this.freshUntil,
        this.hits,
        this.frequency,
        this.next,
        this.previous,
        this.facts,
      ]) {
        (array.buffer as ArrayBuffer).resize(
          Math.min(array.byteLength * 2, (array.buffer as ArrayBuffer).maxByteLength),
        );
      }
      return;
    }
    const bigger = <T extends Numbers | Uint8Array | Int32Array>(old: T, length: number): T => {
      const grown = new (old.constructor as new (n: number) => T)(length);
      grown.set(old as never);
      return grown;
    };
    this.freshUntil = bigger(this.freshUntil, n);
    this.hits = bigger(this.hits, n);
    this.frequency = bigger(this.frequency, n);
    this.next = bigger(this.next, n);
    this.previous = bigger(this.previous, n);
    this.facts = bigger(this.facts, n * 2);
  }

  touch(slot: number): void {
    const head = this.head;
    if (head === slot) return;
    const { next, previous } = this;
    const before = previous[slot]!;
    const after = next[slot]!;
    next[before] = after;
    previous[after] = before;
    const tail = previous[head]!;
    next[tail] = slot;
    previous[slot] = tail;
    next[slot] = head;
    previous[head] = slot;
    this.head = slot;
  }
}

const channel = diagnostics.channel('holdfast:bench');

class Arrays {
  readonly map = new Map<string, number>();
  readonly table: Table;
  readonly clock = new CellClock();
  readonly budget = new BudgetClock();
  readonly horizon = new HorizonClock();
  readonly totals = new Float64Array(16);
  listening = false;
  constructor(
    growth: 'fixed' | 'doubling' | 'resizable' = 'doubling',
    counter: 'float64' | 'uint32' = 'float64',
  ) {
    this.table = new Table(growth, counter);
    for (let i = 0; i < count; i++) this.map.set(keys[i]!, i);
  }
  get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
  slow(_key: string): unknown {
    return undefined;
  }
  announce(_slot: number): void {}
}

class ArraysChannel extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          table.hits[slot]!++;
          if (channel.hasSubscribers) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysNoListener extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          table.hits[slot]!++;
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysNoCount extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysTotals extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          this.totals[0]!++;
          if (table.frequency[slot]! < 3) table.frequency[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysBudget extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const clock = this.budget;
        const now = clock.budget-- > 0 ? clock.time : clock.read();
        if (table.freshUntil[slot]! > now) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysPerformance extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        if (table.freshUntil[slot]! > performance.now()) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysDate extends Arrays {
  readonly origin = Date.now();
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        if (table.freshUntil[slot]! > Date.now() - this.origin) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysHorizon extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const until = table.freshUntil[slot]!;
        if (until > this.horizon.horizon || until > this.horizon.read()) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysHorizonBudget extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const clock = this.horizon;
        const until = table.freshUntil[slot]!;
        if ((--clock.budget > 0 && until > clock.horizon) || until > clock.read()) {
          table.hits[slot]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysInterleaved extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const facts = table.facts;
        const now = this.clock.time || this.clock.read();
        if (facts[slot * 2]! > now) {
          facts[slot * 2 + 1]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysInterleavedHorizon extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const facts = table.facts;
        const until = facts[slot * 2]!;
        if (until > this.horizon.horizon || until > this.horizon.read()) {
          facts[slot * 2 + 1]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysInterleavedHorizonBudget extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const clock = this.horizon;
        const facts = table.facts;
        const until = facts[slot * 2]!;
        if ((--clock.budget > 0 && until > clock.horizon) || until > clock.read()) {
          facts[slot * 2 + 1]!++;
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

class ArraysTouch extends Arrays {
  override get(key: string): unknown {
    if (typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const now = this.clock.time || this.clock.read();
        if (table.freshUntil[slot]! > now) {
          table.hits[slot]!++;
          table.touch(slot);
          if (this.listening) this.announce(slot);
          return table.values[slot];
        }
      }
    }
    return this.slow(key);
  }
}

/**
 * The lean shapes: no check of the key (a Map that only ever holds strings finds nothing under anything else; keys
 * that are arrays live in a Map of their own), and no check for listeners (while anybody listens, or after close, the
 * horizon is Infinity, which sends every read down the slow path). One comparison guards the hit.
 */
class ObjectsLean extends Objects {
  override get(key: string): unknown {
    const entry = this.map.get(key);
    if (entry !== undefined && entry.freshUntil > this.horizon.horizon) {
      entry.hits++;
      return entry.value;
    }
    return this.exact(key);
  }
  exact(key: string): unknown {
    const entry = this.map.get(key);
    if (entry === undefined || !(entry.freshUntil > this.horizon.read())) return this.slow(key);
    entry.hits++;
    return entry.value;
  }
}

class ArraysLean extends Arrays {
  override get(key: string): unknown {
    const slot = this.map.get(key);
    if (slot !== undefined) {
      const table = this.table;
      if (table.freshUntil[slot]! > this.horizon.horizon) {
        table.hits[slot]!++;
        return table.values[slot];
      }
    }
    return this.exact(key);
  }
  exact(key: string): unknown {
    const slot = this.map.get(key);
    if (slot === undefined) return this.slow(key);
    const table = this.table;
    if (!(table.freshUntil[slot]! > this.horizon.read())) return this.slow(key);
    table.hits[slot]!++;
    return table.values[slot];
  }
}

class ArraysLeanTyped extends ArraysLean {
  override get(key: string): unknown {
    if (typeof key === 'string') {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        if (table.freshUntil[slot]! > this.horizon.horizon) {
          table.hits[slot]!++;
          return table.values[slot];
        }
      }
    }
    return this.exact(key);
  }
}

class ArraysLeanBudget extends ArraysLean {
  override get(key: string): unknown {
    const slot = this.map.get(key);
    if (slot !== undefined) {
      const table = this.table;
      const clock = this.horizon;
      if (--clock.budget > 0 && table.freshUntil[slot]! > clock.horizon) {
        table.hits[slot]!++;
        return table.values[slot];
      }
    }
    return this.exact(key);
  }
}

class InterleavedLean extends ArraysLean {
  override get(key: string): unknown {
    const slot = this.map.get(key);
    if (slot !== undefined) {
      const table = this.table;
      const facts = table.facts;
      if (facts[slot * 2]! > this.horizon.horizon) {
        facts[slot * 2 + 1]!++;
        return table.values[slot];
      }
    }
    return this.exact(key);
  }
}

class ArraysLeanTouch extends ArraysLean {
  override get(key: string): unknown {
    const slot = this.map.get(key);
    if (slot !== undefined) {
      const table = this.table;
      if (table.freshUntil[slot]! > this.horizon.horizon) {
        table.hits[slot]!++;
        table.touch(slot);
        return table.values[slot];
      }
    }
    return this.exact(key);
  }
}

const getters: Record<string, () => Subject> = {
  'bare Map (noise floor)': () => new Map<string, unknown>(keys.map((key, i) => [key, values[i]])),
  'objects, clock cell': () => new Objects(),
  'objects, integer deadlines': () => new Objects(true),
  'objects, horizon': () => new ObjectsHorizon(),
  'arrays, clock cell': () => new Arrays(),
  'arrays, fixed size': () => new Arrays('fixed'),
  'arrays, resizable buffers': () => new Arrays('resizable'),
  'arrays, hits in Uint32': () => new Arrays('doubling', 'uint32'),
  'arrays, one total and a Uint8 frequency': () => new ArraysTotals(),
  'arrays, nothing counted': () => new ArraysNoCount(),
  'arrays, no listener check': () => new ArraysNoListener(),
  'arrays, channel.hasSubscribers': () => new ArraysChannel(),
  'arrays, clock budget': () => new ArraysBudget(),
  'arrays, horizon': () => new ArraysHorizon(),
  'arrays, horizon and budget': () => new ArraysHorizonBudget(),
  'arrays, performance.now()': () => new ArraysPerformance(),
  'arrays, Date.now()': () => new ArraysDate(),
  'arrays, LRU touch': () => new ArraysTouch(),
  'lean objects': () => new ObjectsLean(),
  'lean objects, integer deadlines': () => new ObjectsLean(true),
  'lean arrays': () => new ArraysLean(),
  'lean arrays, resizable buffers': () => new ArraysLean('resizable'),
  'lean arrays, hits in Uint32': () => new ArraysLean('doubling', 'uint32'),
  'lean arrays, typeof key': () => new ArraysLeanTyped(),
  'lean arrays, budget': () => new ArraysLeanBudget(),
  'lean arrays, LRU touch': () => new ArraysLeanTouch(),
  'lean pairs': () => new InterleavedLean(),
  'pairs, clock cell': () => new ArraysInterleaved(),
  'pairs, horizon': () => new ArraysInterleavedHorizon(),
  'pairs, horizon and budget': () => new ArraysInterleavedHorizonBudget(),
};

class ReadKept extends ArraysInterleavedHorizonBudget {
  getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined && typeof key === 'string' && key.charCodeAt(0) !== 0) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const clock = this.horizon;
        const facts = table.facts;
        const until = facts[slot * 2]!;
        if ((--clock.budget > 0 && until > clock.horizon) || until > clock.read()) {
          facts[slot * 2 + 1]!++;
          if (this.listening) this.announce(slot);
          table.promises[slot] ??= Promise.resolve(table.values[slot]);
          return table.promises[slot]!;
        }
      }
    }
    return generate();
  }
}

class ReadLean extends ArraysLean {
  getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        if (table.freshUntil[slot]! > this.horizon.horizon) {
          table.hits[slot]!++;
          return table.promises[slot] ?? this.keep(slot);
        }
      }
    }
    const value = this.exact(key);
    return value === undefined ? generate() : this.keep(this.map.get(key)!);
  }
  keep(slot: number): Promise<unknown> {
    const promise = Promise.resolve(this.table.values[slot]);
    this.table.promises[slot] = promise;
    return promise;
  }
}

class ReadRecord extends InterleavedLean {
  getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        const facts = table.facts;
        if (facts[slot * 2]! > this.horizon.horizon) {
          facts[slot * 2 + 1]!++;
          return table.promises[slot] ?? this.keep(slot);
        }
      }
    }
    const value = this.exact(key);
    return value === undefined ? generate() : this.keep(this.map.get(key)!);
  }
  keep(slot: number): Promise<unknown> {
    const promise = Promise.resolve(this.table.values[slot]);
    this.table.promises[slot] = promise;
    return promise;
  }
}

class ReadLeanResolved extends ArraysLean {
  getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined) {
      const slot = this.map.get(key);
      if (slot !== undefined) {
        const table = this.table;
        if (table.freshUntil[slot]! > this.horizon.horizon) {
          table.hits[slot]!++;
          return Promise.resolve(table.values[slot]);
        }
      }
    }
    const value = this.exact(key);
    return value === undefined ? generate() : Promise.resolve(value);
  }
}

class ReadLeanAsync extends ArraysLean {
  async getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    const value = options === undefined ? this.get(key) : undefined;
    return value === undefined ? generate() : value;
  }
}

class ReadResolved extends ArraysInterleavedHorizonBudget {
  getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined) {
      const value = this.get(key);
      if (value !== undefined) return Promise.resolve(value);
    }
    return generate();
  }
}

class ReadAsync extends ArraysInterleavedHorizonBudget {
  async getOrGenerate(
    key: string,
    generate: () => Promise<unknown>,
    options?: { mode?: string },
  ): Promise<unknown> {
    if (options === undefined) {
      const value = this.get(key);
      if (value !== undefined) return value;
    }
    return await generate();
  }
}

interface Reader {
  getOrGenerate(key: string, generate: () => Promise<unknown>): Promise<unknown>;
}
const readers: Record<string, () => Reader> = {
  'lean read, kept promise': () => new ReadLean(),
  'lean pairs read, kept promise': () => new ReadRecord(),
  'lean read, Promise.resolve each': () => new ReadLeanResolved(),
  'lean read, async function': () => new ReadLeanAsync(),
  'read, kept promise': () => new ReadKept(),
  'read, Promise.resolve each': () => new ReadResolved(),
  'read, async function': () => new ReadAsync(),
};

/** The order of reads, the same in every process: as inserted, uniformly shuffled, or by Zipf's law (0.9). */
function order(kind: string): string[] {
  let state = 12_345;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  if (kind === 'inserted') return keys;
  const shuffled = [...keys];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  if (kind === 'uniform') return shuffled;
  const cumulated = new Float64Array(count);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += 1 / (i + 1) ** 0.9;
    cumulated[i] = sum;
  }
  return shuffled.map(() => {
    const target = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulated[middle]! < target) low = middle + 1;
      else high = middle;
    }
    return shuffled[low]!;
  });
}

// Each side gets a loop of its own, so that neither sees the other's types.
const loop = () =>
  new Function(
    'subject',
    'keys',
    'let n = 0; for (let i = 0; i < keys.length; i++) if (subject.get(keys[i]) !== undefined) n++; return n',
  ) as (subject: Subject, keys: string[]) => number;

const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;

async function main(name: string, rounds: number, pattern: string): Promise<void> {
  const shuffled = order(pattern);
  const map = new Map<string, unknown>(keys.map((key, i) => [key, values[i]]));
  const ratios: number[] = [];
  const nanoseconds: number[] = [];
  if (name in getters) {
    const subject = getters[name]!();
    const bare = loop();
    const ours = loop();
    const time = (run: () => number): number => {
      const start = performance.now();
      for (let i = 0; i < 3; i++) if (run() !== count) throw new Error('a hit was missed');
      return performance.now() - start;
    };
    for (let i = 0; i < 8; i++) {
      time(() => bare(map, shuffled));
      time(() => ours(subject, shuffled));
      await new Promise(setImmediate);
    }
    for (let i = 0; i < rounds; i++) {
      const floor = time(() => bare(map, shuffled));
      const own = time(() => ours(subject, shuffled));
      ratios.push(floor / own);
      nanoseconds.push((own / (3 * count)) * 1e6);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } else {
    const subject = readers[name]!();
    const plain = async (key: string) => map.get(key);
    const generate = async () => {
      throw new Error('a hit was missed');
    };
    const floorLoop = async () => {
      for (let i = 0; i < shuffled.length; i++) await plain(shuffled[i]!);
    };
    const ownLoop = async () => {
      for (let i = 0; i < shuffled.length; i++) await subject.getOrGenerate(shuffled[i]!, generate);
    };
    for (let i = 0; i < rounds + 5; i++) {
      const start = performance.now();
      await floorLoop();
      const middle = performance.now();
      await ownLoop();
      const end = performance.now();
      if (i >= 5) {
        ratios.push((middle - start) / (end - middle));
        nanoseconds.push(((end - middle) / count) * 1e6);
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  console.log(JSON.stringify({ name, pattern, ratio: median(ratios), nanoseconds: median(nanoseconds) }));
}

export const names = [...Object.keys(getters), ...Object.keys(readers)];
if (process.argv[1] === import.meta.filename)
  await main(process.argv[2]!, Number(process.argv[3] ?? 21), process.argv[4] ?? 'zipf');

/** Bytes an entry costs beyond key and value, one layout per process (`node --expose-gc weight.ts NAME COUNT`). */
const [name = 'arrays', size = '100000'] = process.argv.slice(2);
const count = Number(size);
const collect = (globalThis as { gc?: () => void }).gc;
const keys = Array.from({ length: count }, (_, i) =>
  Buffer.from(`src/folder-${i % 97}/file-${i}.ts`).toString('latin1'),
);
const values = keys.map((_, i) => ({ id: i }));
const used = () => {
  if (collect === undefined) throw new Error('run with --expose-gc');
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

class Entry {
  value: unknown;
  freshUntil = performance.now() + 1000;
  agedAt = performance.now() + 1000;
  madeAt = performance.now();
  weight = 100;
  hits = 0;
  mark = 0;
  key: string;
  previous: Entry | undefined = undefined;
  next: Entry | undefined = undefined;
  promise: Promise<unknown> | undefined = undefined;
  extra: unknown = undefined;
  constructor(key: string, value: unknown) {
    this.key = key;
    this.value = value;
  }
}

function objects(promises: boolean): unknown {
  const map = new Map<string, Entry>();
  for (let i = 0; i < count; i++) {
    const entry = new Entry(keys[i]!, values[i]);
    if (promises) entry.promise = Promise.resolve(values[i]);
    map.set(keys[i]!, entry);
  }
  return map;
}

/** `doubled`: grown as needed, so up to half of each array is spare. */
function arrays(promises: boolean, doubled: boolean): unknown {
  const map = new Map<string, number>();
  let capacity = 16;
  while (capacity < count) capacity *= 2;
  if (!doubled) capacity = count;
  const slots: unknown[] = [];
  const names: string[] = [];
  const kept: unknown[] = [];
  for (let i = 0; i < count; i++) {
    map.set(keys[i]!, i);
    slots.push(values[i]);
    names.push(keys[i]!);
    if (promises) kept[i] = Promise.resolve(values[i]);
  }
  // freshUntil, agedAt, madeAt, weight, hits; mark, owner; next, previous, and a queue's number; a ghost and its stamp.
  const doubles = Array.from({ length: 5 }, () => new Float64Array(capacity));
  const words = Array.from({ length: 6 }, () => new Uint32Array(capacity));
  return [map, slots, names, kept, doubles, words, new Uint8Array(capacity)];
}

/** One 64-byte record a slot, grown by half, promises only where a read asked for one; a ghost of 8 bytes an entry. */
function records(promises: boolean): unknown {
  const map = new Map<string, number>();
  let capacity = 16;
  while (capacity < count) capacity = Math.ceil(capacity * 1.5);
  const slots: unknown[] = [];
  const names: string[] = [];
  const kept: unknown[] = [];
  for (let i = 0; i < count; i++) {
    map.set(keys[i]!, i);
    slots.push(values[i]);
    names.push(keys[i]!);
    if (promises) kept[i] = Promise.resolve(values[i]);
  }
  let ghosts = 4;
  while (ghosts < count) ghosts *= 2;
  return [map, slots, names, kept, new ArrayBuffer(64 * capacity), new Int32Array(ghosts * 2)];
}

const makers: Record<string, () => unknown> = {
  map: () => new Map(keys.map((key, i) => [key, values[i]])),
  objects: () => objects(false),
  'objects, promises kept': () => objects(true),
  arrays: () => arrays(false, true),
  'arrays, exact size': () => arrays(false, false),
  records: () => records(false),
  'records, promises kept': () => records(true),
  'arrays, promises kept': () => arrays(true, true),
};
export const names = Object.keys(makers);

if (process.argv[1] === import.meta.filename) {
  const before = used();
  const held = makers[name]!();
  const bytes = (used() - before) / count;
  if (held === undefined || keys.length !== values.length) throw new Error('lost');
  console.log(JSON.stringify({ name, count, bytes: Math.round(bytes * 10) / 10 }));
}

/**
 * Hit ratios of the engine's own eviction policies on recorded traces:
 *
 *   node bench/simulate.ts <folder of *.u32.gz> [--sizes 0.01,0.05,0.2] [--only mooncake] [--json]
 *
 * A size is a share of the trace's distinct ids. The policies are the engine's classes, driven as the table drives
 * them, with a table's slots and hits but without its values; `exact` is S3-FIFO with an exact ghost queue
 * (reference-s3-fifo.ts), which shows what the engine's fingerprints and byte weights cost.
 */
import { parseArgs } from 'node:util';
import type { EvictionPolicy } from '../packages/holdfast/src/memory/eviction.ts';
import { Lru } from '../packages/holdfast/src/memory/lru.ts';
import { S3Fifo } from '../packages/holdfast/src/memory/s3-fifo.ts';
import { referenceS3Fifo } from './reference-s3-fifo.ts';
import { table } from './table.ts';
import { tracesIn } from './traces.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sizes: { type: 'string', default: '0.01,0.05,0.2' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error(
    'Usage: node bench/simulate.ts <folder of *.u32.gz> [--sizes 0.01,0.05,0.2] [--only name] [--json]',
  );
  process.exit(2);
}
const sizes = flags.sizes.split(',').map(Number);
if (sizes.some((size) => !(size > 0 && size <= 1))) {
  console.error(`--sizes are shares of the distinct ids, above 0 and up to 1, not '${flags.sizes}'`);
  process.exit(2);
}

/** Every entry weighs the same, so that bytes and entries are the same bound. */
const weightOfOne = 1_000;

function simulate(policy: EvictionPolicy, ids: Uint32Array, unique: number, capacity: number): number {
  const slots = new Int32Array(unique).fill(-1);
  const idOf = new Uint32Array(capacity + 1);
  const hits = new Float64Array(capacity + 1);
  const weight = new Float64Array(capacity + 1).fill(weightOfOne);
  policy.grow(capacity + 1, { hits, weight, hashOf: (slot) => mix(idOf[slot] as number) });
  const free: number[] = Array.from({ length: capacity + 1 }, (_, i) => i);
  let count = 0;
  let found = 0;
  for (const id of ids) {
    const slot = slots[id] as number;
    if (slot >= 0) {
      found += 1;
      hits[slot] = (hits[slot] as number) + 1;
      if (policy.wantsTouch) policy.touch(slot);
      continue;
    }
    const taken = free.pop() as number;
    idOf[taken] = id;
    hits[taken] = 0;
    slots[id] = taken;
    policy.add(taken);
    count += 1;
    if (count <= capacity) continue;
    const victim = policy.victim();
    policy.remove(victim);
    slots[idOf[victim] as number] = -1;
    free.push(victim);
    count -= 1;
  }
  return found / ids.length;
}

/** A hash of an id as good as that of a key. */
function mix(id: number): number {
  let hash = id ^ 0x9e3779b9;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

interface Row {
  readonly trace: string;
  readonly requests: number;
  readonly capacity: number;
  readonly lru: number;
  readonly s3Fifo: number;
  readonly exact: number;
}

const rows: Row[] = [];
for (const { name, ids, unique } of tracesIn(folder, new RegExp(flags.only))) {
  for (const size of sizes) {
    const capacity = Math.max(10, Math.round(unique * size));
    rows.push({
      trace: name,
      requests: ids.length,
      capacity,
      lru: simulate(new Lru(), ids, unique, capacity),
      s3Fifo: simulate(new S3Fifo(capacity, capacity * weightOfOne), ids, unique, capacity),
      exact: referenceS3Fifo(ids, unique, capacity),
    });
  }
  console.error(name);
}

const percent = (ratio: number): string => (ratio * 100).toFixed(2);
const points = (difference: number): string =>
  `${difference >= 0 ? '+' : ''}${(difference * 100).toFixed(2)}`;
const mean = (list: readonly number[]): number => list.reduce((sum, item) => sum + item, 0) / list.length;

if (flags.json) console.log(JSON.stringify(rows, null, 2));
else {
  console.log(
    table(
      ['trace', 'requests', 'entries', 'lru %', 's3-fifo %', 'over lru', 'exact %', 'over exact'],
      rows.map((row) => [
        row.trace,
        `${row.requests}`,
        `${row.capacity}`,
        percent(row.lru),
        percent(row.s3Fifo),
        points(row.s3Fifo - row.lru),
        percent(row.exact),
        points(row.s3Fifo - row.exact),
      ]),
    ),
  );
  const gains = rows.map((row) => row.s3Fifo - row.lru);
  const losses = rows.map((row) => row.s3Fifo - row.exact);
  console.log(
    `\n${rows.length} rows: s3-fifo over lru ${points(mean(gains))} points on average, ${points(Math.min(...gains))} at ` +
      `worst; against exact ghosts ${points(mean(losses))} on average, ${points(Math.min(...losses))} at worst.`,
  );
}

/**
 * Hit ratios of Holdfast's eviction policies on recorded traces:
 *
 *   node bench/simulate.ts <folder of *.u32.gz> [--sizes 0.01,0.05,0.2] [--only mooncake] [--json]
 *
 * A size is a share of the trace's distinct ids. `lru` and `s3-fifo` are whole caches, asked through the public API;
 * `exact` is the paper's S3-FIFO with an exact ghost queue (reference-s3-fifo.ts), which shows what the engine's
 * fingerprints cost. Needs the built library (`npm run build`), and none of the peers.
 */
import { parseArgs } from 'node:util';
import { createCache } from 'holdfast';
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

/** Every request is a `get`, and where it finds nothing a `set`: what a program does, in the order it did it. */
async function simulate(
  eviction: 'lru' | 's3-fifo',
  ids: Uint32Array,
  keys: readonly string[],
  maxEntries: number,
): Promise<number> {
  const cache = createCache({ maxEntries, maxBytes: '64GiB', eviction });
  let found = 0;
  for (const [i, id] of ids.entries()) {
    const key = keys[id] as string;
    if (cache.get(key) !== undefined) found += 1;
    else void cache.set(key, true);
    // Lets go of the promises now and then.
    if (i % 10_000 === 0) await undefined;
  }
  const { entries } = cache.stats();
  if (entries > maxEntries) throw new Error(`${entries} entries exceed ${maxEntries}`);
  await cache.close();
  return found / ids.length;
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
  const keys = Array.from({ length: unique }, (_, id) => `block/${id}`);
  for (const size of sizes) {
    const capacity = Math.max(10, Math.round(unique * size));
    rows.push({
      trace: name,
      requests: ids.length,
      capacity,
      lru: await simulate('lru', ids, keys, capacity),
      s3Fifo: await simulate('s3-fifo', ids, keys, capacity),
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

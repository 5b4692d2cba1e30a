/** Runs every layout, each in a process of its own, and prints the tables (`node bench/layouts/run.ts [--rounds 21]`). */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { names as sets } from './evict.ts';
import { names as hits } from './hit.ts';
import { names as layouts } from './weight.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '21' } } });

const child = (
  file: string,
  flags: string[],
  ...rest: string[]
): { ratio: number; nanoseconds: number; bytes: number } =>
  JSON.parse(
    execFileSync(process.execPath, [...flags, new URL(file, import.meta.url).pathname, ...rest], {
      encoding: 'utf8',
    }),
  );

const show = (ratio: { ratio: number }): string => ratio.ratio.toFixed(2);

console.log(
  '| hit path, share of a bare Map (reads: of an async function over one) | inserted | zipf | uniform |',
);
console.log('|---|--:|--:|--:|');
for (const name of hits) {
  const row = ['inserted', 'zipf', 'uniform'].map((order) =>
    show(child('hit.ts', [], name, values.rounds, order)),
  );
  console.log(`| ${name} | ${row.join(' | ')} |`);
}

console.log('\n| set with eviction, share of a FIFO map | uniform | cyclic |\n|---|--:|--:|');
for (const name of sets) {
  const row = ['uniform', 'cyclic'].map((order) => show(child('evict.ts', [], name, values.rounds, order)));
  console.log(`| ${name} | ${row.join(' | ')} |`);
}

console.log('\n| bytes an entry beyond key and value | 100,000 | 1,000,000 |\n|---|--:|--:|');
for (const name of layouts) {
  const row = ['100000', '1000000'].map((count) => child('weight.ts', ['--expose-gc'], name, count).bytes);
  console.log(`| ${name} | ${row.join(' | ')} |`);
}

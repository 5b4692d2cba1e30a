/**
 * Holdfast against a bare Map and its peers, every number a share of a floor measured in the same process.
 *
 *   npm run bench                 builds, installs the peers, runs this
 *   node bench/run.ts --quick     a look in half a minute
 *   node bench/run.ts --json      the report as JSON on standard output
 *   node bench/run.ts --record    also writes bench/results/<day>.json and bench/results/latest.md
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machineFacts, versions } from './machine.ts';
import { type Report, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

const at = (path: string): URL => new URL(path, import.meta.url);

for (const [path, remedy] of [
  ['../packages/holdfast/dist/index.js', 'npm run build'],
  ['./node_modules/lru-cache/package.json', 'npm ci --prefix bench'],
] as const) {
  if (existsSync(at(path))) continue;
  console.error(`Not there yet: run \`${remedy}\` first, or \`npm run bench\`, which does all of it.`);
  process.exit(1);
}

const machine = machineFacts();
const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
const report: Report = {
  date: new Date().toISOString().slice(0, 10),
  scale: flags.quick ? 'quick' : 'full',
  machine,
  versions: versions(),
  results,
};

console.log(flags.json ? JSON.stringify(report, null, 2) : render(report));
if (flags.record) {
  mkdirSync(at('./results/'), { recursive: true });
  writeFileSync(at(`./results/${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(at('./results/latest.md'), `# The latest recorded run\n\n${render(report)}\n`);
}

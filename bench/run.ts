/**
 * Holdfast against a bare Map and its peers, every number a share of a floor measured in the same process.
 *
 *   npm run bench                 builds, installs the peers, runs this, and then what bench/files.ts measures
 *   node bench/run.ts --peers     this alone
 *   node bench/run.ts --quick     a look
 *   node bench/run.ts --json      the report as JSON on standard output
 *   node bench/run.ts --record    also writes bench/results/<day>.json and bench/results/latest.md
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { demandBuild, demandPeers } from './demand.ts';
import { render as renderFiles } from './files/report.ts';
import { runFiles } from './files/run.ts';
import { versions } from './machine.ts';
import { settingOf } from './recording.ts';
import { type Report, render } from './report.ts';
import { full, measureAll, quick } from './suite.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
  },
});

const at = (path: string): URL => new URL(path, import.meta.url);

demandBuild();
demandPeers();

const setting = settingOf(flags);
const results = await measureAll(flags.quick ? quick : full, (what) => console.error(what));
const report: Report = {
  ...setting,
  versions: versions('lru-cache', 'bentocache', 'cacheable', 'cache-manager'),
  results,
};

if (flags.record) {
  mkdirSync(at('./results/'), { recursive: true });
  writeFileSync(at(`./results/${report.date}.json`), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(at('./results/latest.md'), `# The latest recorded run\n\n${render(report)}\n`);
}
const files = flags.peers ? undefined : await runFiles(flags);
if (flags.json) console.log(JSON.stringify({ ...report, files }, null, 2));
else console.log(files === undefined ? render(report) : `${render(report)}\n\n${renderFiles(files)}`);

/**
 * What watching costs, and what is missed, beside other watchers on the same changes. Linux only.
 *
 *   node bench/watching.ts            everything, in about ten minutes
 *   node bench/watching.ts --quick    a look
 *   node bench/watching.ts --json     the report as JSON on standard output
 *   node bench/watching.ts --record   also writes bench/results/watching-<day>.json, bench/results/watching.md and
 *                                     docs/watchers.md
 */
import { parseArgs } from 'node:util';
import { demandBuild, demandPeers } from './demand.ts';
import { render } from './watching/report.ts';
import { runWatching } from './watching/run.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

demandBuild();
demandPeers();
const report = await runWatching(flags);
console.log(flags.json ? JSON.stringify(report, null, 2) : render(report));

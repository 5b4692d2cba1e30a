/**
 * What watching costs, and what is missed, beside other watchers on the same changes. Linux only.
 *
 *   node bench/watching.ts            everything, in about a quarter of an hour
 *   node bench/watching.ts --quick    a look
 *   node bench/watching.ts --json     the report as JSON on standard output
 *   node bench/watching.ts --record   also writes bench/results/watching-<day>.json, bench/results/watching.md and
 *                                     docs/watchers.md
 */

import { runProgram } from './program.ts';
import { render } from './watching/report.ts';
import { runWatching } from './watching/run.ts';

await runProgram({ peers: true, run: runWatching, render });

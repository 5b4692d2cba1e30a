/**
 * What the SQLite store costs and saves, through the cache; every speed as a ratio to a floor.
 *
 *   node bench/store.ts            everything, in about four minutes
 *   node bench/store.ts --quick    a look
 *   node bench/store.ts --json     the report as JSON on standard output
 *   node bench/store.ts --record   also writes bench/results/store-<day>.json and bench/results/store.md
 */

import { runProgram } from './program.ts';
import { render } from './store/report.ts';
import { runStore } from './store/run.ts';

await runProgram({ peers: true, run: runStore, render });

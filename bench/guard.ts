/**
 * What stands between a caller and a provider that has too much to do, fails or stalls; open-loop load.
 *
 *   node bench/guard.ts            everything, in about a quarter of an hour
 *   node bench/guard.ts --quick    a look
 *   node bench/guard.ts --json     the report as JSON on standard output
 *   node bench/guard.ts --record   also writes bench/results/guard-<day>.json and bench/results/guard.md
 */
import { render } from './guard/report.ts';
import { runGuard } from './guard/run.ts';
import { runProgram } from './program.ts';

await runProgram({ peers: true, run: runGuard, render });

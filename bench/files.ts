/**
 * What it costs that a value is served only after its files were looked at; every speed as a ratio to a floor.
 *
 *   node bench/files.ts            everything, in about six minutes; `npm run bench` does this, too
 *   node bench/files.ts --quick    a look
 *   node bench/files.ts --json     the report as JSON on standard output
 *   node bench/files.ts --record   also writes bench/results/files-<day>.json and bench/results/files.md
 */
import { render } from './files/report.ts';
import { runFiles } from './files/run.ts';
import { runProgram } from './program.ts';

await runProgram({ peers: false, run: runFiles, render });

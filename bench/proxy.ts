/**
 * What stands before Gemini: what it adds to a request, how many it can hand over, and a thousand followers of one stream.
 *
 *   node bench/proxy.ts            everything, in about ten minutes
 *   node bench/proxy.ts --quick    a look
 *   node bench/proxy.ts --json     the report as JSON on standard output
 *   node bench/proxy.ts --record   also writes bench/results/proxy-<day>.json and bench/results/proxy.md
 */
import { runProgram } from './program.ts';
import { render } from './proxy/report.ts';
import { runProxy } from './proxy/run.ts';

await runProgram({ peers: true, run: runProxy, render });

/**
 * Whether the four targets of the hit path are met, on this machine and now: `node bench/gate.ts`. Timings depend on
 * the machine, so this is no test; it exits 1 if a target is missed.
 */
import { parseArgs } from 'node:util';
import { full, measureHits, measureSets, measureWeights } from './suite.ts';
import { table } from './table.ts';

const { values: flags } = parseArgs({ options: { repeats: { type: 'string', default: '3' } } });
const scale = { ...full, repeats: Number(flags.repeats) };
const silent = (): void => undefined;

const get = (await measureHits('get', ['holdfast'], scale, silent)).holdfast;
const read = (await measureHits('read', ['holdfast'], scale, silent)).holdfast;
const sets = (await measureSets(['holdfast'], scale, silent)).holdfast;
const weights = await measureWeights(['holdfast'], scale, silent);

interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

const atLeast = (what: string, least: number, ratio = Number.NaN): Target => ({
  what,
  target: `≥ ${least}`,
  measured: ratio.toFixed(2),
  met: ratio >= least,
});
const bytes = weights.holdfast ?? Number.NaN;
const targets: Target[] = [
  atLeast('`get` on a handle, share of `Map.get`', 0.6, get?.inserted?.ratio),
  atLeast('`getOrGenerate` hit, share of `async () => map.get(key)`', 0.7, read?.inserted?.ratio),
  {
    what: 'bytes an entry beyond key and value',
    target: '≤ 160',
    measured: bytes.toFixed(0),
    met: bytes <= 160,
  },
  atLeast('`set` with eviction, share of a FIFO Map with a ring', 0.5, sets?.uniform?.ratio),
];

console.log(
  table(
    ['target', 'wanted', 'measured', 'met'],
    targets.map(({ what, target, measured, met }) => [what, target, measured, met ? 'yes' : 'NO']),
  ),
);
console.log(
  `\nBeside them: get under Zipf ${get?.zipf?.ratio.toFixed(2)}, read-through under Zipf ${read?.zipf?.ratio.toFixed(2)}, ` +
    `set of new keys only ${sets?.cyclic?.ratio.toFixed(2)}, bytes after every entry was read through ` +
    `${weights['holdfast, every entry read through']?.toFixed(0)}.`,
);
if (targets.some(({ met }) => !met)) process.exitCode = 1;

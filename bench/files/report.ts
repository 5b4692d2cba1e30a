import { digits, times } from '../figures.ts';
import type { Delay } from '../measures/loop-delay.ts';
import { type Setting, settingText } from '../recording.ts';
import { table } from '../table.ts';
import type { HitCost, Results } from './suite.ts';

export interface FilesReport extends Setting {
  readonly version: string;
  readonly results: Results;
}

const thousands = (number: number): string => number.toLocaleString('en-US');
const milliseconds = (number: number): string => number.toFixed(number < 10 ? 2 : 0);

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: FilesReport): string {
  const { machine, version, results } = report;
  const { hits, cold, weights, delays, index } = results;
  return [
    `${settingText(report)} load at the start ${machine.load}. holdfast ${version}. Other ` +
      'work went on on the machine meanwhile: only the ratios, each to a floor measured in turns with it in the same ' +
      'process, say much. Medians of processes, in brackets the lowest and the highest of them. Everything is in the ' +
      "operating system's cache.",
    '## A checked hit',
    'Of an entry whose dependencies are looked at and found unchanged; µs a call. The floor: of files, `lstatSync` of ' +
      'them all; of entries, as many reads of a Map; of entries made of a file each, `lstatSync` of the files; of a ' +
      'glob, `readdirSync` of its 102 folders; of a herd, that once and a promise that all callers await.',
    hitTable(hits),
    '## A cold check',
    `Of ${thousands(cold.files)} files, ${cold.megabytes.toFixed(0)} MB, with no signature to go by: every file is ` +
      'read and hashed. The floor is `readFileSync` and `crypto.hash`.',
    table(
      ['', 'times the floor', 'µs a file', 'files/s', 'MB/s'],
      [
        coldRow('**holdfast**', cold, 1),
        coldRow('the floor', { ...cold, lowest: cold.share, highest: cold.share }, cold.share),
      ],
    ),
    '## Memory',
    'Bytes of the heap for each file that an entry was made from, beyond what the entry takes without; apart from it, ' +
      "for each file in the workspace's table of signatures, which all entries share.",
    table(
      ['', 'files of an entry', 'bytes a dependency', 'bytes a signature'],
      weights.map(({ entries, dependencies, shared, dependency, signature }) => [
        `${thousands(entries)} entries of ${shared ? 'the same files' : 'files of their own'}`,
        thousands(dependencies),
        dependency.toFixed(0),
        // A few files say little: what is there once would count as theirs.
        shared ? '' : signature.toFixed(0),
      ]),
    ),
    '## The event loop',
    'While everything is checked, over and over; ms. *Timers*: `monitorEventLoopDelay` with a resolution of 1 ms, which ' +
      'is in the numbers. *Immediates*: from one `setImmediate` to the next. *Idle*: nothing is checked, so this is the ' +
      'machine. In one go, `lstatSync` of the same files blocks the loop for as long as the floor says.',
    table(
      ['', 'timers p50', 'p99', 'max', 'immediates p50', 'p99', 'max', 'all checked in', 'floor'],
      delays.flatMap(({ entries, dependencies, idle, checking, milliseconds: took, floorMilliseconds }) => {
        const what = `${thousands(entries)} × ${thousands(dependencies)} files`;
        return [
          [
            what,
            ...delayCells(checking.timers),
            ...delayCells(checking.immediates),
            milliseconds(took),
            milliseconds(floorMilliseconds),
          ],
          [`${what}, idle`, ...delayCells(idle.timers), ...delayCells(idle.immediates)],
        ];
      }),
    ),
    '## A repository',
    `${thousands(index.files)} TypeScript files, ${index.megabytes.toFixed(0)} MB: outline of each → list of symbols of ` +
      'each → index of all, each a definition that uses the one before. Without a cache the index takes ' +
      `${index.bareSeconds.toFixed(2)} s (reading, a cheap outline by regular expressions, sorting); looking at every file ` +
      `and directory takes ${index.looksSeconds.toFixed(3)} s.`,
    table(
      ['', 'seconds', 'outlines made', 'lists of symbols', 'indexes'],
      index.phases.map(({ what, seconds, runs }) => [
        what,
        seconds.toFixed(3),
        thousands(runs.outline),
        thousands(runs.symbols),
        thousands(runs.index),
      ]),
    ),
  ].join('\n\n');
}

function hitTable(hits: readonly HitCost[]): string {
  const herds = [...new Set(hits.map(({ callers }) => callers))];
  const name = ({ from, count, floorOnly }: HitCost): string => {
    if (floorOnly) return 'the floor itself (100 files)';
    if (from === 'glob') return `a glob that finds ${thousands(count)} files`;
    const [what, rest] =
      from === 'files' ? ['file', ''] : ['entry', from === 'entries' ? '' : ', made of a file each'];
    return `${thousands(count)} ${count === 1 ? what : what.replace(/y$/, 'ie').concat('s')}${rest}`;
  };
  const rows = new Map<string, string[]>();
  for (const hit of hits) {
    const row = rows.get(name(hit)) ?? [];
    rows.set(name(hit), [...row, times(hit), digits(hit.microseconds)]);
  }
  const heads = herds.flatMap((callers) => [
    callers === 1 ? 'alone, × floor' : `${thousands(callers)} at once, × floor`,
    'µs',
  ]);
  return table(
    ['made from', ...heads],
    [...rows].map(([first, cells]) => [first, ...cells]),
  );
}

function coldRow(title: string, cold: Results['cold'], share: number): string[] {
  const microseconds = cold.microseconds * share;
  return [
    title,
    share === 1 ? times(cold) : '1',
    digits(microseconds),
    thousands(Math.round(1e6 / microseconds)),
    (cold.megabytes / ((cold.files * microseconds) / 1e6)).toFixed(0),
  ];
}

function delayCells({ p50, p99, max }: Delay): string[] {
  return [p50, p99, max].map((delay) => delay.toFixed(2));
}

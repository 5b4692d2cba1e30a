import { digits, times } from '../figures.ts';
import { versionsText } from '../machine.ts';
import type { StartName } from '../measures/store-warm-start.ts';
import { type Setting, settingText } from '../recording.ts';
import { table } from '../table.ts';
import type { ShelfName } from './shelf.ts';
import type { Results, Speed } from './suite.ts';

export interface StoreReport extends Setting {
  readonly versions: Readonly<Record<string, string>>;
  readonly loadAtTheEnd: number;
  readonly results: Results;
}

const thousands = (number: number): string => Math.round(number).toLocaleString('en-US');
const size = (bytes: number): string => (bytes < 1e6 ? `${bytes / 1e3} KB` : `${bytes / 1e6} MB`);

const bySpeed = (a: Speed, b: Speed): number => b.share - a.share;

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: StoreReport): string {
  const { machine, versions, loadAtTheEnd, results } = report;
  const { memory, reads, writes, opening, herds, warmStart, warmStartOf } = results;
  const titles: Readonly<Record<ShelfName | 'none', string>> = {
    none: 'holdfast without a store',
    files: 'a JSON file for each (the floor itself)',
    holdfast: '**holdfast**',
    bentocache: 'bentocache, file driver',
    keyv: 'keyv, @keyv/sqlite',
  };
  return [
    `${settingText(report)} load ${machine.load} at the start, ${loadAtTheEnd} at the end. ` +
      `${versionsText(versions)}. Other work went on on the machine meanwhile: only the ratios, each to a floor measured in ` +
      'turns with it in the same process, say much. Medians of processes, in brackets the lowest and the highest of ' +
      "them. Everything is in the operating system's cache, and nothing waits for the disk but keyv, which SQLite's " +
      'own default makes sync at each commit.',
    '## A hit in memory',
    'What a store costs the hits that do not need it, each awaited before the next: how many times as long as the same ' +
      'hit of a cache without a store (1 is free, the first row is the noise). Strict asks the store before each read.',
    table(
      ['coherence', '× floor', 'µs'],
      memory.map((one) => [
        one.coherence === 'none' ? 'no store (the floor itself)' : one.coherence,
        times(one),
        digits(one.microseconds),
      ]),
    ),
    '## A hit in the store',
    'Texts read for the first time by a fresh cache over a filled store, one after another: how many times as long as ' +
      '`readFile` and `JSON.parse` of a file for each (less is better). The texts compress as prose does.',
    ...[...new Set(reads.map(({ bytes }) => bytes))].flatMap((bytes) => {
      const rows = reads.filter((one) => one.bytes === bytes).sort(bySpeed);
      return [
        table(
          [`${thousands(rows[0]?.keys ?? 0)} × ${size(bytes)}`, '× floor', 'µs a read', 'µs of the floor'],
          rows.map((one) => [
            titles[one.shelf],
            times(one),
            digits(one.microseconds),
            digits(one.floorMicroseconds),
          ]),
        ),
      ];
    }),
    '## Acknowledged writes',
    'New keys: how many times as long as `writeFile` of a file for each (less is better), and how many a second. A file ' +
      'that was written so is there in part if the process dies; a record of the store is there or not. How far the floor is from 1 against itself is the noise, and the file ' +
      "system's favour for whoever comes second: where that is far, the other rows say as little.",
    ...[...new Set(writes.map(({ order }) => order))].flatMap((order) => {
      const rows = writes.filter((one) => one.order === order).sort(bySpeed);
      return [
        table(
          [
            `${thousands(rows[0]?.writes ?? 0)} of ${size(rows[0]?.bytes ?? 0)}, ${order}`,
            '× floor',
            'writes/s',
            'writes/s of the floor',
          ],
          rows.map((one) => [
            titles[one.shelf],
            times(one),
            thousands(1e6 / one.microseconds),
            thousands(1e6 / one.floorMicroseconds),
          ]),
        ),
      ];
    }),
    '## Opening a large file',
    `Milliseconds until a new process has its first value out of ${thousands(opening.records)} records of ` +
      `${size(opening.bytes)}; the floor is SQLite's own: the same file opened by \`DatabaseSync\`, and a row read.`,
    table(
      ['', '× floor', 'ms'],
      [
        ['SQLite alone (the floor)', '1', digits(opening.bare)],
        ...row('`sqliteStore`', opening.store, opening.bare),
        ...row('the first hit, after it', opening.hit, opening.bare),
        ...row('**both**', opening.store + opening.hit, opening.bare),
        ...row('all of the process, with loading Node and Holdfast', opening.process, opening.bare),
        ...row('one JSON file of all, read and parsed', opening.json, opening.bare),
      ],
    ),
    '## A herd of processes',
    `${herds[0]?.processes} processes with ${thousands(herds[0]?.callers ?? 0)} callers each ask for one cold key at ` +
      `once; the generator takes ${herds[0]?.generator} ms. How often it ran (1 is what is wanted), and the ` +
      'milliseconds beyond its own until the last caller of all had the value. Without a store nobody waits for ' +
      'another process: that is the floor, and what starting so many callers costs.',
    table(
      ['', 'runs', 'most', 'ms beyond', 'most', '× floor'],
      herds.map((herd) => [
        titles[herd.shelf],
        digits(herd.runs).replace('.00', ''),
        String(herd.mostRuns),
        digits(herd.beyond),
        digits(herd.mostBeyond),
        digits(herd.beyond / (herds[0]?.beyond ?? 1)),
      ]),
    ),
    '## A start',
    `A new process asks at once for what was made from each of ${thousands(warmStartOf.files)} files of ` +
      `${size(warmStartOf.bytes)}: how many times as long as reading and hashing them all (\`readFileSync\` and ` +
      '`crypto.hash`). The generator costs nothing, so this is the cache alone: a real one is saved by every start ' +
      'that is warm. *Closing* is until the store had acknowledged everything; *failures* are things asked of the ' +
      'store in vain, after which values are made without a lease; *lost* is what a warm start after it had to make ' +
      'again all the same. Runs, failures and lost are the most of all starts; a warm one is to run no generator.',
    table(
      ['', '× floor', 'ms', 'closing, ms', 'generator runs', 'failures', 'lost'],
      [
        ['reading and hashing (the floor)', '1', digits(warmStart.warm.floor), '', '', '', ''],
        ...(Object.keys(warmStart) as StartName[]).map((how) => {
          const start = warmStart[how];
          return [
            startTitles[how],
            digits(start.ratio),
            thousands(start.milliseconds),
            thousands(start.closing),
            thousands(start.runs),
            thousands(start.failures),
            thousands(start.lost ?? 0),
          ];
        }),
      ],
    ),
  ].join('\n\n');
}

const startTitles: Readonly<Record<StartName, string>> = {
  'no store': 'without a store',
  cold: 'cold: an empty store',
  'cold, no leases': "cold, `share: 'process'` (no leases)",
  warm: '**warm**: a full store',
  'warm, many': '**warm**, by one call of `many`',
};

function row(title: string, milliseconds: number, floor: number): string[][] {
  return [[title, digits(milliseconds / floor), digits(milliseconds)]];
}

import { machineText } from '../machine.ts';
import type { Block } from '../measures/blocks.ts';
import { median } from '../measures/material.ts';
import { type Scenario, scenarios } from '../measures/missed.ts';
import type { Latency } from '../measures/watching.ts';
import { type Setting, settingText } from '../recording.ts';
import { table } from '../table.ts';
import { type WatcherName, watcherNames } from '../watchers/watcher.ts';
import type { Results } from './suite.ts';

export interface WatchingReport extends Setting {
  readonly versions: Readonly<Record<WatcherName, string>>;
  readonly results: Results;
}

const thousands = (number: number): string => number.toLocaleString('en-US');
const milliseconds = (number: number): string => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: WatchingReport): string {
  const { costs } = report.results;
  const latency = (what: string, each: (cost: (typeof costs)[number]) => Latency): string[][] =>
    costs.map((cost) => {
      const { p50, p99, max } = each(cost);
      return [`${what}, ${thousands(cost.files)} files`, ...[p50, p99, max].map(milliseconds)];
    });
  return [
    `${settingText(report)} ${loadText(report)}. holdfast ${report.versions.holdfast}. Other ` +
      'work went on on the machine meanwhile: times are for orientation. Ten files to a directory, everything in the ' +
      "operating system's cache.",
    '## Getting ready',
    'All files are hashed once: without watching, and until all are watched and were looked at again (LIVE). *Bytes a ' +
      'file*: of the heap, beyond what a workspace takes that does not watch. *Resident*: of the whole process, its thread ' +
      'included.',
    table(
      ['files', 'without, ms', 'LIVE after, ms', 'directories', 'watches', 'bytes a file', 'resident, MB'],
      costs.map((cost) => [
        thousands(cost.files),
        cost.reading.toFixed(0),
        cost.ready.toFixed(0),
        thousands(cost.directories),
        thousands(cost.watches),
        cost.bytesPerFile.toFixed(0),
        cost.residentMegabytes.toFixed(0),
      ]),
    ),
    '## Latency',
    'From the end of the write, ms. *Noticed*: from its beginning until no read is served without a look any more. ' +
      '*Told*: `workspace.changed`, which waits for 10 ms of silence, 50 ms at most, and looks first. The burst is ' +
      `${thousands(costs[0]?.burstFiles ?? 0)} files that another process writes as fast as it can.`,
    table(
      ['', 'p50', 'p99', 'max'],
      [
        ...latency('a single write is noticed', ({ noticed }) => noticed),
        ...latency('a single write is told', ({ single }) => single),
        ...latency('a write of a burst is told', ({ burst }) => burst),
      ],
    ),
    "## The caller's event loop",
    'The longest time from one `setImmediate` to the next, ms: in time of the processor of that thread, and by the clock, ' +
      'with all that the machine did besides. The target is under 50 ms. *Timers*: the 99th percentile of ' +
      '`monitorEventLoopDelay` with a resolution of 1 ms. The overflow: from when the process goes on that was stopped ' +
      'while 20,000 files were written, and looks at everything again.',
    table(
      ['', 'processor', 'clock', 'timers p99'],
      costs.flatMap(({ files, blocks, recovery }) => {
        const row = (what: string, { cpu, wall, p99 }: Block): string[] => [
          `${thousands(files)} files, ${what}`,
          ...[cpu, wall, p99].map(milliseconds),
        ];
        return [
          row('read for the first time', blocks.tracking),
          row('nothing happens', blocks.idle),
          row('a burst', blocks.burst),
          row(`an overflow (known again after ${recovery.toFixed(0)} ms)`, blocks.overflow),
        ];
      }),
    ),
    '## Polling',
    'Where nothing tells of changes: share of a core while nothing happens (the target is 5 %), and how long one change ' +
      'took to be told.',
    table(
      ['files', 'of a core', 'told after, ms'],
      costs.map(({ files, polling }) => [
        thousands(files),
        `${(polling.share * 100).toFixed(1)} %`,
        polling.found.toFixed(0),
      ]),
    ),
    '## Missed changes',
    renderMissed(report),
  ].join('\n\n');
}

const names: Readonly<Record<WatcherName, string>> = {
  holdfast: '**holdfast**',
  parcel: '@parcel/watcher',
  chokidar: 'chokidar',
  node: '`fs.watch`, recursive',
};

const titles: Readonly<Record<Scenario, string>> = {
  fresh: 'new directories',
  saves: 'saves',
  blocked: 'loop blocked',
  stopped: 'process stopped',
};

/** The table of what was missed, alone. */
export function renderMissed(report: WatchingReport): string {
  const { missed } = report.results;
  const cell = (watcher: WatcherName, scenario: Scenario): string => {
    const found = missed.filter((one) => one.watcher === watcher && one.scenario === scenario);
    const counts = found.map((one) => one.missed);
    const [lowest, highest] = [Math.min(...counts), Math.max(...counts)];
    const range = lowest === highest ? '' : ` (${thousands(lowest)}–${thousands(highest)})`;
    const star = found.some((one) => one.missed > 0 && one.complained) ? ' *' : '';
    return `${thousands(median(counts))}${range}${star}`;
  };
  const changes = (scenario: Scenario): string =>
    thousands(missed.find((one) => one.scenario === scenario)?.changes ?? 0);
  const { versions } = report;
  return [
    'Files that were changed by another process and of which nothing was told, each watcher in a process of its own, all in ' +
      `one run (${report.date}, ${machineText(report.machine)}; ${loadText(report)}). @parcel/watcher ${versions.parcel}, chokidar ` +
      `${versions.chokidar}, \`fs.watch\` of Node ${versions.node}, holdfast ${versions.holdfast}. Medians, in brackets the least and the most of several runs. An asterisk: it said ` +
      'that something went wrong.',
    table(
      ['', ...scenarios.map((scenario) => titles[scenario])],
      [
        ['changes', ...scenarios.map(changes)],
        ...watcherNames.map((watcher) => [
          names[watcher],
          ...scenarios.map((scenario) => cell(watcher, scenario)),
        ]),
      ],
    ),
    '- **New directories**: files are written into nested directories that are made for them.',
    '- **Saves**: every file is saved by renaming a new one over it, then written in place, twice over.',
    '- **Loop blocked**: all files are written while the event loop of the watching process stands still.',
    '- **Process stopped**: all files are written while the whole process is stopped (SIGSTOP): more changes than the kernel ' +
      'keeps. What is lost then is not told by the kernel; holdfast looks at everything again.',
    'Holdfast is asked by `sync()` for all that it knows. The others have no such question: they are waited for until they have ' +
      'been silent for two seconds. Holdfast watches the files that were read, the others everything.',
  ]
    .join('\n\n')
    .replaceAll('.\n\n- **', '.\n- **');
}

function loadText({ machine }: WatchingReport): string {
  return `load at the start ${machine.load}`;
}

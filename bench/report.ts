import { versionsText } from './machine.ts';
import { type Setting, settingText } from './recording.ts';
import type { Results, Spread } from './suite.ts';
import { table } from './table.ts';

export interface Report extends Setting {
  readonly versions: Record<string, string>;
  readonly results: Results;
}

const titles: Record<string, string> = {
  map: 'the floor',
  holdfast: '**holdfast**',
  unprotected: 'no cache',
};

const title = (name: string): string => titles[name] ?? name;
const share = ({ ratio, lowest, highest }: Spread): string =>
  lowest === highest ? ratio.toFixed(2) : `${ratio.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`;
const nanoseconds = (spread: Spread): string => `${Math.round(spread.nanoseconds)}`;
const kilobytes = (bytes: number | undefined): string =>
  bytes === undefined ? '' : (bytes / 1e3).toFixed(0);

function shares<O extends string>(first: string, rows: Record<string, Partial<Record<O, Spread>>>): string {
  const orders = Object.keys(Object.values(rows)[0] ?? {}) as O[];
  const cells = (spread: Spread | undefined): string[] =>
    spread === undefined ? ['', ''] : [share(spread), nanoseconds(spread)];
  return table(
    [first, ...orders.flatMap((order) => [order, 'ns'])],
    Object.entries(rows).map(([name, row]) => [title(name), ...orders.flatMap((order) => cells(row[order]))]),
  );
}

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: Report): string {
  const { machine, versions, results } = report;
  const herds = results.herd.map(({ contender, callers, failing, latency, result }) => [
    title(contender),
    `${callers}${failing ? ', failing' : ''}`,
    `${latency}`,
    `${result.calls}`,
    `${Math.round(result.milliseconds)}`,
    `${result.resolved}`,
    `${result.rejected}`,
    `${result.empty}`,
    kilobytes(result.bytes),
  ]);
  return [
    `${settingText(report)} load at the start ${machine.load}.`,
    versionsText(versions),
    '## A hit: `get`, as a share of a bare `Map.get`',
    shares('share of the floor', results.get),
    '## A hit: read-through, as a share of `async () => map.get(key)`',
    shares('share of the floor', results.read),
    '## `set` with eviction, as a share of a FIFO Map with a ring',
    shares('share of the floor', results.eviction),
    '## Memory',
    table(
      ['bytes an entry, beyond key and value', 'bytes'],
      Object.entries(results.weight).map(([name, bytes]) => [title(name), `${Math.round(bytes)}`]),
    ),
    '## A herd on one cold key',
    table(
      [
        '',
        'callers',
        'generator ms',
        'generator runs',
        'total ms',
        'values',
        'errors',
        'undefined',
        'kB while waiting',
      ],
      herds,
    ),
  ].join('\n\n');
}

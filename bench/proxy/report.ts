import { type Format, spread } from '../figures.ts';
import { versionsText } from '../machine.ts';
import { median } from '../measures/material.ts';
import { type Setting, settingText } from '../recording.ts';
import { table } from '../table.ts';
import { type ContenderName, contenderNames } from './contender.ts';
import { type Company, connections, type Followed, followed, type Measured, type Results } from './suite.ts';
import type { Form } from './target.ts';

export interface ProxyReport extends Setting {
  readonly versions: Readonly<Record<string, string>>;
  readonly loadAtTheEnd: number;
  readonly followers: number;
  readonly results: Results;
}

const titles: Readonly<Record<ContenderName, string>> = {
  direct: 'the fake Gemini, asked directly',
  memory: 'a Node server that has the answer in memory',
  reverse: 'a bare Node reverse proxy',
  portkey: "Portkey's gateway (it has no cache)",
  bypass: 'holdfast, its cache bypassed',
  holdfast: '**holdfast**, cached',
};

const milliseconds: Format = (number) =>
  number < 1e3 ? `${number.toFixed(number < 10 ? 2 : 0)} ms` : `${(number / 1e3).toFixed(2)} s`;
const added: Format = (number) => `${number < 0 ? '−' : '+'}${milliseconds(Math.abs(number))}`;
const whole: Format = (number) => Math.round(number).toLocaleString('en-US');
const mebibytes: Format = (number) => `${(number / 2 ** 20).toFixed(1)} MiB`;

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: ProxyReport): string {
  const { machine, versions, loadAtTheEnd, followers, results } = report;
  const rounds = results.followers.holdfast.length;
  const bytes = (form: Form) => whole(results.loads[form].alone.direct[0]?.bytes ?? 0);
  const failed = failuresIn(results);
  return [
    `${settingText(report)} load ${machine.load} at the start, ${loadAtTheEnd} at the end. ${versionsText(versions)}. ` +
      `${rounds === 1 ? 'One round' : `Medians of ${rounds} rounds in turns, in brackets the lowest and the highest`}. ` +
      (failed === 0 ? 'Every request was answered with a 200.' : `**${whole(failed)} requests failed.**`),
    'Provider, gateways and whoever asks run each in a process of their own, over loopback, on the same cores: who hands a ' +
      'request on shares them with the provider, and a hit does not. Whoever asks is a bare socket with a kept connection. ' +
      'The provider is the fake Gemini, which answers at once; a real one takes a second. "Added" is beyond asking it ' +
      'directly, in the same round: where it is below zero, the answer was there sooner than the provider has it.',
    `Portkey's gateway is asked for its cache (\`"cache": { "mode": "simple" }\`); what is published has none, as it says itself ` +
      '(`x-portkey-cache-status: DISABLED`), so it is measured handing requests on in Gemini’s own format, as Holdfast is ' +
      'with `holdfast-cache: bypass`.',
    `## A unary answer of ${bytes('unary')} bytes`,
    loadTable(results, 'unary'),
    `## A streamed answer of ${bytes('streamed')} bytes`,
    loadTable(results, 'streamed'),
    `## ${whole(followers)} followers of one stream`,
    'Of 50 chunks in five seconds; half of them come at once, half one after another while it flows. The first byte is ' +
      'counted from asking, the last one from the first request of all. Each gateway is a new process, warm, and memory is what it ' +
      'grew by at most.',
    table(
      [
        '',
        'streams of the provider',
        'first byte, who came at once: p50',
        'p99',
        'first byte, who came late: p50',
        'p99',
        'all of it: p50',
        'p99',
        'memory',
      ],
      followed.map((name) => [
        name === 'holdfast' ? '**holdfast**' : titles[name],
        ...followerCells(results.followers[name]),
      ]),
    ),
  ].join('\n\n');
}

function loadTable({ loads }: Results, form: Form): string {
  const all = loads[form];
  const of = (name: ContenderName, company: Company, read: (one: Measured) => number) =>
    all[company][name].map(read);
  const beyond = (name: ContenderName, read: (one: Measured) => number) => {
    const direct = of('direct', 'alone', read);
    return of(name, 'alone', read).map((value, round) => value - (direct[round] ?? Number.NaN));
  };
  const p50 = (one: Measured) => one.p50;
  const p99 = (one: Measured) => one.p99;
  return table(
    [
      '',
      'p50, one at a time',
      'p99',
      'added p50',
      'added p99',
      `requests/s, ${connections.together} at a time`,
      'p99',
      'asked the provider',
    ],
    contenderNames.map((name) => [
      titles[name],
      spread(of(name, 'alone', p50), milliseconds),
      spread(of(name, 'alone', p99), milliseconds),
      name === 'direct' ? '–' : spread(beyond(name, p50), added),
      name === 'direct' ? '–' : spread(beyond(name, p99), added),
      spread(
        of(name, 'together', (one) => one.perSecond),
        whole,
      ),
      spread(of(name, 'together', p99), milliseconds),
      `${Math.round(100 * median(of(name, 'together', (one) => one.upstream)))} %`,
    ]),
  );
}

function followerCells(list: readonly Followed[]): string[] {
  const cell = (read: (one: Followed) => number, format: Format) => spread(list.map(read), format);
  const memory = list.map((one) => one.memory).filter((bytes) => bytes !== undefined && bytes !== null);
  return [
    cell((one) => one.streams, whole),
    cell((one) => one.firstEarly.p50, milliseconds),
    cell((one) => one.firstEarly.p99, milliseconds),
    cell((one) => one.firstLate.p50, milliseconds),
    cell((one) => one.firstLate.p99, milliseconds),
    cell((one) => one.lastByte.p50, milliseconds),
    cell((one) => one.lastByte.p99, milliseconds),
    spread(memory, mebibytes),
  ];
}

function failuresIn({ loads, followers }: Results): number {
  const measured = Object.values(loads).flatMap((form) =>
    Object.values(form).flatMap((company) => Object.values(company).flat()),
  );
  return [...measured, ...Object.values(followers).flat()].reduce((sum, { failures }) => sum + failures, 0);
}

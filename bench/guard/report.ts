import { type Format, spread } from '../figures.ts';
import { versionsText } from '../machine.ts';
import type { LoadOutcome, Times } from '../measures/guard-outcome.ts';
import { median } from '../measures/material.ts';
import { type Setting, settingText } from '../recording.ts';
import { table } from '../table.ts';
import { capacity, type Results, type SituationName, situations, terms, wayNames } from './suite.ts';
import type { WayName } from './way.ts';

export interface GuardReport extends Setting {
  readonly versions: Readonly<Record<string, string>>;
  readonly loadAtTheEnd: number;
  readonly results: Results;
}

const titles: Readonly<Record<WayName, string>> = {
  unprotected: '`fetch` with a time-out',
  'p-retry': 'p-retry around it',
  cockatiel: 'cockatiel: timeout, retry, breaker, bulkhead',
  holdfast: '**holdfast**',
};

type Read = (outcome: LoadOutcome) => number | null | undefined;

const digits: Format = (number) => number.toFixed(Math.abs(number) < 10 ? 1 : 0);
const percent: Format = (share) => `${(share * 100).toFixed(1)} %`;
const milliseconds: Format = (number) => `${digits(number)} ms`;
const seconds: Format = (number) => `${(number / 1e3).toFixed(1)} s`;

/** The whole report as Markdown, which a terminal shows as well. */
export function render(report: GuardReport): string {
  const { machine, versions, loadAtTheEnd, results } = report;
  const { loads, costs } = results;
  // What was not there in a round (no refusal, no recovery) is no number; JSON makes it null.
  const values = (name: SituationName, way: WayName, read: Read): number[] =>
    loads[name][way].map(read).filter((value): value is number => Number.isFinite(value));
  const cell = (name: SituationName, way: WayName, read: Read, format: Format): string =>
    spread(values(name, way, read), format);
  const rows = (cells: (way: WayName) => string[]) => wayNames.map((way) => [titles[way], ...cells(way)]);
  const goodput: Read = (outcome) => outcome.goodput;
  const retries: Read = (outcome) => outcome.retries;
  const levels = ['1 ×', '2 ×', '10 ×'] as const;
  const peak = Math.max(
    ...wayNames.flatMap((way) => levels.map((name) => median(values(name, way, goodput)))),
  );
  const { quiet, loud } = situations['a quiet scope'].rates;
  const rounds = loads['10 ×'].holdfast.length;
  const lateness = wayNames.flatMap((way) => values('10 ×', way, (outcome) => outcome.lateness));
  const refusalTable = (times: (outcome: LoadOutcome) => Times): string =>
    table(
      ['', 'p50', 'p99', 'within 10 ms'],
      rows((way) => [
        cell('10 ×', way, (outcome) => times(outcome).p50, milliseconds),
        cell('10 ×', way, (outcome) => times(outcome).p99, milliseconds),
        // Of none there is no share: it is NaN, and null once it was recorded.
        cell('10 ×', way, (outcome) => times(outcome).quick, percent),
      ]),
    );
  const recovered = (way: WayName): string => {
    const list = values('outage', way, (outcome) => outcome.recovery);
    const missing = loads.outage[way].length - list.length;
    const never = missing === 0 ? '' : `not within 5 s in ${missing} of ${loads.outage[way].length}`;
    return [...(list.length === 0 ? [] : [spread(list, seconds)]), ...(never === '' ? [] : [never])].join(
      '; ',
    );
  };

  return [
    `${settingText(report)} load ${machine.load} at the start, ${loadAtTheEnd} at the end. ` +
      `${versionsText(versions)}. Medians of ${rounds} rounds in turns, in brackets the lowest and the highest.`,
    `The provider is an HTTP server in a process of its own: 10 requests at a time, 100 to 300 ms each, so ${capacity} a ` +
      'second; it goes on with what nobody waits for any more. Calls come at random moments (Poisson, fixed seed) whatever ' +
      'becomes of those before (an open loop), and every time is from the moment at which a call was to be sent. An ' +
      `answer counts within ${terms.deadline / 1e3} s. All ways have that time-out, cockatiel and Holdfast as many slots as the ` +
      `provider and room for ${terms.queue} to wait, all but the first ${terms.retries} retries, and the breakers the same rests. ` +
      `Calls began up to ${milliseconds(Math.max(...lateness))} late (99th percentile of the worst load at 10 ×; median of all ` +
      `${milliseconds(median(lateness))}): that is the machine, and it is in every time below.`,
    '## Goodput under overload',
    'Answers in time, a second; the last column is that at ten times capacity as a share of the best of the whole table. ' +
      'The provider queues what it cannot serve.',
    table(
      ['', ...levels, '10 × of the peak'],
      rows((way) => [
        ...levels.map((name) => cell(name, way, goodput, digits)),
        percent(median(values('10 ×', way, goodput)) / peak),
      ]),
    ),
    'The same at ten times capacity where the provider answers 503 at once instead; and how many retries it had for each ' +
      'call that reached it (a budget of 0.1 a call, and ten to begin with).',
    table(
      ['', 'answers/s', 'retries a call', 'retries a call where it queues'],
      rows((way) => [
        cell('refuses, 10 ×', way, goodput, digits),
        cell('refuses, 10 ×', way, retries, (number) => number.toFixed(2)),
        cell('10 ×', way, retries, (number) => number.toFixed(2)),
      ]),
    ),
    '## Time to refuse',
    'At ten times capacity, of the calls that were turned away before the provider heard of them: from the moment they were ' +
      'to be sent, and so with the lateness of the machine.',
    refusalTable(({ refusals }) => refusals),
    'What the way itself takes: from when the call was made.',
    refusalTable(({ ownRefusals }) => ownRefusals),
    '## A quiet scope beside a loud one',
    `${quiet} calls a second beside ${loud}, which is ten times what the provider can do: share answered in time.`,
    table(
      ['', 'the quiet scope', 'the loud scope'],
      rows((way) => [
        cell('a quiet scope', way, ({ success }) => success.quiet, percent),
        cell('a quiet scope', way, ({ success }) => success.loud, percent),
      ]),
    ),
    '## A provider that fails one call in five',
    'At 0.6 of its capacity, by a 503 after it has worked. The ten retries that the budget begins with cover these few ' +
      'seconds; later a tenth of a retry for each call covers half of such failures, and the others are told at once.',
    table(
      ['', 'answered in time', 'retries a call'],
      rows((way) => [
        cell('fails one in five', way, ({ success }) => success.everybody, percent),
        cell('fails one in five', way, retries, (number) => number.toFixed(2)),
      ]),
    ),
    '## Recovery',
    'At 0.7 of its capacity the provider does nothing for 3 s, takes requests all the same, and then goes on with all of ' +
      'them: how long until nine tenths of the calls of a second are answered in time again, and goodput over the 10 s.',
    table(
      ['', 'recovery', 'answers/s', 'retries a call'],
      rows((way) => [
        recovered(way),
        cell('outage', way, goodput, digits),
        cell('outage', way, retries, (number) => number.toFixed(2)),
      ]),
    ),
    '## A call that needs none of it',
    'Awaited one after another, against the bare promise in the same process in turns.',
    table(
      ['', 'µs', '× the bare promise'],
      rows((way) => [
        spread(
          costs[way].map(({ nanoseconds }) => nanoseconds / 1e3),
          (number) => number.toFixed(number < 10 ? 2 : 1),
        ),
        spread(
          costs[way].map(({ ratio }) => 1 / ratio),
          digits,
        ),
      ]),
    ),
  ].join('\n\n');
}

import type { StatsAnswer } from '../api/index.ts';
import { bytes, count, dollars, seconds, share } from './format.ts';

type Line = StatsAnswer['kinds'][string];
type OutcomeName = keyof Line['outcomes'];

/** In every report's order; these stand in the table even when they are zero, the others once they happen. */
const always: ReadonlySet<OutcomeName> = new Set([
  'hit',
  'stored',
  'stale',
  'coalesced',
  'generated',
  'failed',
]);

export interface LedgerRow {
  readonly name: string;
  readonly cells: readonly string[];
  readonly sum?: true;
}

export interface LedgerTable {
  readonly kinds: readonly string[];
  readonly rows: readonly LedgerRow[];
}

/**
 * The ledger as a table: a column a kind that was used, a row an outcome, and under them what it comes to. Kinds that a model is asked
 * for stand first, as they cost money, and the last columns of a narrow page are out of sight.
 */
export function ledgerTable(stats: StatsAnswer): LedgerTable {
  const used = Object.entries(stats.kinds)
    .filter(([, line]) => line.calls > 0 || line.entries > 0)
    .sort(([, one], [, other]) => Number(hasTokens(other)) - Number(hasTokens(one)));
  const lines = used.map(([, line]) => line);
  const outcomes = (Object.keys(stats.outcomes) as OutcomeName[]).filter(
    (name) => always.has(name) || stats.outcomes[name] > 0,
  );
  const row = (name: string, cell: (line: Line) => string) => ({ name, cells: lines.map(cell) });
  return {
    kinds: used.map(([kind]) => kind),
    rows: [
      ...outcomes.map((name) => row(name, (line) => count(line.outcomes[name]))),
      { ...row('calls', (line) => count(line.calls)), sum: true },
      row('hit ratio', (line) => (line.calls === 0 ? '–' : share(line.hitRatio))),
      ...worthRows(stats).map(([name, cell]) => row(name, cell)),
      row('entries', (line) => count(line.entries)),
      row('in memory', (line) => bytes(line.bytes)),
    ],
  };
}

/** What it cost and saved: seconds always, money and the rest once there is any. */
function worthRows({ spent, saved, simulated }: Line): readonly Row[] {
  return [
    ['spent', (line) => seconds(line.spent.seconds)],
    ['saved', (line) => seconds(line.saved.seconds)],
    ...when(hasPrice({ spent, saved }), [
      ['dollars spent', (line) => dollars(line.spent.usd)],
      ['dollars saved', (line) => dollars(line.saved.usd)],
    ]),
    ...when(spent.unpricedTokens > 0, [['unpriced tokens', (line) => count(line.spent.unpricedTokens)]]),
    ...when(hasPrice(simulated), [['simulated spent', (line) => dollars(line.simulated.spent.usd)]]),
  ];
}

export function hasPrice({ spent, saved }: Pick<Line, 'spent' | 'saved'>): boolean {
  return spent.usd + saved.usd > 0;
}

function hasTokens({ spent, saved, simulated }: Line): boolean {
  const tallies = [spent, saved, simulated.spent, simulated.saved];
  return tallies.some(({ inputTokens, outputTokens }) => inputTokens + outputTokens > 0);
}

type Row = readonly [name: string, cell: (line: Line) => string];

const when = (holds: boolean, rows: readonly Row[]): readonly Row[] => (holds ? rows : []);

import type { StatsAnswer } from '../api.ts';
import { bytes, count, seconds, share } from './format.ts';

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

export interface LedgerTable {
  readonly kinds: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[]; readonly sum?: true }[];
}

/** The ledger as a table: a column a kind that was used, a row an outcome, and under them what it comes to. */
export function ledgerTable(stats: StatsAnswer): LedgerTable {
  const used = Object.entries(stats.kinds).filter(([, line]) => line.calls > 0 || line.entries > 0);
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
      row('spent', (line) => seconds(line.spent.seconds)),
      row('saved', (line) => seconds(line.saved.seconds)),
      row('entries', (line) => count(line.entries)),
      row('in memory', (line) => bytes(line.bytes)),
    ],
  };
}

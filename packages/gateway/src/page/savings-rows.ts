import type { StatsAnswer } from '../api/index.ts';
import { count, dollars, seconds } from './format.ts';
import type { LedgerRow } from './ledger-rows.ts';

type Worth = StatsAnswer['simulated'];
type Tally = Worth['spent'];

/** By what: the columns. */
export const savers = ['hits', 'followers', 'provider’s cache'] as const;

/**
 * What was saved by what, over all kinds, and apart from it what is simulated. The provider's cache is no part of what was
 * saved: it took that off what was spent. Without rows where hits saved all there is, and that is time.
 */
export function savingsRows(stats: StatsAnswer): readonly LedgerRow[] {
  const { saved, savedBy, simulated } = stats;
  const real = rowsOf(stats, '');
  const other = rowsOf(simulated, 'simulated ');
  if (real.length === 0 && other.length === 0 && savedBy.coalesced.seconds === 0) return [];
  const time = saved.seconds > 0 ? [row('time', savedBy, ({ seconds: value }) => seconds(value))] : [];
  const apart = simulated.saved.seconds > 0;
  const otherTime = row('simulated time', simulated.savedBy, ({ seconds: value }) => seconds(value));
  return [...time, ...real, ...(apart ? [otherTime] : []), ...other];
}

function rowsOf({ spent, saved, savedBy }: Worth, prefix: string): LedgerRow[] {
  const { provider } = savedBy;
  const rows: LedgerRow[] = [];
  if (spent.usd + saved.usd + provider.usd > 0) {
    rows.push(row(`${prefix}dollars`, savedBy, ({ usd }) => dollars(usd), dollars(provider.usd)));
  }
  if (provider.cachedTokens > 0) {
    rows.push({ name: `${prefix}cached tokens`, cells: ['–', '–', count(provider.cachedTokens)] });
  }
  if (saved.unpricedTokens > 0) {
    rows.push(row(`${prefix}unpriced tokens`, savedBy, ({ unpricedTokens }) => count(unpricedTokens)));
  }
  return rows;
}

function row(
  name: string,
  { hit, coalesced }: Worth['savedBy'],
  cell: (tally: Tally) => string,
  provider = '–',
): LedgerRow {
  return { name, cells: [cell(hit), cell(coalesced), provider] };
}

import { outcomes, type Stats } from 'holdfast';
import { isObject } from '../json-object.ts';
import { addNumbers, hasNumbers, noNumbers } from './numbers.ts';
import { addWorths, isWorth, noWorth, type Worth, withoutSplit } from './worths.ts';

type Line = Stats['kinds'][string];

/** What calls of a kind came to, over any number of runs. */
export interface KindTotals extends Worth {
  readonly calls: number;
  readonly outcomes: Line['outcomes'];
  readonly generations: { readonly succeeded: number; readonly failed: number };
  /** What was reported as simulated; in none of the other sums. */
  readonly simulated: Worth;
}

/** The ledger of one run, or of several added up. Plain JSON. */
export interface Totals {
  readonly runs: number;
  /** Milliseconds since 1970: the first start, and the last time that it was written down. */
  readonly from: number;
  readonly to: number;
  readonly kinds: Readonly<Record<string, KindTotals>>;
}

const noTotals: Totals = { runs: 0, from: 0, to: 0, kinds: {} };

/** What one run has come to by now. */
export function totalsOf({ kinds }: Stats, from: number, to: number): Totals {
  return {
    runs: 1,
    from,
    to,
    kinds: mapValues(kinds, ({ calls, outcomes, generations, spent, saved, savedBy, simulated }) => ({
      calls,
      outcomes,
      generations: { succeeded: generations.succeeded, failed: generations.failed },
      spent,
      saved,
      savedBy,
      simulated,
    })),
  };
}

export function addTotals(all: readonly Totals[]): Totals {
  return all.reduce(
    (sum, one) => ({
      runs: sum.runs + one.runs,
      from: sum.runs === 0 ? one.from : Math.min(sum.from, one.from),
      to: Math.max(sum.to, one.to),
      kinds: addKinds(sum.kinds, one.kinds),
    }),
    noTotals,
  );
}

/** Nothing was called, so that there is nothing to write down. */
export function isIdle({ kinds }: Totals): boolean {
  return Object.values(kinds).every(({ calls, generations }) => calls + generations.succeeded === 0);
}

function addKinds(one: Totals['kinds'], other: Totals['kinds']): Totals['kinds'] {
  const sum = { ...one };
  for (const [kind, totals] of Object.entries(other)) {
    const known = sum[kind];
    sum[kind] = known === undefined ? totals : addKind(known, totals);
  }
  return sum;
}

function addKind(one: KindTotals, other: KindTotals): KindTotals {
  return {
    calls: one.calls + other.calls,
    outcomes: addNumbers(outcomes, one.outcomes, other.outcomes),
    generations: addNumbers(['succeeded', 'failed'], one.generations, other.generations),
    ...addWorths(one, other),
    simulated: addWorths(one.simulated, other.simulated),
  };
}

/**
 * Totals as `totalsOf` makes them, or made them when rows had version 1.
 * @returns undefined for anything else, whoever wrote it
 */
export function parseTotals(value: unknown, version: 1 | 2): Totals | undefined {
  if (!isObject(value) || !isObject(value.kinds) || !hasNumbers(value, ['runs', 'from', 'to']))
    return undefined;
  const kinds: [string, KindTotals][] = [];
  for (const [kind, row] of Object.entries(value.kinds)) {
    const line = version === 1 && isObject(row) ? withoutSplit(row) : row;
    if (!isKindTotals(line)) return undefined;
    // What of it was not looked at is left out, so that it cannot come into any answer.
    kinds.push([kind, addKind(line, zero)]);
  }
  const { runs, from, to } = value;
  return { runs, from, to, kinds: Object.fromEntries(kinds) };
}

function isKindTotals(value: unknown): value is KindTotals {
  return (
    isObject(value) &&
    hasNumbers(value, ['calls']) &&
    hasNumbers(value.outcomes, outcomes) &&
    hasNumbers(value.generations, ['succeeded', 'failed']) &&
    isWorth(value) &&
    isWorth(value.simulated)
  );
}

const zero: KindTotals = {
  calls: 0,
  outcomes: noNumbers(outcomes),
  generations: noNumbers(['succeeded', 'failed']),
  ...noWorth,
  simulated: noWorth,
};

function mapValues<T, R>(of: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}

import { outcomes, type Stats } from 'holdfast';

type Line = Stats['kinds'][string];
const tallyNames = [
  'seconds',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'usd',
  'unpricedTokens',
] as const;

/** What calls of a kind came to, over any number of runs. */
export interface KindTotals {
  readonly calls: number;
  readonly outcomes: Line['outcomes'];
  readonly generations: { readonly succeeded: number; readonly failed: number };
  readonly spent: Line['spent'];
  readonly saved: Line['saved'];
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
    kinds: mapValues(kinds, ({ calls, outcomes, generations: { succeeded, failed }, spent, saved }) => ({
      calls,
      outcomes,
      generations: { succeeded, failed },
      spent,
      saved,
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
    spent: addNumbers(tallyNames, one.spent, other.spent),
    saved: addNumbers(tallyNames, one.saved, other.saved),
  };
}

function addNumbers<N extends string>(
  names: readonly N[],
  one: Readonly<Record<N, number>>,
  other: Readonly<Record<N, number>>,
): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, one[name] + other[name]])) as Record<N, number>;
}

/** Totals as `totalsOf` makes them. @returns undefined for anything else, whoever wrote it */
export function parseTotals(value: unknown): Totals | undefined {
  if (!isObject(value) || !isObject(value.kinds) || !hasNumbers(value, ['runs', 'from', 'to']))
    return undefined;
  for (const line of Object.values(value.kinds)) {
    if (!isObject(line) || !hasNumbers(line, ['calls'])) return undefined;
    if (!hasNumbers(line.outcomes, outcomes) || !hasNumbers(line.generations, ['succeeded', 'failed']))
      return undefined;
    if (!hasNumbers(line.spent, tallyNames) || !hasNumbers(line.saved, tallyNames)) return undefined;
  }
  // What of it was not looked at is left out, so that it cannot come into any answer.
  const { runs, from, to, kinds } = value as unknown as Totals;
  return addTotals([{ runs, from, to, kinds: mapValues(kinds, (line) => addKind(line, zero)) }]);
}

const zeroTally = numbers(tallyNames);
const zero: KindTotals = {
  calls: 0,
  outcomes: numbers(outcomes),
  generations: numbers(['succeeded', 'failed']),
  spent: zeroTally,
  saved: zeroTally,
};

function numbers<N extends string>(names: readonly N[]): Record<N, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<N, number>;
}

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Number.isFinite(value[name]) && Number(value[name]) >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapValues<T, R>(of: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));
}

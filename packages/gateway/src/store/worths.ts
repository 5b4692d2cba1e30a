import type { Tally, Worth } from 'holdfast';
import { isObject } from '../json-object.ts';
import { addNumbers, hasNumbers, noNumbers } from './numbers.ts';

export type { Worth } from 'holdfast';

/** Part of the rows' format: once Holdfast counts more, `noTally` is no tally to the compiler, and the rows need a new version. */
const tallyNames = [
  'seconds',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'usd',
  'cachedUsd',
  'unpricedTokens',
] as const satisfies readonly (keyof Tally)[];

const noTally: Tally = noNumbers(tallyNames);

export const noWorth: Worth = worthOf(noTally, noTally, noTally, noTally);

export function addWorths(one: Worth, other: Worth): Worth {
  const add = (tally: (of: Worth) => Tally) => addNumbers(tallyNames, tally(one), tally(other));
  return worthOf(
    add(({ spent }) => spent),
    add(({ saved }) => saved),
    add(({ savedBy }) => savedBy.hit),
    add(({ savedBy }) => savedBy.coalesced),
  );
}

function worthOf(spent: Tally, saved: Tally, hit: Tally, coalesced: Tally): Worth {
  const provider = { cachedTokens: spent.cachedTokens, usd: spent.cachedUsd };
  return { spent, saved, savedBy: { hit, coalesced, provider } };
}

export function isWorth(value: unknown): value is Worth {
  return (
    isObject(value) &&
    isObject(value.savedBy) &&
    [value.spent, value.saved, value.savedBy.hit, value.savedBy.coalesced].every((tally) =>
      hasNumbers(tally, tallyNames),
    )
  );
}

/**
 * A line of a row of version 1, which did not tell how something was saved, nor what was simulated: of those runs only the
 * sum is known, which is then more than its parts.
 */
export function withoutSplit(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const completed = (tally: unknown) => (isObject(tally) ? { ...tally, cachedUsd: 0 } : tally);
  const { spent, saved } = line;
  return {
    ...line,
    spent: completed(spent),
    saved: completed(saved),
    savedBy: noWorth.savedBy,
    simulated: noWorth,
  };
}

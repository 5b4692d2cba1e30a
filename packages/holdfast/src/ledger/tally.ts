import type { ReportedCost } from '../model/cost.ts';

/** Tokens, dollars and seconds, added up. Plain JSON. */
export interface Tally {
  seconds: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  /** US dollars, of what had a price. */
  usd: number;
  /** US dollars that the provider's own cache took off; they are not in `usd`. */
  cachedUsd: number;
  /** Tokens of models without a known price: never guessed into dollars. */
  unpricedTokens: number;
}

export const tallyNames = [
  'seconds',
  'inputTokens',
  'outputTokens',
  'cachedTokens',
  'usd',
  'cachedUsd',
  'unpricedTokens',
] as const satisfies readonly (keyof Tally)[];

export function emptyTally(): Tally {
  return {
    seconds: 0,
    inputTokens: 0,
    outputTokens: 0,
    cachedTokens: 0,
    usd: 0,
    cachedUsd: 0,
    unpricedTokens: 0,
  };
}

/** Adds a reported cost, `times` times. */
export function addCost(tally: Tally, cost: ReportedCost, times: number): void {
  const { inputTokens = 0, outputTokens = 0, cachedTokens = 0, usd, cachedUsd = 0 } = cost;
  tally.inputTokens += inputTokens * times;
  tally.outputTokens += outputTokens * times;
  tally.cachedTokens += cachedTokens * times;
  if (usd === undefined) tally.unpricedTokens += (inputTokens + outputTokens) * times;
  else tally.usd += usd * times;
  tally.cachedUsd += cachedUsd * times;
}

export function addTally(sum: Tally, part: Tally): void {
  for (const name of tallyNames) sum[name] += part[name];
}

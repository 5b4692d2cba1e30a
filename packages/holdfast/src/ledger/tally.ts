import type { ReportedCost } from '../model/cost.ts';

/** Tokens, dollars and seconds, added up. Plain JSON. */
export interface Tally {
  seconds: number;
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
  /** US dollars, of what had a price. */
  usd: number;
  /** Tokens of models without a known price: never guessed into dollars. */
  unpricedTokens: number;
}

export function emptyTally(): Tally {
  return { seconds: 0, inputTokens: 0, outputTokens: 0, cachedTokens: 0, usd: 0, unpricedTokens: 0 };
}

/** Adds a reported cost, `times` times. */
export function addCost(tally: Tally, cost: ReportedCost, times: number): void {
  const { inputTokens = 0, outputTokens = 0, cachedTokens = 0, usd } = cost;
  tally.inputTokens += inputTokens * times;
  tally.outputTokens += outputTokens * times;
  tally.cachedTokens += cachedTokens * times;
  if (usd === undefined) tally.unpricedTokens += (inputTokens + outputTokens) * times;
  else tally.usd += usd * times;
}

export function addTally(sum: Tally, part: Tally): void {
  sum.seconds += part.seconds;
  sum.inputTokens += part.inputTokens;
  sum.outputTokens += part.outputTokens;
  sum.cachedTokens += part.cachedTokens;
  sum.usd += part.usd;
  sum.unpricedTokens += part.unpricedTokens;
}

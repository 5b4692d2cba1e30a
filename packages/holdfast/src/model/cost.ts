/** What a generator reports of its own expense; every field may be reported in parts, which are added up. */
export interface ReportedCost {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Of the input tokens, those that the provider had cached. */
  readonly cachedTokens?: number;
  /** US dollars. Left out where the model has no known price: the tokens are then shown as unpriced. */
  readonly usd?: number;
  /** US dollars that the provider's own cache took off: they are not in `usd`. */
  readonly cachedUsd?: number;
  /**
   * True: nobody is billed for this, as a simulated provider answered. Such costs, and the seconds that they took, are
   * counted apart and never added to real ones.
   */
  readonly simulated?: boolean;
  /** The model that was asked, as the provider names it. */
  readonly model?: string;
}

/** What one generation cost. */
export interface Cost extends ReportedCost {
  /** From the start of the generator to its end. */
  readonly seconds: number;
}

/** What the generator reported of its cost, if it reported anything. */
export function reportOf(cost: Cost): ReportedCost | undefined {
  const { model, simulated } = cost;
  const nothing =
    model === undefined && simulated !== true && amounts.every((name) => cost[name] === undefined);
  return nothing ? undefined : cost;
}

/** What of a report adds up. */
export const amounts = ['inputTokens', 'outputTokens', 'cachedTokens', 'usd', 'cachedUsd'] as const;

/**
 * Two reports as one; the model is the later one's. Real and simulated costs have no sum: of one of each the real one is
 * what the value is worth, so that nothing simulated is ever taken for money.
 */
export function addReports(sum: ReportedCost | undefined, part: ReportedCost): ReportedCost {
  if (sum !== undefined && isSimulated(sum) !== isSimulated(part)) return isSimulated(sum) ? part : sum;
  const total: { -readonly [K in keyof ReportedCost]: ReportedCost[K] } = { ...sum };
  for (const name of amounts) {
    const value = part[name];
    if (value !== undefined) total[name] = (total[name] ?? 0) + value;
  }
  if (part.model !== undefined) total.model = part.model;
  if (isSimulated(part)) total.simulated = true;
  return total;
}

export function isSimulated(cost: ReportedCost): boolean {
  return cost.simulated === true;
}

/** A part of what was reported, such as one key's of a bulk generation. */
export function shareOf(cost: ReportedCost, share: number): ReportedCost {
  if (share === 1) return cost;
  const scaled: { -readonly [K in keyof ReportedCost]: ReportedCost[K] } = { ...cost };
  for (const name of amounts) {
    const value = cost[name];
    if (value !== undefined) scaled[name] = value * share;
  }
  return scaled;
}

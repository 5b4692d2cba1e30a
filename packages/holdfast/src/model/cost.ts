/** What a generator reports of its own expense; every field may be reported in parts, which are added up. */
export interface ReportedCost {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** Of the input tokens, those that the provider had cached. */
  readonly cachedTokens?: number;
  /** US dollars. Left out where the model has no known price: the tokens are then shown as unpriced. */
  readonly usd?: number;
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
  const { inputTokens, outputTokens, cachedTokens, usd, model } = cost;
  const nothing =
    inputTokens === undefined &&
    outputTokens === undefined &&
    cachedTokens === undefined &&
    usd === undefined &&
    model === undefined;
  return nothing ? undefined : cost;
}

import { HoldfastError } from '../../lib/errors.ts';

/** List price of a model in dollars per million tokens. Prices are dated data: hand them in. */
export interface ListPrice {
  readonly input: number;
  /** For the cached part of the prompt; `input` if left out. */
  readonly cachedInput?: number;
  /** Thoughts are billed as output. */
  readonly output: number;
}

/** By model, without `models/`. */
export type PriceTable = Readonly<Record<string, ListPrice>>;

/** Tokens of answers. */
export interface TokenCounts {
  /** Includes the cached ones. */
  readonly prompt: number;
  readonly cached: number;
  readonly candidates: number;
  readonly thoughts: number;
  readonly total: number;
}

/** What the tokens cost at list price, in dollars. */
export function dollarsOf(tokens: TokenCounts, price: ListPrice): number {
  const input = (tokens.prompt - tokens.cached) * price.input;
  const cached = tokens.cached * (price.cachedInput ?? price.input);
  const output = (tokens.candidates + tokens.thoughts) * price.output;
  return (input + cached + output) / 1_000_000;
}

/** @throws E_OPTION naming the model and the bad number. */
export function checkPrices(table: PriceTable): void {
  for (const [model, price] of Object.entries(table)) {
    for (const [name, dollars] of Object.entries(price)) {
      if (typeof dollars === 'number' && Number.isFinite(dollars) && dollars >= 0) continue;
      throw new HoldfastError(
        'E_OPTION',
        `price['${model}'].${name} must be dollars per million tokens (0 or more), not ${String(dollars)}`,
      );
    }
  }
}

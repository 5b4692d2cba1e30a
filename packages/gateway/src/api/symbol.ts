import type { OutlineSymbol } from '../outline/index.ts';

/** A symbol, and the file that it stands in. */
export interface SymbolPlace extends OutlineSymbol {
  readonly path: string;
}

/**
 * `GET /api/symbol?name=createCache&limit=50`: where a symbol is defined. First those of exactly this name, then those
 * that differ in upper and lower case, then those that begin with it. `limit` is 1 to 1,000, 50 by default.
 */
export interface SymbolAnswer {
  readonly name: string;
  readonly matches: readonly SymbolPlace[];
  /** All that match, those over the limit included. */
  readonly total: number;
  /** What was searched. */
  readonly symbols: number;
  readonly files: number;
  /** Files that could not be outlined: their symbols are missing. */
  readonly leftOut: readonly string[];
  /** What it took to come by the index. */
  readonly outcome: string;
}

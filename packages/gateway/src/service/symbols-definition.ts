import type { SymbolPlace } from '../api/index.ts';
import type { Outline } from '../outline/index.ts';

/** The kind of the entries that hold the symbols of one file, and the name of their definition. */
export const symbolsKind = 'symbols';

/** A part of every key: raise it when the same outline would give other symbols. */
export const symbolsVersion = 1;

/**
 * The symbols of an outline and nothing else of it. This stands between the outlines and the index of all: an edit that
 * moves no symbol gives an equal list, and the index that was made from it still holds.
 */
export function symbolsOf({ path, symbols }: Outline): SymbolPlace[] {
  return symbols.map((symbol) => ({ path, ...symbol }));
}

import type { SymbolPlace } from '../api/index.ts';

/** The kind of the entry that holds the symbols of the whole folder, and the name of its definition. */
export const symbolIndexKind = 'symbol_index';

/** A part of every key: raise it when the same symbols would give another index. */
export const symbolIndexVersion = 2;

/** Every symbol of a folder and where it stands. */
export interface SymbolIndex {
  /** Sorted by the name without its case, so that a name and all that begin with it stand side by side. */
  readonly symbols: readonly SymbolPlace[];
  readonly files: number;
  /** Files that could not be outlined. */
  readonly leftOut: readonly string[];
}

export interface SymbolMatches {
  readonly matches: readonly SymbolPlace[];
  readonly total: number;
}

/** Puts the symbols of all files in the index's order. */
export function indexSymbols(
  lists: readonly (readonly SymbolPlace[])[],
  leftOut: readonly string[],
): SymbolIndex {
  // Folding a name at every comparison would take longer than all the rest.
  const folded = lists.flatMap((list) => list.map((symbol) => ({ symbol, name: fold(symbol.name) })));
  folded.sort((one, other) => compare(one.name, other.name) || compareWithin(one.symbol, other.symbol));
  return { symbols: folded.map(({ symbol }) => symbol), files: lists.length, leftOut };
}

/** Whether they stand in the index's order. */
export function inOrder(symbols: readonly SymbolPlace[]): boolean {
  let before: { readonly symbol: SymbolPlace; readonly name: string } | undefined;
  return symbols.every((symbol) => {
    const own = { symbol, name: fold(symbol.name) };
    const right =
      before === undefined || (compare(before.name, own.name) || compareWithin(before.symbol, symbol)) <= 0;
    before = own;
    return right;
  });
}

/**
 * The symbols of this name: exactly, then in another case, then those that begin with it, each in the index's order. An
 * empty name has none.
 */
export function findSymbols({ symbols }: SymbolIndex, name: string, limit: number): SymbolMatches {
  const wanted = fold(name);
  if (wanted === '') return { matches: [], total: 0 };
  const first = firstFrom(symbols, wanted);
  let end = first;
  const ranks: [SymbolPlace[], SymbolPlace[], SymbolPlace[]] = [[], [], []];
  for (; end < symbols.length; end += 1) {
    const symbol = symbols[end] as SymbolPlace;
    const own = fold(symbol.name);
    if (!own.startsWith(wanted)) break;
    const rank = ranks[symbol.name === name ? 0 : own === wanted ? 1 : 2];
    if (rank.length < limit) rank.push(symbol);
  }
  return { matches: ranks.flat().slice(0, limit), total: end - first };
}

/** The place of the first symbol whose name does not stand before the one that is wanted. */
function firstFrom(symbols: readonly SymbolPlace[], wanted: string): number {
  let [low, high] = [0, symbols.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fold((symbols[middle] as SymbolPlace).name) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function fold(name: string): string {
  return name.toLowerCase();
}

/** Of one name without its case: what other files can import before what they cannot. */
function compareWithin(one: SymbolPlace, other: SymbolPlace): number {
  return (
    compare(one.name, other.name) ||
    Number(other.exported ?? false) - Number(one.exported ?? false) ||
    compare(one.path, other.path) ||
    one.startLine - other.startLine
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

import type { Resolution } from 'holdfast';
import type { SymbolAnswer } from '../api/index.ts';
import { findSymbols, type SymbolIndex } from './symbol-index.ts';

/** What an index says of a name. */
export function symbolAnswer(
  { value: index, outcome }: Resolution<SymbolIndex>,
  name: string,
  limit: number,
): SymbolAnswer {
  const { matches, total } = findSymbols(index, name, limit);
  return {
    name,
    matches,
    total,
    symbols: index.symbols.length,
    files: index.files,
    leftOut: index.leftOut,
    outcome,
  };
}

export { Grammars, type GrammarsOptions } from './grammars.ts';
export type { Outline, OutlineImport, OutlineSymbol, SymbolKind } from './outline.ts';
export { outlineSource } from './outline-source.ts';

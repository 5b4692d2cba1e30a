import type { OutlineImport, OutlineSymbol } from './outline.ts';

/** More than these are cut, and the outline's note says so: no reader or model wants them. */
export const MAXIMUM_SYMBOLS = 2_000;
const MAXIMUM_IMPORTS = 2_000;
const MAXIMUM_NAME = 120;
const MAXIMUM_SIGNATURE = 200;

/** Symbols and imports in the making, bounded. */
export class SymbolList {
  readonly symbols: OutlineSymbol[] = [];
  readonly imports: OutlineImport[] = [];
  cut = false;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  addSymbol(symbol: OutlineSymbol): void {
    if (this.symbols.length >= MAXIMUM_SYMBOLS) this.cut = true;
    else this.symbols.push(bounded(symbol));
  }

  addImport(entry: OutlineImport): void {
    if (this.imports.length >= MAXIMUM_IMPORTS) this.cut = true;
    else this.imports.push({ ...entry, from: shorten(entry.from, MAXIMUM_SIGNATURE) });
  }

  /** The first line of a range of the text, trimmed and bounded. */
  signature(start: number, end: number): string {
    const piece = this.#text.slice(start, Math.min(end, start + MAXIMUM_SIGNATURE + 1));
    return shorten((piece.split(/[\r\n]/, 1)[0] ?? '').trim(), MAXIMUM_SIGNATURE);
  }
}

function bounded(symbol: OutlineSymbol): OutlineSymbol {
  const { name, parent, signature } = symbol;
  return {
    ...symbol,
    name: shorten(name, MAXIMUM_NAME),
    ...(parent === undefined ? {} : { parent: shorten(parent, MAXIMUM_SIGNATURE) }),
    ...(signature === undefined ? {} : { signature: shorten(signature, MAXIMUM_SIGNATURE) }),
  };
}

function shorten(value: string, maximum: number): string {
  return value.length <= maximum ? value : `${value.slice(0, maximum - 1)}…`;
}

import { counted } from '../counted.ts';
import type { Outline, OutlineSymbol } from '../outline/index.ts';

const namedSymbols = 8;
const namedImports = 6;

/** An outline as a paragraph: what stands in for a summary where there is none. */
export function outlineInWords(outline: Outline): string {
  const { language, lines, estimatedTokens, symbols, imports, note } = outline;
  const from = [...new Set(imports.map((one) => one.from))];
  return [
    lines === 0
      ? `${language}, ${counted(outline.bytes, 'byte')}.`
      : `${language}, ${counted(lines, 'line')}, about ${counted(estimatedTokens, 'token')}.`,
    ...(symbols.length > 0 ? [`Holds ${listed(topmost(symbols), symbols.length, namedSymbols)}.`] : []),
    ...(from.length > 0 ? [`Imports ${listed(from, from.length, namedImports)}.`] : []),
    ...(note === undefined ? [] : [`Note: ${note}.`]),
  ].join(' ');
}

/** What others can import first, then the rest that stands in nothing else; `class Server` and the like. */
function topmost(symbols: readonly OutlineSymbol[]): string[] {
  const outer = symbols.filter(({ parent }) => parent === undefined);
  const ranked = [...outer.filter(({ exported }) => exported), ...outer.filter(({ exported }) => !exported)];
  return ranked.map(({ kind, name }) => `${kind} ${name}`);
}

function listed(names: readonly string[], total: number, most: number): string {
  const shown = names.slice(0, most);
  const rest = total - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} and ${rest.toLocaleString('en-US')} more`;
}

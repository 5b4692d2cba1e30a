import { definitionPatterns, importPatterns } from './definitions.ts';
import type { OutlineSymbol } from './outline.ts';
import type { SymbolList } from './symbol-list.ts';
import type { TextLine } from './text-lines.ts';

interface OpenDefinition {
  indent: number;
  symbol: OutlineSymbol;
}

const CONTAINERS = new Set<OutlineSymbol['kind']>(['class', 'interface', 'struct', 'trait', 'enum']);
/** A closing bracket ends a definition, unless more opens behind it: `) {`. */
const BLOCK_END = /^\s*(?:[})\]]|end\b)/;
const BLOCK_GOES_ON = /^\s*(?:[})\]].*[{([:]\s*$|\{)/;

/**
 * Lines that look like definitions or imports in a language. A definition reaches over the lines indented
 * deeper than itself, and over a closing bracket or `end` after them; what lies inside names it as its parent.
 */
export function listDefinitionLines(lines: Iterable<TextLine>, language: string, list: SymbolList): void {
  const definitions = definitionPatterns(language);
  const imports = importPatterns(language);
  if (definitions.length === 0 && imports.length === 0) return;
  const open: OpenDefinition[] = [];
  const found: OutlineSymbol[] = [];

  for (const { number, text } of lines) {
    const indent = indentOf(text);
    if (indent < 0) continue;
    close(open, indent, number, text);
    const from = firstGroup(imports, text);
    if (from !== undefined) list.addImport({ from, line: number });
    for (const { kind, pattern } of definitions) {
      const name = pattern.exec(text)?.[1];
      if (name === undefined) continue;
      const around = open.at(-1)?.symbol;
      const method = kind === 'function' && around !== undefined && CONTAINERS.has(around.kind);
      const symbol: OutlineSymbol = {
        name: name.trim(),
        kind: method ? 'method' : kind,
        startLine: number,
        endLine: number,
        ...(around === undefined ? {} : { parent: qualified(around) }),
        signature: text.trim(),
      };
      found.push(symbol);
      open.push({ indent, symbol });
      break;
    }
  }
  for (const symbol of found) list.addSymbol(symbol);
}

function close(open: OpenDefinition[], indent: number, line: number, text: string): void {
  const goesOn = BLOCK_GOES_ON.test(text);
  const ends = goesOn || BLOCK_END.test(text);
  for (let at = open.length - 1; at >= 0; at -= 1) {
    const definition = open[at];
    if (definition === undefined) return;
    if (indent > definition.indent || (indent === definition.indent && ends)) {
      definition.symbol.endLine = line;
    }
    if (indent < definition.indent || (indent === definition.indent && !goesOn)) open.length = at;
  }
}

function indentOf(text: string): number {
  let indent = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === ' ') indent += 1;
    else if (text[at] === '\t') indent += 4;
    else return indent;
  }
  return -1;
}

function firstGroup(patterns: RegExp[], text: string): string | undefined {
  for (const pattern of patterns) {
    const group = pattern.exec(text)?.[1];
    if (group !== undefined) return group;
  }
  return undefined;
}

function qualified(symbol: OutlineSymbol): string {
  return symbol.parent === undefined ? symbol.name : `${symbol.parent}.${symbol.name}`;
}

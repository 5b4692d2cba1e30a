import type { Node } from 'web-tree-sitter';
import { listDefinitionLines } from './definition-lines.ts';
import { listEcmascript } from './ecmascript.ts';
import { Grammars } from './grammars.ts';
import { type GrammarName, type Language, languageOf } from './language.ts';
import { listHeadings } from './markdown.ts';
import type { Outline } from './outline.ts';
import { listPython } from './python.ts';
import { MAXIMUM_SYMBOLS, SymbolList } from './symbol-list.ts';
import { countSyntaxErrors, syntaxErrorNote } from './syntax.ts';
import { countLines, textLines } from './text-lines.ts';
import { estimateTokens } from './tokens.ts';

const LISTERS: Record<GrammarName, (root: Node, list: SymbolList) => void> = {
  typescript: listEcmascript,
  tsx: listEcmascript,
  javascript: listEcmascript,
  python: listPython,
};

let shared: Grammars | undefined;

/**
 * Outline a text: its size, symbols and imports. `path` names the language and is copied to the outline; no file
 * is read. Text that cannot be parsed is outlined by lines, with the reason in `note`; no text makes it reject.
 * Parses take turns within a process, and long ones let the event loop turn.
 *
 * `grammars` is the process's own unless given (a test, other limits).
 */
export async function outlineSource(path: string, text: string, grammars?: Grammars): Promise<Outline> {
  const language = languageOf(path, text);
  const notes: string[] = [];
  if (text.includes('\uFFFD')) notes.push('holds U+FFFD: perhaps not UTF-8');

  shared ??= new Grammars();
  const parsed = await parse(language, text, grammars ?? shared);
  if (parsed?.note !== undefined) notes.push(parsed.note);
  const list = parsed?.list ?? listLines(language, text);
  if (list.cut) notes.push(`more than ${MAXIMUM_SYMBOLS} symbols or imports: the rest is left out`);

  const bytes = Buffer.byteLength(text);
  const outline: Outline = {
    path,
    language: language.name,
    bytes,
    lines: countLines(text),
    estimatedTokens: estimateTokens(bytes, language),
    symbols: list.symbols,
    imports: list.imports,
    parser: parsed?.list === undefined ? 'lines' : 'tree-sitter',
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
  // Names and signatures are slices that would keep the whole text alive as long as the outline: copy them.
  return JSON.parse(JSON.stringify(outline)) as Outline;
}

async function parse(
  language: Language,
  text: string,
  grammars: Grammars,
): Promise<{ list?: SymbolList; note?: string } | undefined> {
  const { grammar } = language;
  if (grammar === undefined) return undefined;
  const parsed = await grammars.parse(grammar, text, (root) => {
    const note = syntaxErrorNote(countSyntaxErrors(root));
    // Without a single whole statement at the top, the lines say more than the tree.
    if (root.isError) return { note: `${note ?? 'syntax errors'}, outlined by lines` };
    const list = new SymbolList(text);
    LISTERS[grammar](root, list);
    return note === undefined ? { list } : { list, note };
  });
  return parsed.ok ? parsed.value : { note: `outlined by lines: ${parsed.reason}` };
}

function listLines(language: Language, text: string): SymbolList {
  const list = new SymbolList(text);
  if (language.name === 'markdown') listHeadings(textLines(text), list);
  else listDefinitionLines(textLines(text), language.name, list);
  return list;
}

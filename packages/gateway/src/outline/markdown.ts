import type { SymbolList } from './symbol-list.ts';
import type { TextLine } from './text-lines.ts';

interface OpenHeading {
  level: number;
  name: string;
  line: number;
  signature: string;
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/;
const UNDERLINE = /^ {0,3}(=+|-+)[ \t]*$/;
/** Lines that an underline does not turn into a heading: lists, quotes, tables, rules, indented code. */
const NOT_A_TITLE = /^(?: {4}|\t|\s*(?:[-+*>|]|\d+[.)])(?:\s|$)|\s*$|\s*[-*_=]{3,}\s*$|\s*\|)/;

/** Headings (ATX and underlined, not in fenced code or front matter), each reaching to the next of its level. */
export function listHeadings(lines: Iterable<TextLine>, list: SymbolList): void {
  const found: (OpenHeading & { endLine: number; parent?: string })[] = [];
  const open: (typeof found)[number][] = [];
  let fence: string | undefined;
  let frontMatter = false;
  let previous: TextLine | undefined;
  let last = 0;

  const begin = (level: number, name: string, line: TextLine) => {
    while (open.length > 0 && (open.at(-1)?.level ?? 0) >= level) {
      const closed = open.pop();
      if (closed !== undefined) closed.endLine = Math.max(closed.line, line.number - 1);
    }
    const parent = open.map((heading) => heading.name).join('.');
    const heading = { level, name, line: line.number, endLine: line.number, signature: line.text.trim() };
    const entry = parent === '' ? heading : { ...heading, parent };
    open.push(entry);
    found.push(entry);
  };

  for (const line of lines) {
    last = line.number;
    const { text } = line;
    if (line.number === 1 && text.trimEnd() === '---') {
      frontMatter = true;
      continue;
    }
    if (frontMatter) {
      if (text.trimEnd() === '---') frontMatter = false;
      continue;
    }
    const mark = FENCE.exec(text)?.[1];
    if (fence !== undefined) {
      if (mark?.startsWith(fence) && text.trim() === mark) fence = undefined;
      continue;
    }
    if (mark !== undefined) {
      fence = mark;
      previous = undefined;
      continue;
    }
    const heading = HEADING.exec(text);
    if (heading !== null) {
      const name = (heading[2] ?? '').trim();
      if (name !== '') begin(heading[1]?.length ?? 1, name, line);
      previous = undefined;
      continue;
    }
    const underline = UNDERLINE.exec(text)?.[1];
    if (underline !== undefined && previous !== undefined && !NOT_A_TITLE.test(previous.text)) {
      begin(underline.startsWith('=') ? 1 : 2, previous.text.trim(), previous);
      previous = undefined;
      continue;
    }
    previous = line;
  }
  for (const heading of open) heading.endLine = last;
  for (const { name, line, endLine, parent, signature } of found) {
    list.addSymbol({
      name,
      kind: 'heading',
      startLine: line,
      endLine,
      ...(parent === undefined ? {} : { parent }),
      signature,
    });
  }
}

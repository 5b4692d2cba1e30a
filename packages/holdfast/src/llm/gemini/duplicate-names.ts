import { endOfString } from './json-string.ts';

/**
 * Whether an object in a text that parses as JSON has a name twice. JSON.parse takes the last one, another parser the
 * first one, or joins them, so two readers of such a text disagree about what it says.
 */
export function hasDuplicateNames(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case brace:
        open.push(new Set());
        break;
      case bracket:
        open.push(undefined);
        break;
      case closingBrace:
      case closingBracket:
        open.pop();
        break;
      case quote: {
        const end = endOfString(text, at);
        const names = open.at(-1);
        // A string is a name exactly if a colon follows.
        if (names !== undefined && text.charCodeAt(afterSpace(text, end)) === colon) {
          const name = nameOf(text.slice(at, end));
          if (names.has(name)) return true;
          names.add(name);
        }
        at = end - 1;
        break;
      }
    }
  }
  return false;
}

const [quote, colon] = [0x22, 0x3a];
const [bracket, closingBracket, brace, closingBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

function afterSpace(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function nameOf(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
}

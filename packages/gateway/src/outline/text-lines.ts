/** One line of a text, without its end. */
export interface TextLine {
  /** From 1. */
  number: number;
  /** The line's first 400 characters: enough for a definition, and a bound on what a pattern may look at. */
  text: string;
}

const MAXIMUM_LINE = 400;

/** Lines of a text, one at a time. A line ends at `\n`; a `\r` before it is dropped. */
export function* textLines(text: string): Generator<TextLine> {
  let start = 0;
  for (let number = 1; start < text.length; number += 1) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    yield { number, text: text.slice(start, Math.min(stop, start + MAXIMUM_LINE)) };
    start = end + 1;
  }
}

/** Number of lines as an editor shows them: a last line without `\n` counts, an empty one after it does not. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return text.length === 0 || text.endsWith('\n') ? count : count + 1;
}

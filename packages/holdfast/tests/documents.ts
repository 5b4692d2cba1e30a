import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the repository. */
export const root = join(import.meta.dirname, '../../..');

/** The text of a file of the repository. */
export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/**
 * The code in a Markdown text: its blocks of one language, in their own lines, and empty lines for everything else, so
 * that a line number of the program is one of the document. The blocks of a page are one program.
 */
export function programOf(markdown: string, language: string): string {
  let fence: string | undefined;
  const lines = markdown.split('\n').map((line) => {
    const marks = /^```(.*)$/.exec(line);
    if (marks === null) return fence === language ? line : '';
    fence = fence === undefined ? (marks[1] as string).trim() : undefined;
    return '';
  });
  if (fence !== undefined) throw new Error(`a fence is never closed: ${markdown.slice(0, 40)}`);
  return lines.join('\n');
}

/** A fenced block of a Markdown text. */
export interface Block {
  /** what stands behind the fence, as in `ts run` */
  readonly info: string;
  readonly text: string;
  /** the line of its fence, from 1 */
  readonly line: number;
}

/** The fenced blocks of a Markdown text, in order. */
export function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of markdown.split(/\r?\n/).entries()) {
    const fence = /^```(.*)$/.exec(line);
    if (open === undefined) {
      if (fence) open = { info: (fence[1] ?? '').trim(), line: index + 1, lines: [] };
    } else if (fence) {
      blocks.push({ info: open.info, line: open.line, text: `${open.lines.join('\n')}\n` });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) throw new Error(`the fence on line ${open.line} is never closed`);
  return blocks;
}

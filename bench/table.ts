/** A table in Markdown, its columns padded so that it reads as well on a terminal. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = heads.map((head, i) =>
    Math.max(head.length, 3, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const pad = (cell: string, i: number): string => {
    const width = widths[i] as number;
    return i === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  const line = (row: readonly string[]): string =>
    `| ${heads.map((_, i) => pad(row[i] ?? '', i)).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(heads), rule, ...rows.map(line)].join('\n');
}

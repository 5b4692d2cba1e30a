import { printable } from '../printable.ts';

/** Tells something beside an answer, so that a program that reads the answer does not read this. */
export function remark(line: string): void {
  process.stderr.write(`holdfast: ${printable(line)}\n`);
}

import type { Node } from 'web-tree-sitter';

/** How deep symbols are looked for, in nested statements, before the rest is left out. */
export const MAXIMUM_DEPTH = 64;
const COUNTED_ERRORS = 100;

/** Where a symbol would be listed: what surrounds it, and whether it can be seen from outside. */
export interface Surroundings {
  /** Names around it, joined by dots. */
  parent?: string;
  /** Inside a function: only functions and classes count, not every variable. */
  local: boolean;
  depth: number;
}

export function inside(around: Surroundings, name: string, local: boolean): Surroundings {
  const parent = around.parent === undefined ? name : `${around.parent}.${name}`;
  return { parent, local: local || around.local, depth: around.depth + 1 };
}

export function deeper(around: Surroundings): Surroundings {
  return { ...around, depth: around.depth + 1 };
}

export function firstLine(node: Node): number {
  return node.startPosition.row + 1;
}

/** The last line that holds something of the node. */
export function lastLine(node: Node): number {
  const { row, column } = node.endPosition;
  return column === 0 && row > node.startPosition.row ? row : row + 1;
}

/** Where a definition itself begins, its decorators left aside. */
export function definitionStart(node: Node): number {
  if (node.firstChild?.type !== 'decorator') return node.startIndex;
  return node.children.find((child) => child.type !== 'decorator')?.startIndex ?? node.startIndex;
}

export function unquoted(literal: string): string {
  return /^(["'`])[\s\S]*\1$/.test(literal) ? literal.slice(1, -1) : literal;
}

/** Errors and missing tokens in a tree, counted up to 100; what lies inside an error is not counted again. */
export function countSyntaxErrors(root: Node): number {
  if (!root.hasError) return 0;
  let count = 0;
  const open = [root];
  for (let node = open.pop(); node !== undefined && count < COUNTED_ERRORS; node = open.pop()) {
    if (node.isError || node.isMissing) count += 1;
    else for (const child of node.children) if (child.hasError || child.isMissing) open.push(child);
  }
  return count;
}

/** `2 syntax errors`, or nothing. */
export function syntaxErrorNote(count: number): string | undefined {
  if (count === 0) return undefined;
  if (count >= COUNTED_ERRORS) return `${COUNTED_ERRORS} or more syntax errors`;
  return count === 1 ? '1 syntax error' : `${count} syntax errors`;
}

import { expect, test } from 'vitest';
import type { Outline, OutlineSymbol } from '../outline/index.ts';
import { outlineInWords } from './outline-words.ts';

const symbol = (name: string, rest: Partial<OutlineSymbol> = {}): OutlineSymbol => ({
  name,
  kind: 'function',
  startLine: 1,
  endLine: 1,
  ...rest,
});

const outline: Outline = {
  path: 'a.ts',
  language: 'typescript',
  bytes: 82,
  lines: 6,
  estimatedTokens: 22,
  symbols: [],
  imports: [],
  parser: 'tree-sitter',
};

test('size, symbols and imports are told, those that others can import first', () => {
  const symbols = [
    symbol('inner'),
    symbol('Server', { kind: 'class', exported: true }),
    symbol('start', { kind: 'method', parent: 'Server' }),
  ];
  const imports = [
    { from: './x.ts', line: 1 },
    { from: './x.ts', line: 2 },
    { from: 'node:fs', line: 3 },
  ];
  expect(outlineInWords({ ...outline, symbols, imports })).toBe(
    'typescript, 6 lines, about 22 tokens. Holds class Server, function inner and 1 more. Imports ./x.ts, node:fs.',
  );
});

test('of many symbols eight are named', () => {
  const symbols = Array.from({ length: 1_010 }, (_, at) => symbol(`f${at}`));
  expect(outlineInWords({ ...outline, symbols })).toMatch(
    /Holds function f0, .*function f7 and 1,002 more\.$/,
  );
});

test('what has no lines is told by its bytes, and why', () => {
  const binary = { ...outline, language: 'binary', lines: 0, note: 'binary: not outlined' };
  expect(outlineInWords(binary)).toBe('binary, 82 bytes. Note: binary: not outlined.');
});

import { expect, test } from 'vitest';
import type { SymbolPlace } from '../api/index.ts';
import { packIndex, unpackIndex } from './stored-index.ts';
import { indexSymbols } from './symbol-index.ts';

const symbol = (path: string, name: string, startLine = 1): SymbolPlace => ({
  path,
  name,
  kind: 'function',
  startLine,
  endLine: startLine,
  exported: true,
});
const paths = ['a.ts', 'b.ts', 'empty.ts'];
const lists = [
  [symbol('a.ts', 'zeta'), symbol('a.ts', 'Alpha', 2)],
  [symbol('b.ts', 'alpha'), symbol('b.ts', 'mid', 3)],
  [],
];
const index = indexSymbols(lists, ['huge.ts']);
const packed = packIndex(index, paths, lists);

test('an index is kept without its symbols, and with them is what it was', () => {
  expect(JSON.stringify(packed)).not.toContain('alpha');
  const reread = JSON.parse(JSON.stringify([packed, lists])) as [typeof packed, typeof lists];
  expect(unpackIndex(...reread)).toEqual(index);
});

test.each([
  ['one more', [...(lists[0] as SymbolPlace[]), symbol('a.ts', 'beta')]],
  ['one less', [symbol('a.ts', 'zeta')]],
  ['another name', [symbol('a.ts', 'aaa'), symbol('a.ts', 'Alpha', 2)]],
])('with %s in a file that was edited since, it is nothing', (_, edited) => {
  expect(unpackIndex(packed, [edited, ...lists.slice(1)])).toBeUndefined();
});

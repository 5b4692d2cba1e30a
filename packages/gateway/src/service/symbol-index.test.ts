import { expect, test } from 'vitest';
import type { SymbolPlace } from '../api/index.ts';
import { findSymbols, indexSymbols } from './symbol-index.ts';

const place = (name: string, path = 'a.ts', startLine = 1, exported = false): SymbolPlace => ({
  ...{ path, name, kind: 'function', startLine, endLine: startLine },
  ...(exported && { exported: true as const }),
});
const found = (index: ReturnType<typeof indexSymbols>, name: string, limit = 50) => {
  const { matches, total } = findSymbols(index, name, limit);
  return [matches.map((one) => `${one.name} ${one.path}:${one.startLine}`), total];
};

test('exact names come first, then other cases, then those that begin with it; nothing else comes', () => {
  const index = indexSymbols(
    [
      [place('getAll'), place('Get'), place('zget'), place('GETTER')],
      [place('get', 'b.ts'), place('ge', 'b.ts')],
    ],
    [],
  );
  expect(found(index, 'get')).toEqual([['get b.ts:1', 'Get a.ts:1', 'getAll a.ts:1', 'GETTER a.ts:1'], 4]);
  expect(found(index, 'GET')[0]).toEqual(['Get a.ts:1', 'get b.ts:1', 'getAll a.ts:1', 'GETTER a.ts:1']);
  expect(found(index, 'nothing')).toEqual([[], 0]);
  expect(found(index, 'zzz')).toEqual([[], 0]);
  expect(found(index, '')).toEqual([[], 0]);
});

test('of one name what other files can import comes first, then by path and line', () => {
  const index = indexSymbols(
    [[place('x', 'b.ts', 2), place('x', 'b.ts', 1)], [place('x', 'c.ts', 1, true)], [place('x', 'a.ts', 9)]],
    [],
  );
  expect(found(index, 'x')).toEqual([['x c.ts:1', 'x a.ts:9', 'x b.ts:1', 'x b.ts:2'], 4]);
});

test('the limit cuts the list and not the count, and never cuts exact names for longer ones', () => {
  const many = Array.from({ length: 100 }, (_, number) => place(`Name${number}`));
  const index = indexSymbols([[...many, place('name', 'z.ts')]], ['left.ts']);
  expect(found(index, 'name', 2)).toEqual([['name z.ts:1', 'Name0 a.ts:1'], 101]);
  expect(index).toMatchObject({ files: 1, leftOut: ['left.ts'] });
});

test('an empty folder has an index without symbols', () => {
  expect(found(indexSymbols([], []), 'a')).toEqual([[], 0]);
});

import { expect, test } from 'vitest';
import type { Mutation } from './mutation.ts';
import { pageOf } from './page.ts';

const rule = (name: string): Mutation => ({
  rule: name,
  promise: 4,
  file: 'cache/file.ts',
  find: '',
  replace: '',
  tests: [],
});

test('a page tells anew of the rules that were tried, and goes on telling of the others', () => {
  const both = ['a.test.ts: a | b', 'a.test.ts: c'];
  const old = pageOf(
    [rule('one'), rule('gone'), rule('two')],
    new Map([
      ['one', both],
      ['two', ['b.test.ts: d']],
    ]),
    '',
  );
  const page = pageOf([rule('two'), rule('one'), rule('new')], new Map([['two', []]]), old);
  expect(page.split('\n').filter((line) => line.startsWith('| 4 |'))).toEqual([
    '| 4 | two | `cache/file.ts` | NOBODY |',
    '| 4 | one | `cache/file.ts` | a.test.ts: a \\| b (and 1 more) |',
    '| 4 | new | `cache/file.ts` | NOBODY |',
  ]);
});

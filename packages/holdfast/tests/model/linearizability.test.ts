import { describe, expect, test } from 'vitest';
import { isLinearizable, type Occurrence, type Operation } from './linearizability.ts';

/** A history of `[called, answered, operation]`. */
const history = (...occurrences: (readonly [number, number, Operation])[]): Occurrence[] =>
  occurrences.map(([called, answered, operation]) => ({ ...operation, called, answered }));
const untagged = () => new Set<string>();
const tagged = () => new Set(['t']);
const begin = (value: string): Operation => ({ type: 'begin', value });
const read = (value: string): Operation => ({ type: 'read', value });
const set = (value: string): Operation => ({ type: 'set', value });
const invalidate: Operation = { type: 'invalidate' };
const invalidateTag: Operation = { type: 'invalidate', tag: 't' };

describe('the linearizability checker accepts', () => {
  test.each([
    ['nothing', history()],
    ['a read of what was begun before', history([1, 1, begin('a')], [2, 3, read('a')])],
    ['a read of what is begun during it', history([1, 4, read('a')], [2, 2, begin('a')])],
    [
      'a read that overlaps the invalidation',
      history([1, 1, begin('a')], [2, 5, read('a')], [3, 4, invalidate]),
    ],
    ['a read begun before the set ends', history([1, 1, begin('a')], [2, 4, set('b')], [3, 5, read('a')])],
    ['a read of what was begun after', history([1, 2, invalidate], [3, 3, begin('b')], [4, 5, read('b')])],
    [
      'two concurrent invalidations around a begin',
      history([1, 6, invalidate], [2, 5, invalidate], [3, 3, begin('a')], [7, 8, read('a')]),
    ],
  ])('%s', (_, occurrences) => {
    expect(isLinearizable(occurrences, untagged)).toBe(true);
  });

  test('a read after an invalidation of a tag that the value does not have', () => {
    const occurrences = history([1, 1, begin('a')], [2, 3, invalidateTag], [4, 5, read('a')]);
    expect(isLinearizable(occurrences, untagged)).toBe(true);
  });
});

describe('the linearizability checker rejects', () => {
  test.each([
    ['a value that nobody made', history([1, 2, read('a')])],
    ['a value that is begun only later', history([1, 2, read('a')], [3, 3, begin('a')])],
    ['a read after an invalidation', history([1, 1, begin('a')], [2, 3, invalidate], [4, 5, read('a')])],
    [
      'the same where another read overlaps',
      history([1, 1, begin('a')], [2, 9, read('a')], [2, 3, invalidate], [4, 5, read('a')]),
    ],
    ['a read after a set', history([1, 1, begin('a')], [2, 3, set('b')], [4, 5, read('a')])],
    [
      'a read after an invalidation of the tag',
      history([1, 1, begin('a')], [2, 3, invalidateTag], [4, 5, read('a')]),
    ],
  ])('%s', (_, occurrences) => {
    expect(isLinearizable(occurrences, tagged)).toBe(false);
  });
});

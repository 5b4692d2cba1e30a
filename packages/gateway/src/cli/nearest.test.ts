import { expect, test } from 'vitest';
import { editDistance, nearest } from './nearest.ts';

test.each([
  ['serve', 'serve', 0],
  ['srve', 'serve', 1],
  ['sevre', 'serve', 1],
  ['stat', 'stats', 1],
  ['', 'demo', 4],
  ['outlines', 'outline', 1],
  ['abc', 'xyz', 3],
])('from %j to %j it takes %i slips', (one, other, distance) => {
  expect(editDistance(one, other)).toBe(distance);
  expect(editDistance(other, one)).toBe(distance);
});

test('a slip of the hand is understood, and a beginning, and nothing else', () => {
  const known = ['serve', 'outline', 'stats', 'demo', 'help'];
  expect(nearest('Serv', known)).toBe('serve');
  expect(nearest('out', known)).toBe('outline');
  expect(nearest('hlep', known)).toBe('help');
  expect(nearest('x', known)).toBeUndefined();
  expect(nearest('deploy', known)).toBeUndefined();
  expect(nearest('', known)).toBeUndefined();
});

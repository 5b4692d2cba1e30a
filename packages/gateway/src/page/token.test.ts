import { expect, it } from 'vitest';
import { tokenIn } from './token.ts';

it('finds the token in a fragment, alone or among others, and none in any other', () => {
  expect(tokenIn('#token=abc-_1')).toBe('abc-_1');
  expect(tokenIn('#a=b&token=abc')).toBe('abc');
  expect([tokenIn(''), tokenIn('#'), tokenIn('#token='), tokenIn('#lab')]).toEqual(
    new Array(4).fill(undefined),
  );
});

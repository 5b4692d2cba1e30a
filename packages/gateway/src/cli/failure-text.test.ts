import { HoldfastError } from 'holdfast';
import { expect, test } from 'vitest';
import { failureText } from './failure-text.ts';

test('a failure with a sentence for people is told in that line, and a mistake of ours with its place', () => {
  const cause = new Error('CANARY');
  expect(failureText(new HoldfastError('E_GLOB_TOO_LARGE', 'There are too many files.', { cause }))).toBe(
    'There are too many files. (E_GLOB_TOO_LARGE)',
  );
  expect(failureText(new TypeError('x is undefined'))).toMatch(
    /^TypeError: x is undefined\n +at .*failure-text/,
  );
  expect(failureText('thrown')).toBe('thrown');
});

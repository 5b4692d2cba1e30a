import { expect, it } from 'vitest';
import { causesOf } from './causes.ts';

it('goes from an error to what caused it, up to what is no object', () => {
  const inner = Object.assign(new Error('socket'), { cause: 'a text' });
  const outer = new TypeError('fetch failed', { cause: inner });
  expect([...causesOf(outer)]).toEqual([outer, inner]);
  expect([...causesOf('a text'), ...causesOf(null)]).toEqual([]);
});

it('ends with an error that is its own cause, too', () => {
  const error: { cause?: unknown } = {};
  error.cause = error;
  expect([...causesOf(error)]).toHaveLength(8);
});

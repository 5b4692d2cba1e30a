import { describe, expect, it } from 'vitest';
import { parseSize } from './bytes.ts';
import { parseDuration } from './duration.ts';

describe('a duration', () => {
  it.each([
    [0, 0],
    [1.5, 1.5],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['0ms', 0],
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    ['10m', 600_000],
    ['7d', 604_800_000],
    ['2w', 1_209_600_000],
  ] as const)('%s is %d ms', (input, milliseconds) => {
    expect(parseDuration(input, 'x')).toBe(milliseconds);
  });

  it.each([
    '',
    '5',
    's',
    '5 s',
    '-5s',
    '+5s',
    '5S',
    '5sec',
    '1e3ms',
    '.5s',
    '5s ',
    'Infinitys',
    -1,
    Number.NaN,
  ])('is not %s: E_DURATION names the option and repeats the value', (input) => {
    expect(() => parseDuration(input as never, "'ttl'")).toThrow(
      expect.objectContaining({ code: 'E_DURATION', message: expect.stringContaining("'ttl'") }),
    );
    expect(() => parseDuration(input as never, "'ttl'")).toThrow(String(input));
  });

  it.each([null, undefined, {}, [], true, 5n])('is not %s', (input) => {
    expect(() => parseDuration(input as never, "'ttl'")).toThrow(
      expect.objectContaining({ code: 'E_DURATION' }),
    );
  });

  it('does not repeat all of a very long text', () => {
    expect(() => parseDuration('x'.repeat(10_000) as never, "'ttl'")).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(/x{41}/) }),
    );
  });
});

describe('a size', () => {
  it.each([
    [0, 0],
    [1.9, 1],
    [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['0B', 0],
    ['1KB', 1_000],
    ['1KiB', 1_024],
    ['1.5KiB', 1_536],
    ['16MiB', 16_777_216],
    ['1GB', 1_000_000_000],
    ['1GiB', 1_073_741_824],
  ] as const)('%s is %d bytes', (input, bytes) => {
    expect(parseSize(input, 'x')).toBe(bytes);
  });

  it.each(['', '1', '1kb', '1 MB', '-1B', -1, Number.NaN, null, {}])('is not %s', (input) => {
    expect(() => parseSize(input as never, "'maxBytes'")).toThrow(
      expect.objectContaining({ code: 'E_SIZE', message: expect.stringContaining("'maxBytes'") }),
    );
  });
});

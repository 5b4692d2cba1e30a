import { describe, expect, it } from 'vitest';
import { counted } from '../counted.ts';
import { bytes, count, dollars, duration, seconds, share, timeOfDay } from './format.ts';

describe('what the page writes', () => {
  it('groups the digits of counts', () => {
    expect([count(0), count(1_000), count(1_234_567)]).toEqual(['0', '1,000', '1,234,567']);
    expect([counted(1, 'file'), counted(0, 'file'), counted(2, 'reply', 'replies')]).toEqual([
      '1 file',
      '0 files',
      '2 replies',
    ]);
  });

  it('keeps three digits of dollars below one, and cents from there', () => {
    expect([0, 0.00042, 0.4203, 1, 1_234.5].map(dollars)).toEqual([
      '$0',
      '$0.00042',
      '$0.42',
      '$1.00',
      '$1,234.50',
    ]);
  });

  it('gives a time the unit that suits it, without 1000 ms and 60 s', () => {
    expect(
      [0, 0.44, 9.96, 87.4, 999.4, 999.6, 1_240, 12_440, 59_960, 125_000, 7_500_000].map(duration),
    ).toEqual([
      '0 ms',
      '0.4 ms',
      '10 ms',
      '87 ms',
      '999 ms',
      '1 s',
      '1.24 s',
      '12.4 s',
      '1 min 0 s',
      '2 min 5 s',
      '2 h 5 min',
    ]);
  });

  it('does not round little work to none', () => {
    expect([0, 0.004, 0.0051, 3.4, 90].map(seconds)).toEqual([
      '0.00 s',
      '< 0.01 s',
      '0.01 s',
      '3.40 s',
      '1 min 30 s',
    ]);
  });

  it('does not round a share up to all', () => {
    expect([0, 0.5, 0.9996, 1].map(share)).toEqual(['0 %', '50.0 %', '99.9 %', '100 %']);
  });

  it('writes sizes in binary units', () => {
    expect([512, 1_536, 20 * 1_024 ** 2, 5 * 1_024 ** 5].map(bytes)).toEqual([
      '512 B',
      '1.5 KiB',
      '20 MiB',
      '5120 TiB',
    ]);
  });

  it('writes the time of day with two digits each', () => {
    expect(timeOfDay(new Date(2026, 0, 2, 3, 4, 5))).toBe('03:04:05');
  });
});

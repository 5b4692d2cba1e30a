import { expect, test } from 'vitest';
import { readerCells } from './reader-cells.ts';

test('a cell is filled as far as its caller has read, and whole only at the end', () => {
  expect(readerCells('AMXY')).toEqual([
    { mark: 'reading', level: 0 },
    { mark: 'reading', level: 0.5 },
    { mark: 'reading', level: 23 / 24 },
    { mark: 'fresh' },
  ]);
});

test('who has left stays where it left, and who waits or has failed has read nothing', () => {
  expect(readerCells('gm-!')).toEqual([
    { mark: 'left', level: 0.25 },
    { mark: 'left', level: 0.5 },
    { mark: 'waiting' },
    { mark: 'failed' },
  ]);
});

import { expect, test } from 'vitest';
import { sizeComplaints } from './packed.ts';

test('a library that has outgrown what the README says of it is complained of, and so is a README that says nothing', () => {
  const readme = 'the library is a download of 0.3 MB.';
  expect(sizeComplaints(349_999, readme)).toEqual([]);
  expect(sizeComplaints(350_000, readme)).toEqual([expect.stringContaining('350000 bytes')]);
  expect(sizeComplaints(1, 'the library is small.')).toEqual([expect.stringContaining('does not tell')]);
});

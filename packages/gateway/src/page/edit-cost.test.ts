import { describe, expect, it } from 'vitest';
import { editCost } from './edit-cost.ts';

describe('editCost', () => {
  it('names the files that an edit made again', () => {
    expect(editCost({ files: 5_012, regenerated: ['src/a.ts'], seconds: 0.0123 })).toBe(
      '1 of 5,012 outlines, 0.01 s: src/a.ts',
    );
  });

  it('names three of many, and says how many others there are', () => {
    expect(editCost({ files: 9, regenerated: ['a', 'b', 'c', 'd', 'e'], seconds: 1 })).toBe(
      '5 of 9 outlines, 1.00 s: a, b, c and 2 others',
    );
  });

  it('names nothing when nothing was edited', () => {
    expect(editCost({ files: 1, regenerated: [], seconds: 0 })).toBe('0 of 1 outline, 0.00 s');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callersPerCell, layoutCells } from './cell-layout.ts';

describe('layoutCells', () => {
  it('gives a thousand cells full rows in the shape that the page gives its grids', () => {
    expect(layoutCells(1_000, 320, 200)).toMatchObject({ columns: 40, rows: 25, pitch: 8 });
  });

  it('draws ten cells large, in two full rows', () => {
    expect(layoutCells(10, 300, 188)).toMatchObject({ columns: 5, rows: 2, pitch: 60 });
  });

  it('keeps every cell inside the area, apart from the next, and has room for all', () => {
    const size = fc.integer({ min: 20, max: 2_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), size, size, (count, width, height) => {
        const { columns, rows, pitch, side } = layoutCells(count, width, height);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * (rows - 1)).toBeLessThan(Math.max(1, count));
        expect(columns * pitch).toBeLessThanOrEqual(width + 1e-6);
        expect(rows * pitch).toBeLessThanOrEqual(height + 1e-6);
        expect(side).toBeGreaterThan(0);
        expect(side).toBeLessThanOrEqual(pitch);
      }),
    );
  });
});

describe('callersPerCell', () => {
  it('is one until there are more callers than cells, and then as few as fit', () => {
    expect([0, 1, 10_000, 10_001, 25_000].map((callers) => callersPerCell(callers, 10_000))).toEqual([
      1, 1, 1, 2, 3,
    ]);
  });
});

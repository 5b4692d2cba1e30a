import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callersPerCell, layoutCells } from './cell-layout.ts';

describe('layoutCells', () => {
  it('gives a thousand cells full rows in the shape that the page gives its grids', () => {
    expect(layoutCells(1_000, 320, 200)).toMatchObject({ columns: 40, rows: 25, pitch: { x: 8, y: 8 } });
  });

  it('draws ten cells large, in two full rows', () => {
    expect(layoutCells(10, 300, 188)).toMatchObject({ columns: 5, rows: 2, pitch: { x: 60, y: 75 } });
  });

  it.each([
    [1, 150],
    [1, 320],
    [1.5, 280],
    [2, 320],
  ])('fills the width with 10, 20, 30, 1,000 and 2,500 cells (scale %f, %i wide)', (scale, points) => {
    const [width, height] = [Math.round(points * scale), Math.round(points * scale * 0.625)];
    for (const count of [10, 20, 30, 1_000, 2_500]) {
      const { columns, pitch } = layoutCells(count, width, height, scale);
      expect((columns * pitch.x) / width, `${count} cells`).toBeGreaterThan(0.9);
    }
  });

  it('keeps every cell on whole pixels inside the area, apart from the next, and has room for all', () => {
    const size = fc.integer({ min: 100, max: 2_000 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_500 }), size, size, (count, width, height) => {
        const { columns, rows, pitch, size } = layoutCells(count, width, height);
        expect(columns * rows).toBeGreaterThanOrEqual(count);
        expect(columns * (rows - 1)).toBeLessThan(Math.max(1, count));
        expect(columns * pitch.x).toBeLessThanOrEqual(width);
        expect(rows * pitch.y).toBeLessThanOrEqual(height);
        for (const axis of ['x', 'y'] as const) {
          expect(Number.isInteger(pitch[axis]) && Number.isInteger(size[axis])).toBe(true);
          expect(size[axis]).toBeGreaterThan(0);
          expect(size[axis]).toBeLessThanOrEqual(pitch[axis]);
        }
      }),
    );
  });
});

describe('callersPerCell', () => {
  it('is one until there are more callers than cells, and then as few as fit', () => {
    expect([0, 1, 2_500, 2_501, 10_000].map(callersPerCell)).toEqual([1, 1, 1, 2, 4]);
  });
});

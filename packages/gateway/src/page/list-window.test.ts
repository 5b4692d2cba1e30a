import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsInSight, scrollToRow } from './list-window.ts';

describe('rowsInSight', () => {
  it('covers every row in sight, and stays small however long the list is', () => {
    const rows = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(rows, fc.nat(2_800_000), fc.integer({ min: 1, max: 2_000 }), (all, scrollTop, height) => {
        const { first, end } = rowsInSight({ scrollTop, height, rowHeight: 28, rows: all });
        expect(end - first).toBeLessThanOrEqual(Math.ceil(height / 28) + 18);
        for (const y of [scrollTop, scrollTop + height - 1]) {
          const row = Math.floor(y / 28);
          if (row < all) expect(first <= row && row < end).toBe(true);
        }
        expect(first).toBeGreaterThanOrEqual(0);
        expect(end).toBeLessThanOrEqual(all);
      }),
    );
  });
});

describe('scrollToRow', () => {
  it('moves only as far as it must', () => {
    expect(scrollToRow(5, 100, 200, 20)).toBe(100);
    expect(scrollToRow(4, 100, 200, 20)).toBe(80);
    expect(scrollToRow(15, 100, 200, 20)).toBe(120);
  });
});

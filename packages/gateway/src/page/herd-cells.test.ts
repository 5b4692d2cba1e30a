import { describe, expect, it } from 'vitest';
import type { LabSide } from '../api/index.ts';
import { callersOf, HerdCells } from './herd-cells.ts';

function side(counts: Partial<LabSide>): LabSide {
  const latency = { p50: 0, p99: 0, max: 0 };
  const none = { providerCalls: 0, usd: 0, rateLimited: 0, answered: 0, stale: 0, refused: 0, comeBackIn: 0 };
  return { ...none, failures: 0, waiting: 0, latency, ...counts };
}

function shown(herd: HerdCells): string {
  const letters = { empty: ' ', waiting: '.', fresh: 'f', stale: 's', refused: 'r', failed: 'x' };
  return herd.cells.map((cell) => letters[cell]).join('');
}

describe('HerdCells', () => {
  it('gives what a sum grew by to those who waited longest', () => {
    const herd = new HerdCells();
    herd.update(side({ waiting: 5 }));
    expect(shown(herd)).toBe('.....');
    herd.update(side({ waiting: 3, answered: 1, failures: 1 }));
    expect(shown(herd)).toBe('fx...');
    herd.update(side({ waiting: 0, answered: 4, stale: 2, failures: 1 }));
    expect(shown(herd)).toBe('fxfss');
  });

  it('marks who was told when to come back, and begins anew when that sum shrinks', () => {
    const herd = new HerdCells();
    herd.update(side({ waiting: 4 }));
    herd.update(side({ waiting: 1, refused: 2, failures: 1 }));
    expect(shown(herd)).toBe('rrx.');
    herd.update(side({ waiting: 3, refused: 1, failures: 1 }));
    expect(shown(herd)).toBe('rx...');
  });

  it('leaves a herd as it was answered when the next one fails', () => {
    const herd = new HerdCells();
    herd.update(side({ answered: 3 }));
    herd.update(side({ answered: 3, waiting: 3 }));
    herd.update(side({ answered: 3, failures: 3 }));
    expect(shown(herd)).toBe('fffxxx');
  });

  it('begins anew when the lab was reset, even with a herd right behind', () => {
    const herd = new HerdCells();
    herd.update(side({ answered: 4, failures: 2 }));
    herd.update(side({ answered: 0, waiting: 6 }));
    expect(shown(herd)).toBe('......');
    herd.update(side({}));
    expect(shown(herd)).toBe('');
  });

  it('counts every caller once', () => {
    expect(callersOf(side({ answered: 5, stale: 2, refused: 6, failures: 3, waiting: 4 }))).toBe(18);
  });
});

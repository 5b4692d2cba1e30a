import type { LabSide } from '../api/index.ts';

/** What became of a caller. `refused`: told when to come back; `empty`: there is no such caller. */
export type CellState = 'empty' | 'waiting' | 'fresh' | 'stale' | 'refused' | 'failed';

const ends = ['fresh', 'stale', 'refused', 'failed'] as const;
const none = { fresh: 0, stale: 0, refused: 0, failed: 0 };

/**
 * The callers of one side of the lab, a cell each, in the order in which they came. The server tells sums only; a sum
 * that grew says what the callers who waited longest have got, so a herd that was answered stays as it was when the
 * next one fails.
 */
export class HerdCells {
  #cells: CellState[] = [];
  #firstWaiting = 0;
  #seen = none;

  get cells(): readonly CellState[] {
    return this.#cells;
  }

  /** @returns the index of the first cell that may have changed */
  update(side: LabSide): number {
    const now = endsOf(side);
    const total = callersOf(side);
    const shrunk = ends.some((end) => now[end] < this.#seen[end]);
    if (shrunk || total < this.#cells.length) this.#clear();
    const first = this.#firstWaiting;
    while (this.#cells.length < total) this.#cells.push('waiting');
    for (const state of ends) {
      this.#cells.fill(state, this.#firstWaiting, this.#firstWaiting + now[state] - this.#seen[state]);
      this.#firstWaiting += now[state] - this.#seen[state];
    }
    this.#seen = now;
    return first;
  }

  #clear(): void {
    this.#cells = [];
    this.#firstWaiting = 0;
    this.#seen = none;
  }
}

/** How the callers ended that wait no more. */
export function endsOf({
  answered,
  stale,
  refused,
  failures,
}: LabSide): Record<(typeof ends)[number], number> {
  return { fresh: answered - stale, stale, refused, failed: failures };
}

/** All callers of a side since the last reset. */
export function callersOf(side: LabSide): number {
  return side.answered + side.refused + side.failures + side.waiting;
}

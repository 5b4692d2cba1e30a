import type { LabSide } from '../api.ts';

/** What became of a caller. `empty`: there is no such caller. */
export type CellState = 'empty' | 'waiting' | 'fresh' | 'stale' | 'failed';

/**
 * The callers of one side of the lab, a cell each, in the order in which they came. The server tells sums only; a sum
 * that grew says what the callers who waited longest have got, so a herd that was answered stays as it was when the
 * next one fails.
 */
export class HerdCells {
  #cells: CellState[] = [];
  #firstWaiting = 0;
  #seen = { fresh: 0, stale: 0, failed: 0 };

  get cells(): readonly CellState[] {
    return this.#cells;
  }

  /** @returns the index of the first cell that may have changed */
  update(side: LabSide): number {
    const now = { fresh: side.answered - side.stale, stale: side.stale, failed: side.failures };
    const total = callersOf(side);
    const shrunk =
      now.fresh < this.#seen.fresh || now.stale < this.#seen.stale || now.failed < this.#seen.failed;
    if (shrunk || total < this.#cells.length) this.#clear();
    const first = this.#firstWaiting;
    while (this.#cells.length < total) this.#cells.push('waiting');
    for (const state of ['fresh', 'stale', 'failed'] as const) {
      this.#cells.fill(state, this.#firstWaiting, this.#firstWaiting + now[state] - this.#seen[state]);
      this.#firstWaiting += now[state] - this.#seen[state];
    }
    this.#seen = now;
    return first;
  }

  #clear(): void {
    this.#cells = [];
    this.#firstWaiting = 0;
    this.#seen = { fresh: 0, stale: 0, failed: 0 };
  }
}

/** All callers of a side since the last reset. */
export function callersOf(side: LabSide): number {
  return side.answered + side.failures + side.waiting;
}

/** Where the cells of a grid lie, in CSS pixels; cell `i` is in column `i % columns` of row `floor(i / columns)`. */
export interface CellLayout {
  readonly columns: number;
  readonly rows: number;
  /** From one cell's left edge to the next one's. */
  readonly pitch: number;
  /** The side of a cell: the pitch less the gap. */
  readonly side: number;
}

const largestPitch = 64;

/** A full rectangle is worth cells that are this much smaller than they could be. */
const rectangleShare = 0.93;

/**
 * Square cells as large as let `count` of them fit into `width` × `height`, or nearly so where that makes every row
 * a full one.
 */
export function layoutCells(count: number, width: number, height: number): CellLayout {
  const cells = Math.max(1, count);
  const pitchOf = (columns: number) =>
    Math.min(width / columns, height / Math.ceil(cells / columns), largestPitch);
  let [best, rectangle] = [1, 1];
  for (let columns = 1; columns <= cells; columns += 1) {
    if (pitchOf(columns) > pitchOf(best)) best = columns;
    if (cells % columns === 0 && pitchOf(columns) > pitchOf(rectangle)) rectangle = columns;
  }
  const columns = pitchOf(rectangle) >= rectangleShare * pitchOf(best) ? rectangle : best;
  const pitch = pitchOf(columns);
  const gap = pitch > 24 ? 4 : pitch > 12 ? 3 : pitch > 5 ? 1.5 : pitch > 2.5 ? 0.75 : 0;
  return { columns, rows: Math.ceil(cells / columns), pitch, side: pitch - gap };
}

/** How many callers one cell stands for, so that no grid has more cells than can be told apart. */
export function callersPerCell(callers: number, mostCells: number): number {
  return Math.max(1, Math.ceil(callers / mostCells));
}

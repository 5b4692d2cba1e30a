/**
 * Where the cells of a grid lie, in whole pixels of the screen, as edges between pixels would shimmer; cell `i` is in
 * column `i % columns` of row `floor(i / columns)`.
 */
export interface CellLayout {
  readonly columns: number;
  readonly rows: number;
  /** From one cell's left edge to the next one's, and from its upper edge to that of the one below. */
  readonly pitch: { readonly x: number; readonly y: number };
  /** The pitch less the gap. */
  readonly size: { readonly x: number; readonly y: number };
}

/** In CSS pixels. */
const largestPitch = 120;
/** Cells need not be squares, so that few of them fill the width, but not much longer than wide. */
const tallest = 1.25;
const widest = 1.5;
/** A full rectangle is worth cells that are this much worse placed than they could be. */
const rectangleShare = 0.9;
/** As many can be told apart on a phone, too. */
const mostCells = 2_500;

/**
 * Cells as large and as square as let `count` of them fill the width, or nearly so where that makes every row a full
 * one.
 *
 * @param width of the area, as its height in pixels of the screen
 * @param scale pixels of the screen to a CSS pixel
 */
export function layoutCells(count: number, width: number, height: number, scale = 1): CellLayout {
  const cells = Math.max(1, count);
  const pitchOf = (columns: number) => {
    const limit = largestPitch * scale;
    const [x, y] = [Math.min(width / columns, limit), Math.min(height / Math.ceil(cells / columns), limit)];
    return { x: whole(Math.min(x, y * widest)), y: whole(Math.min(y, x * tallest)) };
  };
  const worthOf = (columns: number) => {
    const { x, y } = pitchOf(columns);
    // Of the height, what full cells fill.
    const [filledX, filledY] = [(columns * x) / width, ((cells / columns) * y) / height];
    const square = Math.min(x, y) / Math.max(x, y);
    return filledX ** 2 * filledY * Math.sqrt(square) * (cells % columns === 0 ? 1 : rectangleShare);
  };
  let [columns, worth] = [1, worthOf(1)];
  for (let other = 2; other <= cells; other += 1) {
    const otherWorth = worthOf(other);
    if (otherWorth > worth) [columns, worth] = [other, otherWorth];
  }
  const pitch = pitchOf(columns);
  const gap = gapOf(Math.min(pitch.x, pitch.y), scale);
  return { columns, rows: Math.ceil(cells / columns), pitch, size: { x: pitch.x - gap, y: pitch.y - gap } };
}

function gapOf(pitch: number, scale: number): number {
  const points = pitch / scale;
  const gap = points > 24 ? 4 : points > 12 ? 3 : points > 5 ? 1.5 : points > 2.5 ? 0.75 : 0;
  return Math.round(gap * scale);
}

/** More cells than pixels are not drawn on purpose; they are not lost either. */
function whole(pitch: number): number {
  return pitch < 1 ? pitch : Math.floor(pitch);
}

/** How many callers one cell stands for, so that no grid has more cells than can be told apart. */
export function callersPerCell(callers: number): number {
  return Math.max(1, Math.ceil(callers / mostCells));
}

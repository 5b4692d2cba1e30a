/** A stretch of a list's rows. */
export interface RowWindow {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
}

/** The rows that are in sight, and some around them so that scrolling finds them drawn. All in pixels. */
export function rowsInSight(view: {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly rows: number;
}): RowWindow {
  const around = 8;
  const first = Math.floor(view.scrollTop / view.rowHeight) - around;
  const end = Math.ceil((view.scrollTop + view.height) / view.rowHeight) + around;
  return { first: Math.max(0, Math.min(first, view.rows)), end: Math.max(0, Math.min(end, view.rows)) };
}

/** Where to scroll so that a row is wholly in sight; where it is already when it is. */
export function scrollToRow(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return Math.max(scrollTop, top + rowHeight - height);
}

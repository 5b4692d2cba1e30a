/** What a canvas needs of the style sheet's colours; the style sheet is their only home. */
export interface Palette {
  readonly empty: string;
  readonly waiting: string;
  readonly fresh: string;
  readonly stale: string;
  readonly refused: string;
  readonly failed: string;
  readonly call: string;
  readonly reading: string;
  readonly left: string;
  /** What a caller has not read yet, and what one who has left did not read. */
  readonly unread: string;
  readonly gone: string;
  readonly line: string;
}

export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    empty: color('cell-empty'),
    waiting: color('cell-waiting'),
    fresh: color('fresh'),
    stale: color('stale'),
    refused: color('refused'),
    failed: color('failed'),
    call: color('call'),
    reading: color('call'),
    left: color('cell-waiting'),
    unread: color('cell-unread'),
    gone: color('cell-gone'),
    line: color('line'),
  };
}

/** Calls back when the reader's system goes from light to dark or back. */
export function onPaletteChange(listener: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', listener);
}

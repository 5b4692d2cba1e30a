/** What edits of the folder cost: what was made because of them, and what was not. Paths are sorted. */
export interface EditCost {
  /** Source files after it. */
  readonly files: number;
  /** Files that are new in the folder, and that are not there any more. */
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Files whose outline was made. */
  readonly regenerated: readonly string[];
  /** Of these, the ones whose outline had been invalidated. */
  readonly invalidated: readonly string[];
  /** Files whose outline is one that had been kept, as they are what they were then: nothing was made. */
  readonly restored: readonly string[];
  /** `restored`: the folder's symbols are what they were at an earlier time, and that index had been kept. */
  readonly symbolIndex: 'unchanged' | 'made' | 'restored' | 'failed';
  /** That generators ran, all kinds together. Looking whether anything has changed costs the same without an edit. */
  readonly spentSeconds: number;
}

/** The last edit, as the terminal tells it. */
export interface LastEdit {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `src/a.ts changed → 1 of 412 outlines, symbol index unchanged: early cutoff (8 ms)` */
  readonly sentence: string;
}

/** `POST /api/refresh`: looks at every file again. What the edits since the last look cost, and what the look took. */
export interface RefreshAnswer extends EditCost {
  readonly seconds: number;
}

import type { Explanation, Origin } from 'holdfast';

/** `GET /api/why?path=src/a.ts`: how the outline of a file stands and why, then everything that was made from it. */
export interface WhyAnswer {
  readonly path: string;
  /** The outline first; what was made from it after it. */
  readonly entries: readonly WhyEntry[];
}

/** Why an entry is as it is. Digests are the first 12 of their 64 hex digits, or a word such as `absent`. */
export interface WhyEntry {
  /** `outline(src/a.ts)`, `symbol_index` */
  readonly entry: string;
  readonly kind: string;
  readonly state: Explanation['state'];
  /** One sentence for people. */
  readonly because: string;
  readonly ageMs?: number;
  /** Values that are kept for other states of what it is made from. */
  readonly others: number;
  /** Why it was made although one was kept; absent if it was made once only. `at`: milliseconds since 1970. */
  readonly regenerated?: {
    readonly because: Origin['because'];
    readonly at: number;
    readonly on?: string;
    readonly was?: string;
    readonly is?: string;
  };
  /** What differs now. */
  readonly difference?: { readonly on: string; readonly was: string; readonly is: string };
  /** The first of what it was made from, and how many there are. */
  readonly madeFrom: readonly { readonly type: string; readonly on: string; readonly digest: string }[];
  readonly madeFromCount: number;
}

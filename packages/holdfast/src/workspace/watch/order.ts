import type { WatchReport } from './platform.ts';

/** What the thread is told. It does one after the other. */
export type Order =
  | { readonly type: 'arm'; readonly paths: readonly string[]; readonly as: 'directory' | 'file' }
  | { readonly type: 'disarm'; readonly paths: readonly string[] }
  | { readonly type: 'sync'; readonly id: number }
  | { readonly type: 'close' };

/** The hints for a directory, in a form that costs little to send: once for each name. */
export interface Gathered {
  readonly directory: string;
  readonly structural: readonly string[];
  readonly others: readonly string[];
  /** Whether there is a hint without a name, and whether it is structural. */
  readonly nameless: 'no' | 'yes' | 'structural';
}

/** What the thread tells, in batches. */
export type Word =
  | Exclude<WatchReport, { type: 'touched' | 'died' }>
  | { readonly type: 'gathered'; readonly directories: readonly Gathered[] }
  /** A directory that is to be removed when the thread cannot do it any more. */
  | { readonly type: 'made'; readonly directory: string };

export interface ThreadData {
  readonly roots: readonly string[];
  /** Directories for cookies, the most wanted first. */
  readonly cookies: readonly string[];
}

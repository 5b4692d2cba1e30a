import type { Outcome } from '../model/outcome.ts';

/**
 * A caller that can use a part of a value: it is shown what a generation has of it so far, when it joins or as soon as there
 * is something to be shown. What that is, the generator and its callers have agreed on; the engine hands it over unseen.
 */
export interface Viewer {
  /** Called at most once for each flight that the call waits for. @param outcome of the call, if the flight makes the value */
  show(unfinished: unknown, outcome: Outcome): void;
  /** It has handed a part on: whatever is not the rest of the same value is a failure to it, a stale value too. */
  readonly isCommitted: boolean;
  /** What the call fails with where the value that was made is of no use to it; undefined where it is. */
  refusalOf?(value: unknown): unknown;
}

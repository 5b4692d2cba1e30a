import type { ReportedCost } from '../model/cost.ts';
import type { Digest } from '../model/dependency.ts';
import type { Trace, Verdict } from '../model/trace.ts';

/**
 * What only some entries have: tags, a reported cost, a trace. Most have none of it, and then no note either.
 */
export interface EntryNote {
  readonly tags: readonly string[];
  readonly cost: ReportedCost | undefined;
  readonly trace: Trace | undefined;
  /** When all dependencies were last found to be the same; milliseconds of the cache's clock. */
  verifiedAt: number;
  /** What the last check came to. */
  verdict: Verdict;
  /** Which check that was, of all those of the cache in the order in which they began; 0 before the first. */
  checkedBy: number;
  /** The digest of the value, once something asked for it. */
  digest: Digest | undefined;
}

import type { ReportedCost } from '../model/cost.ts';
import type { Digest } from '../model/dependency.ts';
import type { Origin } from '../model/origin.ts';
import type { Trace, Verdict } from '../model/trace.ts';

/**
 * What only some entries have: tags, a reported cost, a trace. Most have none of it, and then no note either. A note
 * belongs to one value: another value of the entry has another one.
 */
export interface EntryNote {
  readonly tags: readonly string[];
  readonly cost: ReportedCost | undefined;
  readonly trace: Trace | undefined;
  /** Why the value was made; undefined where nothing was kept before, or it was set. */
  readonly origin: Origin | undefined;
  /** When all dependencies were last found to be the same; milliseconds of the cache's clock. */
  verifiedAt: number;
  /** What the last check came to. */
  verdict: Verdict;
  /** Which check that was, of all those of the cache in the order in which they began; 0 before the first. */
  checkedBy: number;
  /**
   * The revision of the watch at which its files were last known to be what the trace states; -1 where that is not known.
   * A checked read does not ask.
   */
  provenAt: number;
  /** Another entry is served without a look because this one is here and holds. */
  bears: boolean;
  /** A reader was handed the value since it was made or refreshed; hits that the slot still counts apart. */
  read: boolean;
  /** The digest of the value, once something asked for it. */
  digest: Digest | undefined;
  /** The entry's other values, the newest verified first. Only the note of the value in the slot has any. */
  others: readonly Variant[];
}

/**
 * A value that an entry keeps beside the one in its slot: made from another state of what it was made from, and right
 * again when that state is back.
 */
export interface Variant {
  readonly value: unknown;
  /** Bytes. */
  readonly weight: number;
  readonly madeAt: number;
  agedAt: number;
  readonly seconds: number;
  readonly note: EntryNote;
}

/**
 * Decides which entry goes when there are too many. It reads the slots' records (weight, hits, fingerprint) and keeps
 * its lists in them. Slots are small integers, used again after their entry left.
 *
 * No method throws, and each takes constant time, `victim` on average.
 */
export interface EvictionPolicy {
  /** Whether `touch` must be called at every hit; a policy that reads `hits` needs no call on the hit path. */
  readonly wantsTouch: boolean;
  /** Slots will be below `capacity` from now on. */
  grow(capacity: number): void;
  /** The slot's record is filled. */
  add(slot: number): void;
  touch(slot: number): void;
  /** The slot's entry was replaced by one that weighs `delta` bytes more. */
  reweigh(slot: number, delta: number): void;
  /** The slot's `hits` are about to be set back to 0. */
  rebase(slot: number): void;
  /** The slot's record is still filled. */
  remove(slot: number): void;
  /** The slot whose entry should go. Asked only while there is an entry; its removal follows as `remove`. */
  victim(): number;
  /** Slots in the policy's lists, for the invariant walk. */
  walk(): Iterable<number>;
}

export type EvictionName = 's3-fifo' | 'lru';

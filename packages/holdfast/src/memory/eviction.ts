/** What an eviction policy may see of the entries: their slots, weights and hits. */
export interface EvictionView {
  /** Bytes of each slot's entry. */
  readonly weight: Float64Array;
  /** Hits of each slot's entry, counted up by the hit path. */
  readonly hits: Float64Array;
  /** A 32-bit hash of the slot's owner and key, for remembering entries that are gone. */
  hashOf(slot: number): number;
}

/**
 * Decides which entry goes when there are too many. Slots are small integers, used again after their entry left.
 * No method throws, and each takes constant time, `victim` on average.
 */
export interface EvictionPolicy {
  /** Whether `touch` must be called at every hit; a policy that reads `hits` needs no call on the hit path. */
  readonly wantsTouch: boolean;
  /** Slots will be below `capacity` from now on, and the view's arrays are new. */
  grow(capacity: number, view: EvictionView): void;
  add(slot: number): void;
  touch(slot: number): void;
  /** The slot's entry weighs something else now; `delta` is new minus old bytes. */
  reweigh(slot: number, delta: number): void;
  /** `hits[slot]` is about to be set back to 0. */
  rebase(slot: number): void;
  remove(slot: number): void;
  /** The slot whose entry should go. Asked only while there is an entry; its removal follows as `remove`. */
  victim(): number;
  /** Slots in the policy's lists, for the invariant walk. */
  walk(): Iterable<number>;
}

export type EvictionName = 's3-fifo' | 'lru';

/**
 * The numbers of every slot, 64 bytes each: a slot's whole record is one line of the processor's cache, so that putting
 * an entry in and taking one out touch two lines in place of a dozen.
 *
 * The same bytes are seen as eight doubles and as sixteen 32-bit words; the constants are the places of the fields
 * within a record. The hit path reads `doubles` directly.
 */
export class Records {
  doubles = new Float64Array(0);
  words = new Int32Array(0);

  get capacity(): number {
    return this.doubles.length / recordDoubles;
  }

  grow(capacity: number): void {
    const buffer = new ArrayBuffer(capacity * recordDoubles * Float64Array.BYTES_PER_ELEMENT);
    const doubles = new Float64Array(buffer);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.words = new Int32Array(buffer);
  }
}

/** Doubles in a record. */
export const recordDoubles = 8;
/** Words in a record. */
export const recordWords = 16;

/**
 * Double: a read before this time (milliseconds of the cache's clock) is a hit, and nothing else has to be looked at.
 * The end of the ttl; or the start of refreshing ahead; or minus infinity where dependencies have to be checked first.
 */
export const freshUntil = 0;
/** Double: hits since they were last handed to the owner's account. */
export const hits = 1;
/** Double: from when on the entry is stale; infinity without a ttl. */
export const agedAt = 2;
/** Double: when the value was made. */
export const madeAt = 3;
/** Double: bytes, as recorded at insertion. */
export const weight = 4;
/** Double: what it took to make the value. */
export const seconds = 5;
/** Word: the next younger slot in the eviction policy's list. */
export const next = 12;
/** Word: the next older slot. */
export const previous = 13;
/** Word: a fingerprint of owner and key, by which entries that are gone are remembered. Bit 0 is the policy's own. */
export const print = 14;
/** Word: for the eviction policy, the hits that it has taken into account. */
export const seen = 15;

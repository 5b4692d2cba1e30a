/**
 * The numbers of every slot, by how often they are looked at.
 *
 * `hot` is what the hit path reads and writes: a pair of doubles, so that four slots share a line of the processor's
 * cache. Everything else is a record of 48 bytes, seen as six doubles and as twelve 32-bit words: putting an entry in
 * and taking one out touch one line each, in place of one for every field. The constants are places within a pair and
 * within a record.
 */
export class Records {
  hot = new Float64Array(0);
  doubles = new Float64Array(0);
  words = new Int32Array(0);

  get capacity(): number {
    return this.hot.length / hotDoubles;
  }

  grow(capacity: number): void {
    const hot = new Float64Array(capacity * hotDoubles);
    hot.set(this.hot);
    this.hot = hot;
    const doubles = new Float64Array(capacity * recordDoubles);
    doubles.set(this.doubles);
    this.doubles = doubles;
    this.words = new Int32Array(doubles.buffer);
  }
}

/** Doubles in a pair. */
export const hotDoubles = 2;
/**
 * Hot: a read before this time (milliseconds of the cache's clock) is a hit, and nothing else has to be looked at. The
 * end of the ttl; or the start of refreshing ahead; or minus infinity where dependencies have to be checked first, unless
 * watching proves them (`cache/watched-entries.ts`).
 */
export const freshUntil = 0;
/** Hot: hits since they were last handed to the owner's account. */
export const hits = 1;

/** Doubles in a record. */
export const recordDoubles = 6;
/** Words in a record. */
export const recordWords = 12;
/** Double: from when on the entry is stale; infinity without a ttl. */
export const agedAt = 0;
/** Double: when the value was made. */
export const madeAt = 1;
/** Double: bytes, as recorded at insertion. */
export const weight = 2;
/** Double: what it took to make the value. */
export const seconds = 3;
/** Word: the next younger slot in the eviction policy's list. */
export const next = 8;
/** Word: the next older slot. */
export const previous = 9;
/** Word: a fingerprint of owner and key, by which entries that are gone are remembered. Bit 0 is the policy's own. */
export const print = 10;
/** Word: for the eviction policy, the hits that it has taken into account. */
export const seen = 11;

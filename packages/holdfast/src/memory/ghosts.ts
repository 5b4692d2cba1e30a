/**
 * Which entries left a short while ago, as fingerprints of their keys: a table of buckets, each of four fingerprints
 * with the time of their leaving, counted in leavings. In a full bucket the oldest is overwritten, so that some are
 * forgotten early; that costs a few in a hundred, and nothing else. Eight bytes a place.
 */
export class Ghosts {
  /** Fingerprint and time, in turns. A time of 0 is nobody's. */
  #places = new Int32Array(0);
  #mask = 0;
  #now = 0;

  /** Forgets everything: memory grows only before anything has left. */
  resize(capacity: number): void {
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, capacity / bucketSize)));
    this.#places = new Int32Array(buckets * bucketSize * 2);
    this.#mask = buckets - 1;
  }

  add(fingerprint: number): void {
    this.#now = (this.#now + 1) | 0 || 1;
    const places = this.#places;
    const start = this.#bucketOf(fingerprint);
    let oldest = start;
    let greatest = -1;
    for (let at = start; at < start + bucketSize * 2; at += 2) {
      const time = places[at + 1] as number;
      const age = time === 0 ? Number.MAX_SAFE_INTEGER : (this.#now - time) >>> 0;
      if (age > greatest) {
        greatest = age;
        oldest = at;
      }
    }
    places[oldest] = fingerprint;
    places[oldest + 1] = this.#now;
  }

  /** True, once, if the fingerprint is among the last `span` that were added. */
  take(fingerprint: number, span: number): boolean {
    const places = this.#places;
    const start = this.#bucketOf(fingerprint);
    for (let at = start; at < start + bucketSize * 2; at += 2) {
      const time = places[at + 1] as number;
      if (time === 0 || places[at] !== fingerprint) continue;
      places[at + 1] = 0;
      return (this.#now - time) >>> 0 < span;
    }
    return false;
  }

  /** Bit 0 of a fingerprint is the policy's own, and the same in all: it chooses no bucket. */
  #bucketOf(fingerprint: number): number {
    return ((fingerprint >>> 1) & this.#mask) * bucketSize * 2;
  }
}

const bucketSize = 4;

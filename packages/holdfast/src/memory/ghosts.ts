/**
 * Which entries left a short while ago, as fingerprints: a table of hashes, each with the time of its leaving counted
 * in leavings. A newer fingerprint may overwrite an older one in its place, so that some are forgotten early; with
 * twice as many places as ghosts that costs a few in a hundred, and nothing else.
 */
export class Ghosts {
  #hashes = new Uint32Array(0);
  #times = new Float64Array(0);
  #mask = 0;
  #now = 0;

  /** Forgets everything: a resize happens only while memory is growing, when nothing has left yet. */
  resize(capacity: number): void {
    const places = 2 ** Math.ceil(Math.log2(Math.max(2, capacity * 2)));
    this.#hashes = new Uint32Array(places);
    this.#times = new Float64Array(places).fill(Number.NEGATIVE_INFINITY);
    this.#mask = places - 1;
  }

  add(hash: number): void {
    const place = hash & this.#mask;
    this.#now += 1;
    this.#hashes[place] = hash;
    this.#times[place] = this.#now;
  }

  /** True, once, if the hash is among the last `span` that were added. */
  take(hash: number, span: number): boolean {
    const place = hash & this.#mask;
    if (this.#hashes[place] !== hash >>> 0) return false;
    const left = this.#times[place] as number;
    if (this.#now - left >= span) return false;
    this.#times[place] = Number.NEGATIVE_INFINITY;
    return true;
  }
}

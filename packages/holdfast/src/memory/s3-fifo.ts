import type { EvictionPolicy, EvictionView } from './eviction.ts';
import { Ghosts } from './ghosts.ts';
import { SlotLinks, SlotList } from './slot-list.ts';

/**
 * S3-FIFO, from Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023),
 * weighted by bytes.
 *
 * Three queues. New entries enter `small`, a tenth of the room, where the many that are wanted only once pass through
 * without disturbing the rest: that makes it scan-resistant. One that was hit meanwhile moves on to `main`; one that
 * was not leaves, and its fingerprint stays among the ghosts for as many leavings as `main` holds entries. An entry
 * that comes back while its ghost is there enters `main` at once. The oldest of `main` leaves if it was not hit since
 * it was last looked at, and goes round again otherwise, three times at most for any number of hits.
 *
 * The queues are linked lists in place of rings, because invalidation takes entries out of their middle.
 *
 * The hit path does not know of this class. It counts `hits[slot]` up for the ledger, and the paper's two-bit counter
 * is what was added since `seen[slot]`, read only when an entry comes to the end of its queue.
 *
 * Bytes and entries are bounded both, so a queue's share is the larger of its two fractions.
 */
export class S3Fifo implements EvictionPolicy {
  readonly wantsTouch = false;
  readonly #links = new SlotLinks();
  readonly #small = new SlotList(this.#links);
  readonly #main = new SlotList(this.#links);
  readonly #ghosts = new Ghosts();
  readonly #smallCount: number;
  readonly #smallBytes: number;
  #inMain = new Uint8Array(0);
  #seen = new Float64Array(0);
  #view: EvictionView = { weight: new Float64Array(0), hits: new Float64Array(0), hashOf: () => 0 };

  constructor(maxEntries: number, maxBytes: number) {
    this.#smallCount = maxEntries * smallShare;
    this.#smallBytes = maxBytes * smallShare;
  }

  grow(capacity: number, view: EvictionView): void {
    this.#links.grow(capacity);
    this.#ghosts.resize(capacity);
    const inMain = new Uint8Array(capacity);
    const seen = new Float64Array(capacity);
    inMain.set(this.#inMain);
    seen.set(this.#seen);
    this.#inMain = inMain;
    this.#seen = seen;
    this.#view = view;
  }

  add(slot: number): void {
    this.#seen[slot] = this.#view.hits[slot] as number;
    const back = this.#ghosts.take(this.#view.hashOf(slot), Math.max(this.#main.count, 1));
    this.#inMain[slot] = back ? 1 : 0;
    this.#queueOf(slot).append(slot, this.#weight(slot));
  }

  touch(): void {}

  reweigh(slot: number, delta: number): void {
    this.#queueOf(slot).bytes += delta;
  }

  rebase(slot: number): void {
    this.#seen[slot] = -this.#frequency(slot);
  }

  remove(slot: number): void {
    this.#queueOf(slot).delete(slot, this.#weight(slot));
  }

  victim(): number {
    for (;;) {
      const { count, bytes, first } = this.#small;
      const smallIsOver = count > this.#smallCount || bytes > this.#smallBytes || this.#main.count === 0;
      if (smallIsOver && count > 0) {
        if (this.#frequency(first) === 0) {
          this.#ghosts.add(this.#view.hashOf(first));
          return first;
        }
        this.#moveToMain(first);
      } else {
        const oldest = this.#main.first;
        const frequency = this.#frequency(oldest);
        if (frequency === 0) return oldest;
        this.#goRound(oldest, frequency - 1);
      }
    }
  }

  *walk(): Iterable<number> {
    yield* this.#small;
    yield* this.#main;
  }

  #moveToMain(slot: number): void {
    const weight = this.#weight(slot);
    this.#small.delete(slot, weight);
    this.#inMain[slot] = 1;
    this.#seen[slot] = this.#view.hits[slot] as number;
    this.#main.append(slot, weight);
  }

  #goRound(slot: number, frequency: number): void {
    const weight = this.#weight(slot);
    this.#main.delete(slot, weight);
    this.#seen[slot] = (this.#view.hits[slot] as number) - frequency;
    this.#main.append(slot, weight);
  }

  #frequency(slot: number): number {
    return Math.min(mostFrequent, (this.#view.hits[slot] as number) - (this.#seen[slot] as number));
  }

  #queueOf(slot: number): SlotList {
    return this.#inMain[slot] === 1 ? this.#main : this.#small;
  }

  #weight(slot: number): number {
    return this.#view.weight[slot] as number;
  }
}

/** The paper's share of the small queue. */
const smallShare = 0.1;
/** The most that the paper's two-bit counter holds. */
const mostFrequent = 3;

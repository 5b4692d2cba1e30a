import type { EvictionPolicy } from './eviction.ts';
import { Ghosts } from './ghosts.ts';
import { hits, hotDoubles, print, type Records, recordWords, seen } from './records.ts';
import { SlotList } from './slot-list.ts';

/**
 * S3-FIFO, from Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction" (SOSP 2023),
 * weighted by bytes.
 *
 * Three queues. New entries enter `small`, a tenth of the room, where the many that are wanted only once pass through
 * without disturbing the rest: that makes it scan-resistant. One that was hit meanwhile moves on to `main`; one that
 * was not leaves, and its fingerprint stays among the ghosts for as many leavings as `main` can hold entries. An entry
 * that comes back while its ghost is there enters `main` at once. The oldest of `main` leaves if it was not hit since
 * it was last looked at, and goes round again otherwise, three times at most for any number of hits.
 *
 * The queues are linked lists in place of rings, because invalidation takes entries out of their middle.
 *
 * The hit path does not know of this class. It counts an entry's `hits` up for the ledger, and the paper's two-bit
 * counter is what was added since the `seen` of its record, read only when the entry comes to the end of its queue.
 *
 * Bytes and entries are bounded both, so a queue's share is the larger of its two fractions.
 */
export class S3Fifo implements EvictionPolicy {
  readonly wantsTouch = false;
  readonly #records: Records;
  readonly #small: SlotList;
  readonly #main: SlotList;
  readonly #ghosts = new Ghosts();
  readonly #smallCount: number;
  readonly #smallBytes: number;

  constructor(records: Records, maxEntries: number, maxBytes: number) {
    this.#records = records;
    this.#small = new SlotList(records);
    this.#main = new SlotList(records);
    this.#smallCount = maxEntries * smallShare;
    this.#smallBytes = maxBytes * smallShare;
  }

  grow(capacity: number): void {
    this.#ghosts.resize(capacity);
  }

  add(slot: number): void {
    const { words } = this.#records;
    words[slot * recordWords + seen] = this.#hits(slot);
    const fingerprint = (words[slot * recordWords + print] as number) & ~inMain;
    const back = this.#ghosts.take(fingerprint, this.#ghostSpan());
    words[slot * recordWords + print] = back ? fingerprint | inMain : fingerprint;
    this.#queueOf(slot).append(slot);
  }

  touch(): void {}

  reweigh(slot: number, delta: number): void {
    this.#queueOf(slot).bytes += delta;
  }

  rebase(slot: number): void {
    this.#records.words[slot * recordWords + seen] = -this.#frequency(slot);
  }

  remove(slot: number): void {
    this.#queueOf(slot).delete(slot);
  }

  victim(): number {
    const small = this.#small;
    const main = this.#main;
    for (;;) {
      const smallIsOver =
        small.count > this.#smallCount || small.bytes > this.#smallBytes || main.count === 0;
      if (smallIsOver && small.count > 0) {
        const oldest = small.first;
        if (this.#frequency(oldest) === 0) {
          this.#ghosts.add(this.#records.words[oldest * recordWords + print] as number);
          return oldest;
        }
        small.delete(oldest);
        this.#enterMain(oldest, 0);
      } else {
        const oldest = main.first;
        const frequency = this.#frequency(oldest);
        if (frequency === 0) return oldest;
        main.delete(oldest);
        this.#enterMain(oldest, frequency - 1);
      }
    }
  }

  *walk(): Iterable<number> {
    yield* this.#small;
    yield* this.#main;
  }

  /** As many leavings as `main` holds entries when it is full: while it fills, entries must be able to come back. */
  #ghostSpan(): number {
    return (1 - smallShare) * (this.#small.count + this.#main.count);
  }

  #enterMain(slot: number, frequency: number): void {
    const { words } = this.#records;
    words[slot * recordWords + print] = (words[slot * recordWords + print] as number) | inMain;
    words[slot * recordWords + seen] = (this.#hits(slot) - frequency) | 0;
    this.#main.append(slot);
  }

  #frequency(slot: number): number {
    const added = (this.#hits(slot) - (this.#records.words[slot * recordWords + seen] as number)) >>> 0;
    return added < mostFrequent ? added : mostFrequent;
  }

  /** The low 32 bits of the count: differences of a few come out right even where it is larger. */
  #hits(slot: number): number {
    return (this.#records.hot[slot * hotDoubles + hits] as number) | 0;
  }

  #queueOf(slot: number): SlotList {
    return (this.#records.words[slot * recordWords + print] as number) & inMain ? this.#main : this.#small;
  }
}

/** The paper's share of the small queue. */
const smallShare = 0.1;
/** The most that the paper's two-bit counter holds. */
const mostFrequent = 3;
/** The bit of a fingerprint that says in which queue its entry is. */
const inMain = 1;

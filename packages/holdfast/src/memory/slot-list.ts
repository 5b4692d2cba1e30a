import { next, previous, type Records, recordDoubles, recordWords, weight } from './records.ts';

/** No slot. */
const none = -1;

/**
 * A doubly linked list of slots, whose links stand in the slots' records: a queue from which any member can be taken
 * in constant time. A slot is in one list at a time.
 */
export class SlotList implements Iterable<number> {
  readonly #records: Records;
  /** The oldest. */
  first = none;
  /** The youngest. */
  last = none;
  count = 0;
  /** What the members weigh together. */
  bytes = 0;

  constructor(records: Records) {
    this.#records = records;
  }

  append(slot: number): void {
    const { words, doubles } = this.#records;
    words[slot * recordWords + previous] = this.last;
    words[slot * recordWords + next] = none;
    if (this.last === none) this.first = slot;
    else words[this.last * recordWords + next] = slot;
    this.last = slot;
    this.count += 1;
    this.bytes += doubles[slot * recordDoubles + weight] as number;
  }

  delete(slot: number): void {
    const { words, doubles } = this.#records;
    const before = words[slot * recordWords + previous] as number;
    const after = words[slot * recordWords + next] as number;
    if (before === none) this.first = after;
    else words[before * recordWords + next] = after;
    if (after === none) this.last = before;
    else words[after * recordWords + previous] = before;
    this.count -= 1;
    this.bytes -= doubles[slot * recordDoubles + weight] as number;
  }

  *[Symbol.iterator](): Generator<number> {
    for (
      let slot = this.first;
      slot !== none;
      slot = this.#records.words[slot * recordWords + next] as number
    ) {
      yield slot;
    }
  }
}

/** No slot. */
export const none = -1;

/** The links of all slots, shared by lists that hold disjoint sets of them. */
export class SlotLinks {
  previous = new Int32Array(0);
  next = new Int32Array(0);

  grow(capacity: number): void {
    const previous = new Int32Array(capacity).fill(none);
    const next = new Int32Array(capacity).fill(none);
    previous.set(this.previous);
    next.set(this.next);
    this.previous = previous;
    this.next = next;
  }
}

/** A doubly linked list of slots in typed arrays: a queue from which any member can be taken in constant time. */
export class SlotList {
  readonly #links: SlotLinks;
  first = none;
  last = none;
  count = 0;
  bytes = 0;

  constructor(links: SlotLinks) {
    this.#links = links;
  }

  append(slot: number, weight: number): void {
    const { previous, next } = this.#links;
    previous[slot] = this.last;
    next[slot] = none;
    if (this.last === none) this.first = slot;
    else next[this.last] = slot;
    this.last = slot;
    this.count += 1;
    this.bytes += weight;
  }

  delete(slot: number, weight: number): void {
    const { previous, next } = this.#links;
    const before = previous[slot] as number;
    const after = next[slot] as number;
    if (before === none) this.first = after;
    else next[before] = after;
    if (after === none) this.last = before;
    else previous[after] = before;
    this.count -= 1;
    this.bytes -= weight;
  }

  *[Symbol.iterator](): Generator<number> {
    for (let slot = this.first; slot !== none; slot = this.#links.next[slot] as number) yield slot;
  }
}

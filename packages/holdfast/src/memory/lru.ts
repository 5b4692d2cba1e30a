import type { EvictionPolicy } from './eviction.ts';
import type { Records } from './records.ts';
import { SlotList } from './slot-list.ts';

/** Least recently used: every hit moves its entry to the young end, the old end goes. */
export class Lru implements EvictionPolicy {
  readonly wantsTouch = true;
  readonly #list: SlotList;

  constructor(records: Records) {
    this.#list = new SlotList(records);
  }

  grow(): void {}

  add(slot: number): void {
    this.#list.append(slot);
  }

  touch(slot: number): void {
    if (this.#list.last === slot) return;
    this.#list.delete(slot);
    this.#list.append(slot);
  }

  reweigh(slot: number, delta: number): void {
    this.#list.bytes += delta;
    this.touch(slot);
  }

  rebase(): void {}

  remove(slot: number): void {
    this.#list.delete(slot);
  }

  victim(): number {
    return this.#list.first;
  }

  walk(): Iterable<number> {
    return this.#list;
  }
}

import type { EvictionPolicy, EvictionView } from './eviction.ts';
import { SlotLinks, SlotList } from './slot-list.ts';

/** Least recently used: every hit moves its entry to the young end, the old end goes. */
export class Lru implements EvictionPolicy {
  readonly wantsTouch = true;
  readonly #links = new SlotLinks();
  readonly #list = new SlotList(this.#links);
  #view: EvictionView | undefined;

  grow(capacity: number, view: EvictionView): void {
    this.#links.grow(capacity);
    this.#view = view;
  }

  add(slot: number): void {
    this.#list.append(slot, this.#weight(slot));
  }

  touch(slot: number): void {
    if (this.#list.last === slot) return;
    const weight = this.#weight(slot);
    this.#list.delete(slot, weight);
    this.#list.append(slot, weight);
  }

  reweigh(slot: number, delta: number): void {
    this.#list.bytes += delta;
    this.touch(slot);
  }

  rebase(): void {}

  remove(slot: number): void {
    this.#list.delete(slot, this.#weight(slot));
  }

  victim(): number {
    return this.#list.first;
  }

  walk(): Iterable<number> {
    return this.#list;
  }

  #weight(slot: number): number {
    return this.#view?.weight[slot] ?? 0;
  }
}

import type { Encoded } from './coding.ts';
import type { Order } from './order.ts';

/** An order that was accepted and not yet answered. */
export interface Pending {
  readonly id: number;
  readonly order: Order;
  /** On the thread's own monotonic clock. */
  readonly deadline: number;
  /** Once the envelope was compressed. */
  encoded?: Encoded;
}

const groupOrders = 500;
const groupBytes = 8 * 2 ** 20;
/** So many go along with an urgent order, so that a stream of those does not hold up all the others. */
const alongside = 50;

const urgentDeeds = new Set(['acquire', 'renew', 'release']);

/**
 * Orders in the order of their arrival, except that leases do not wait behind a long row of commits; they still wait for
 * what was ordered before them for the same key.
 */
export class OrderQueue {
  #urgent: Pending[] = [];
  #others: Pending[] = [];
  /** How many of `#others` are about a key. */
  readonly #keys = new Map<string, number>();

  get size(): number {
    return this.#urgent.length + this.#others.length;
  }

  add(pending: Pending): void {
    const { order } = pending;
    const key = keyOf(order);
    if (key !== undefined && urgentDeeds.has(order.deed) && !this.#keys.has(key)) {
      this.#urgent.push(pending);
      return;
    }
    this.#others.push(pending);
    if (key !== undefined) this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
  }

  /** Takes out what the next transaction does. */
  take(): Pending[] {
    const urgent = this.#urgent.splice(0, groupOrders);
    const limit = urgent.length > 0 ? alongside : groupOrders;
    let [count, bytes] = [0, 0];
    for (const { order } of this.#others) {
      if (count === limit || bytes > groupBytes) break;
      count += 1;
      bytes += sizeOf(order);
    }
    const others = this.#others.splice(0, count);
    for (const pending of others) this.#forget(pending);
    return [...urgent, ...others];
  }

  /** Puts back what could not be done. */
  restore(group: readonly Pending[]): void {
    const later = this.#others;
    const urgent = this.#urgent;
    [this.#urgent, this.#others] = [[], []];
    this.#keys.clear();
    for (const pending of [...group, ...urgent, ...later]) this.add(pending);
  }

  /** Takes out what has waited for too long. */
  takeLate(now: number): Pending[] {
    const late = [...this.#urgent, ...this.#others].filter(({ deadline }) => deadline <= now);
    if (late.length === 0) return late;
    const gone = new Set(late);
    this.#urgent = this.#urgent.filter((pending) => !gone.has(pending));
    this.#others = this.#others.filter((pending) => !gone.has(pending));
    this.restore([]);
    return late;
  }

  #forget({ order }: Pending): void {
    const key = keyOf(order);
    const count = key === undefined ? undefined : this.#keys.get(key);
    if (key === undefined || count === undefined) return;
    if (count <= 1) this.#keys.delete(key);
    else this.#keys.set(key, count - 1);
  }
}

function keyOf(order: Order): string | undefined {
  if (order.deed === 'commit') return order.record.hash;
  return 'hash' in order ? order.hash : undefined;
}

function sizeOf(order: Order): number {
  if (order.deed === 'commit') return order.record.envelope.length;
  return order.deed === 'put' ? order.value.length : 0;
}

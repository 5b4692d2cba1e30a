/**
 * Who is next. Scopes take turns by what they were served (start-time fair queueing, Goyal, Vin and Cheng 1996): a
 * scope has a virtual time that each service moves on by its cost, and the scope with the least is served. So a scope
 * that asks for a hundred times more than another does not slow it down, and none waits for ever. Within a scope the
 * higher priority comes first, then the earlier deadline, then who came first: a priority is a scope's own affair, or
 * every tenant would claim the highest.
 *
 * When it is full, a scope that has fewer waiting than the longest takes the last place of that one.
 */
export interface Place {
  readonly scope: string;
  /** Higher goes first. */
  readonly priority: number;
  /** Monotonic milliseconds; `Infinity` for none. */
  readonly deadline: number;
  /** What serving it costs its scope; more than 0. */
  readonly cost: number;
}

interface Line<P extends Place> {
  readonly waiting: P[];
  /** Virtual time at which its first one starts. */
  start: number;
}

export type Added<P> = { readonly ok: true; readonly displaced?: P } | { readonly ok: false };

export class FairQueue<P extends Place> {
  readonly #capacity: number;
  readonly #lines = new Map<string, Line<P>>();
  #virtual = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<P> {
    for (const { waiting } of this.#lines.values()) yield* waiting;
  }

  add(place: P): Added<P> {
    let displaced: P | undefined;
    if (this.#size >= this.#capacity) {
      displaced = this.#giveWay(place);
      if (displaced === undefined) return { ok: false };
      this.remove(displaced);
    }
    const line = this.#line(place.scope);
    if (line.waiting.length === 0) line.start = Math.max(line.start, this.#virtual);
    line.waiting.splice(position(line.waiting, place), 0, place);
    this.#size += 1;
    return displaced === undefined ? { ok: true } : { ok: true, displaced };
  }

  first(): P | undefined {
    return this.#next()?.waiting[0];
  }

  /** Takes one out as served. */
  serve(place: P): void {
    const line = this.#take(place);
    if (line === undefined) return;
    this.#virtual = Math.max(this.#virtual, line.start);
    line.start += place.cost;
    this.#forget();
  }

  /** Takes one out as not served. */
  remove(place: P): void {
    if (this.#take(place) !== undefined) this.#forget();
  }

  /** Those who would be served before one, which may or may not be waiting, if nobody came or left. */
  *ahead(place: P): Generator<P> {
    const own = this.#lines.get(place.scope);
    let start =
      own === undefined || own.waiting.length === 0 ? Math.max(own?.start ?? 0, this.#virtual) : own.start;
    for (const other of own?.waiting ?? []) {
      if (other === place || goesFirst(place, other)) break;
      yield other;
      start += other.cost;
    }
    let isLater = true;
    for (const line of this.#lines.values()) {
      if (line === own) {
        isLater = false;
        continue;
      }
      let theirs = line.start;
      for (const other of line.waiting) {
        // Of two with the same time, the scope that is listed first goes first.
        if (theirs > start || (theirs === start && !isLater)) break;
        yield other;
        theirs += other.cost;
      }
    }
  }

  #take(place: P): Line<P> | undefined {
    const line = this.#lines.get(place.scope);
    const index = line?.waiting.indexOf(place) ?? -1;
    if (line === undefined || index < 0) return undefined;
    line.waiting.splice(index, 1);
    this.#size -= 1;
    return line;
  }

  #next(): Line<P> | undefined {
    let next: Line<P> | undefined;
    for (const line of this.#lines.values()) {
      if (line.waiting.length > 0 && (next === undefined || line.start < next.start)) next = line;
    }
    return next;
  }

  #giveWay(place: P): P | undefined {
    let longest = this.#lines.get(place.scope)?.waiting ?? [];
    const own = longest;
    for (const { waiting } of this.#lines.values())
      if (waiting.length > longest.length + 1) longest = waiting;
    const last = longest.at(-1);
    if (longest !== own) return last;
    return last !== undefined && goesFirst(place, last) ? last : undefined;
  }

  #line(scope: string): Line<P> {
    let line = this.#lines.get(scope);
    if (line === undefined) {
      line = { waiting: [], start: this.#virtual };
      this.#lines.set(scope, line);
    }
    return line;
  }

  /** A scope that nobody waits in and that has been overtaken is as good as new. */
  #forget(): void {
    for (const [scope, line] of this.#lines) {
      if (line.waiting.length === 0 && (this.#size === 0 || line.start <= this.#virtual))
        this.#lines.delete(scope);
    }
    if (this.#size === 0) this.#virtual = 0;
  }
}

function goesFirst(one: Place, other: Place): boolean {
  return one.priority !== other.priority ? one.priority > other.priority : one.deadline < other.deadline;
}

function position<P extends Place>(waiting: readonly P[], place: P): number {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (goesFirst(place, waiting[middle] as P)) high = middle;
    else low = middle + 1;
  }
  return low;
}

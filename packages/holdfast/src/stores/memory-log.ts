import { type Findable, means } from './matching.ts';
import type { StoreChange } from './store.ts';

export type LoggedChange = Exclude<StoreChange, { readonly type: 'missed' }>;
type Unnumbered<C> = C extends LoggedChange ? Omit<C, 'sequence'> : never;
export type NewChange = Unnumbered<LoggedChange>;

interface LogEntry {
  readonly change: LoggedChange;
  /** Whoever made it: it is not told. */
  readonly author: object;
}

/** What a commit has to heed of all that came to pass since it began. */
export type Judgement =
  | { readonly allowed: false }
  /** `expiredAt`: it was expired in the meantime. */
  | { readonly allowed: true; readonly expiredAt: number | undefined };

/** Invalidations, expiries and sets in their order; the oldest are forgotten. */
export class MemoryLog {
  readonly #kept: number;
  readonly #entries: LogEntry[] = [];
  /** The number of the last change. */
  sequence = 0;

  constructor(kept: number) {
    this.#kept = kept;
  }

  append(change: NewChange, author: object): number {
    this.sequence += 1;
    this.#entries.push({ change: { ...change, sequence: this.sequence } as LoggedChange, author });
    // In batches: taking one out of a long array moves all others.
    if (this.#entries.length >= this.#kept * 2) this.#entries.splice(0, this.#entries.length - this.#kept);
    return this.sequence;
  }

  /** What came after a change; undefined if some of it is forgotten. */
  since(sequence: number): readonly LogEntry[] | undefined {
    const first = this.sequence - this.#entries.length;
    return sequence < first ? undefined : this.#entries.slice(sequence - first);
  }

  judge(record: Findable, sequence: number): Judgement {
    const entries = this.since(sequence);
    // What is forgotten may have meant it.
    if (entries === undefined) return { allowed: false };
    let expiredAt: number | undefined;
    for (const { change } of entries) {
      if (change.type === 'set') {
        if (change.hash === record.hash) return { allowed: false };
      } else if (means(change.selector, record)) {
        if (change.type === 'invalidated') return { allowed: false };
        expiredAt = Math.min(expiredAt ?? Number.POSITIVE_INFINITY, change.at);
      }
    }
    return { allowed: true, expiredAt };
  }
}

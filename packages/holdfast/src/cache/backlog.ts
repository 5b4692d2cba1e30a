import type { Clock, Timer } from '../lib/clock.ts';
import type { Milliseconds } from '../lib/duration.ts';
import type { Key } from '../model/key.ts';
import type { RecordVariant } from '../model/record.ts';
import type { StoreSelector } from '../stores/store.ts';
import { readsFile } from './matching.ts';

/** Milliseconds after which a store that has not been told is told again, though nobody asks it for anything. */
const retryEvery: Milliseconds = 1_000;

/** A selector that is in force in this process, until the store has confirmed it. */
export interface Untold {
  readonly action: 'invalidate' | 'expire';
  readonly selector: StoreSelector;
  /** Wall time. */
  readonly at: number;
  telling?: Promise<boolean> | undefined;
}

/** A key whose newest value the store has not. */
export interface Unwritten {
  readonly key: Key;
  /** It took the place of what other processes may hold: they are to be told. */
  isSet: boolean;
}

/** How the backlog reaches the store; both tell whether the store has it. */
export interface Teller {
  tell(untold: Untold): Promise<boolean>;
  write(unwritten: Unwritten): Promise<boolean>;
}

/**
 * What the store has not been told yet. It is told as soon as the store answers again: first what is forbidden, then the
 * newest values. Until then what it gives is read as if it had been told.
 */
export class Backlog {
  readonly #clock: Clock;
  readonly #teller: Teller;
  readonly #untold = new Set<Untold>();
  readonly #unwritten = new Map<string, Unwritten>();
  #working: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(clock: Clock, teller: Teller) {
    this.#clock = clock;
    this.#teller = teller;
  }

  get isEmpty(): boolean {
    return this.#untold.size === 0 && this.#unwritten.size === 0;
  }

  /** In force for what is read of the store from now on; to be told. */
  enforce(untold: Untold): void {
    this.#untold.add(untold);
  }

  /** Resolves to whether the store has confirmed it. Never rejects. */
  tell(untold: Untold): Promise<boolean> {
    untold.telling ??= this.#teller.tell(untold).then((told) => {
      untold.telling = undefined;
      if (told) this.#untold.delete(untold);
      else this.#tryLater();
      return told;
    });
    return untold.telling;
  }

  /** Whatever is written later must not be forbidden by what came before it. Resolves to whether all has been told. */
  async tellAll(): Promise<boolean> {
    for (const untold of [...this.#untold]) if (!(await this.tell(untold))) return false;
    return true;
  }

  postpone(hash: string, unwritten: Unwritten): void {
    const isSet = unwritten.isSet || this.#unwritten.get(hash)?.isSet === true;
    this.#unwritten.set(hash, { key: unwritten.key, isSet });
    this.#tryLater();
  }

  settled(hash: string): void {
    this.#unwritten.delete(hash);
  }

  /** What is in force for a value that the store gives: `forbidden`, `aged`, or nothing. */
  judge(key: Key, variant: RecordVariant): 'forbidden' | 'aged' | undefined {
    let aged = false;
    for (const { action, selector } of this.#untold) {
      if (!means(selector, key, variant)) continue;
      if (action === 'invalidate') return 'forbidden';
      aged = true;
    }
    return aged ? 'aged' : undefined;
  }

  /** Tells the store what it does not know, as far as it answers. Once at a time. Never rejects. */
  work(): Promise<void> {
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (!this.isEmpty) this.#tryLater();
    });
    return this.#working;
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  async #work(): Promise<void> {
    if (!(await this.tellAll())) return;
    for (const [hash, unwritten] of [...this.#unwritten]) {
      if (this.#unwritten.get(hash) !== unwritten) continue;
      const done = await this.#teller.write(unwritten);
      // A newer write of it may have come meanwhile.
      if (done && this.#unwritten.get(hash) === unwritten) this.#unwritten.delete(hash);
    }
  }

  #tryLater(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined;
      void this.work();
    }, retryEvery);
    this.#timer.unref();
  }
}

function means(selector: StoreSelector, key: Key, { tags, trace }: RecordVariant): boolean {
  return (
    (selector.hash === undefined || selector.hash === key.digest) &&
    (selector.scope === undefined || selector.scope === key.scope) &&
    (selector.kind === undefined || selector.kind === key.kind) &&
    (selector.tag === undefined || tags.includes(selector.tag)) &&
    (selector.path === undefined || readsFile(trace.sources, selector.path))
  );
}

import type { StoredRecord, StoreFilter } from '../../stores/store.ts';
import type { Failure } from './failure.ts';

type Named = StoredRecord & { readonly hash: string; readonly used: number };

/** A part of something long; `after` is where the next begins, if there is one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly after: number | undefined;
}

/** What the reader is asked, and what it answers. */
export interface Questions {
  records: [
    { readonly hashes: readonly string[] },
    { readonly found: readonly Named[]; readonly damaged: readonly string[] },
  ];
  scan: [{ readonly filter: StoreFilter; readonly after: number }, Page<Named>];
  items: [
    { readonly table: string; readonly after: number },
    Page<readonly [name: string, value: Uint8Array]>,
  ];
  dependents: [{ readonly on: { readonly path: string } | { readonly key: string } }, readonly string[]];
}

export type Topic = keyof Questions;
export type Question = { [T in Topic]: Questions[T][0] & { readonly topic: T } }[Topic];
export type Answer = Questions[Topic][1];

export type ReaderReport =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure };

import type { SharedFailure } from '../../lib/errors.ts';
import type { Claim, Fence, NewRecord, StoreSelector } from '../../stores/store.ts';
import type { Failure } from './failure.ts';
import type { Settings } from './options.ts';

/** What the writer is asked to do, and what comes of it. */
export interface Deeds {
  commit: [
    { readonly record: NewRecord; readonly fence?: Fence | undefined },
    'committed' | 'fenced' | 'full',
  ];
  delete: [{ readonly hash: string }, undefined];
  invalidate: [{ readonly selector: StoreSelector }, number];
  expire: [{ readonly selector: StoreSelector; readonly at: number }, number];
  /** `joined`: the token of the lease that the asker has waited for. */
  acquire: [
    { readonly hash: string; readonly term: number; readonly joined: number | undefined },
    Claim & { readonly holder?: number },
  ];
  renew: [{ readonly hash: string; readonly token: number; readonly term: number }, boolean];
  release: [
    { readonly hash: string; readonly token: number; readonly failure: SharedFailure | undefined },
    undefined,
  ];
  /** These were used, at a time that is only about right. */
  use: [{ readonly hashes: readonly string[]; readonly at: number }, undefined];
  put: [{ readonly table: string; readonly name: string; readonly value: Uint8Array }, undefined];
  drop: [{ readonly table: string; readonly name: string }, undefined];
}

export type Deed = keyof Deeds;
export type Order = { [D in Deed]: Deeds[D][0] & { readonly deed: D } }[Deed];
export type Result = Deeds[Deed][1];

/** To the writer. */
export type WriterMessage =
  | { readonly type: 'orders'; readonly orders: readonly (readonly [id: number, order: Order])[] }
  /** The caller has met damage, or another file in the place of this one. */
  | { readonly type: 'look'; readonly suspicious: boolean }
  | { readonly type: 'close' };

/** From the writer. */
export type WriterReport =
  | {
      readonly type: 'opened';
      readonly identity: string;
      readonly readOnly: boolean;
      readonly warnings: readonly string[];
    }
  /** The file cannot be used. */
  | { readonly type: 'lost'; readonly message: string; readonly failure: Failure | undefined }
  | { readonly type: 'done'; readonly results: readonly (readonly [id: number, result: Result])[] }
  | { readonly type: 'failed'; readonly ids: readonly number[]; readonly failure: Failure }
  /** The file was closed with this in it. */
  | { readonly type: 'closed'; readonly records: number; readonly bytes: number }
  /** Why nothing is stored now; undefined when something is again. */
  | { readonly type: 'room'; readonly lack: string | undefined };

export interface WriterData {
  readonly path: string;
  /** The path as its user wrote it. */
  readonly shown: string;
  readonly id: string;
  readonly settings: Settings;
}

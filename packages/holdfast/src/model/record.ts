import type { ReportedCost } from './cost.ts';
import type { Digest } from './dependency.ts';
import type { Key } from './key.ts';
import type { Origin } from './origin.ts';
import type { Trace } from './trace.ts';

/**
 * An entry as a store holds it. All times are milliseconds since 1970 of the wall clock: they outlive the process, whose
 * monotonic clock does not.
 */
export interface EntryRecord {
  readonly key: Key;
  /** 1 to `mostRecordVariants`, the newest verified first. */
  readonly variants: readonly RecordVariant[];
}

/** Values of one entry that a record holds. */
export const mostRecordVariants = 8;

/** One value of an entry, with what it was made from. */
export interface RecordVariant {
  readonly value: EncodedValue;
  readonly madeAt: number;
  /** When its dependencies were last found to be the same: where the windows of a changed value begin. */
  readonly verifiedAt: number;
  /** End of its ttl; undefined without one. */
  readonly agedAt: number | undefined;
  /** What it took to make the value. */
  readonly seconds: number;
  readonly cost: ReportedCost | undefined;
  readonly tags: readonly string[];
  readonly trace: Trace;
  /** The digest of the value, if something asked for it. */
  readonly digest: Digest | undefined;
  readonly origin: Origin | undefined;
}

/**
 * How a value became bytes: `json`; a string as `text` (UTF-8) or, with an unpaired surrogate, as `utf16`; a Uint8Array
 * as `bytes`; a Buffer as `buffer`; `structured` is V8's structured clone.
 */
export type Codec = 'json' | 'text' | 'utf16' | 'bytes' | 'buffer' | 'structured';

export interface EncodedValue {
  readonly codec: Codec;
  readonly bytes: Uint8Array;
}

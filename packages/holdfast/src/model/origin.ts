import type { Key } from './key.ts';

/** Why a value was made although one was kept. */
export interface Origin {
  /** `aged`: its time had passed, or was about to. `refresh`: a caller asked for it. */
  readonly because: 'aged' | 'changed' | 'unknown' | 'refresh';
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What had changed, or could not be looked at: a path, a pattern, a variable, or a key. */
  readonly on?: string | Key;
  /** Its digest in the value that was kept, and when this one was made; `unknown` where that could not be told. */
  readonly was?: string;
  readonly is?: string;
}

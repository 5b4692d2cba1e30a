import { HoldfastCycleError } from '../lib/errors.ts';
import type { Key } from '../model/key.ts';

/** The error for a call that would wait, directly or through others, for itself. */
export function cycleError(key: Key): HoldfastCycleError {
  return new HoldfastCycleError(
    `making ${key} waits for ${key} itself: a generator called for its own entry, directly or through another's; ` +
      'call outside of it with detached(), or break the circle',
    { kind: key.kind, keyHash: key.hash },
  );
}

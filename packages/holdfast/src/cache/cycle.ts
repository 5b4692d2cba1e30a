import { HoldfastCycleError } from '../lib/errors.ts';
import type { Key, KeyId } from '../model/key.ts';
import { Generation } from './generation.ts';
import type { Partition } from './partition.ts';
import type { WaitNode } from './wait-graph.ts';

/** The error for a call that would wait, directly or through others, for itself. */
export function cycleError(key: Key): HoldfastCycleError {
  return new HoldfastCycleError(
    `making ${key} waits for ${key} itself: a generator called for its own entry, directly or through another's; ` +
      'call outside of it with detached(), or break the circle',
    { kind: key.kind, keyHash: key.hash },
  );
}

export function isGeneration(node: WaitNode | undefined): node is Generation {
  return node instanceof Generation;
}

/**
 * Whether a generation, or one that it was started by, makes this entry. Calls that bypass the cache join nothing, so
 * that the wait graph has no circle to see: a generator that calls itself would go on for ever.
 */
export function isMaking(node: WaitNode | undefined, partition: Partition, id: KeyId): boolean {
  for (let at = node; at instanceof Generation; at = at.startedBy) {
    if (at.partition === partition && at.flights.some((flight) => flight.id === id)) return true;
  }
  return false;
}

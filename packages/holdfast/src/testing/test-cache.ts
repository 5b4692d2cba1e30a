import { type Cache, createCache } from '../cache/cache.ts';
import type { CacheOptions, Kinds } from '../cache/options.ts';
import { assertInvariants } from './invariants.ts';
import { ManualClock } from './manual-clock.ts';

/** A cache whose time a test turns, without jitter, with the clock that it follows. */
export interface TestCache<K extends Kinds> {
  readonly cache: Cache<K>;
  readonly clock: ManualClock;
}

/** The walks that the test setup calls after every test, where there is one. */
const walks = Symbol.for('holdfast.invariants');

/**
 * A cache for tests: on a manual clock, and with jitter drawn as 0 so that times are exact. If the test setup has put
 * a Set of functions at `globalThis[Symbol.for('holdfast.invariants')]`, the cache's invariant walk is added to it.
 */
export function createTestCache<K extends Kinds = Record<never, never>>(
  options: CacheOptions<K> = {},
): TestCache<K> {
  const clock = options.clock instanceof ManualClock ? options.clock : new ManualClock();
  const cache = createCache<K>({ random: () => 0, ...options, clock });
  const registered = (globalThis as { [walks]?: Set<() => void> })[walks];
  const walk = (): void => {
    // Once: the caches of earlier tests are done with, and a broken one has failed its own test.
    registered?.delete(walk);
    assertInvariants(cache, { quiet: false });
  };
  registered?.add(walk);
  return { cache, clock };
}

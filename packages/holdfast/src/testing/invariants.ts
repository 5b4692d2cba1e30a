import { inconsistencies } from '../cache/inspection.ts';

/**
 * Throws if a cache contradicts itself: an entry in no list or in two, bytes that drifted from the sum of the weights,
 * a limit exceeded, a flight left behind, generations that do not add up. Call it at the end of a test.
 *
 * @param options.quiet also, that nothing is under way (default true)
 */
export function assertInvariants(cache: object, options: { quiet?: boolean } = {}): void {
  const wrong = inconsistencies(cache, options.quiet ?? true);
  if (wrong.length > 0) throw new Error(`the cache contradicts itself: ${wrong.join('; ')}`);
}

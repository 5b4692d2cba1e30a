import type { Verdict } from '../model/trace.ts';
import { nameOf } from '../trace/place.ts';
import type { Generation } from './generation.ts';

/*
 * What listeners are told of a generation, for each of its keys.
 */

export function announceStart({ partition, flights }: Generation): void {
  const { scope, kind, engine } = partition;
  if (!engine.emitter.wants('generation.started')) return;
  for (const { id, background } of flights) {
    engine.emitter.emit({ type: 'generation.started', scope, kind, key: partition.key(id), background });
  }
}

/** @param run how many there were */
export function announceRestart(
  { partition, flights }: Generation,
  { dependency: place }: Extract<Verdict, { state: 'changed' | 'unknown' }>,
  run: number,
): void {
  const { scope, kind, engine } = partition;
  if (!engine.emitter.wants('generation.restarted')) return;
  const dependency = nameOf(place);
  for (const { id } of flights) {
    const key = partition.key(id);
    engine.emitter.emit({ type: 'generation.restarted', scope, kind, key, dependency, run });
  }
}

export function announceAbandoned(
  { partition, flights }: Generation,
  why: 'unwanted' | 'timeout' | 'closed',
): void {
  const { scope, kind, engine } = partition;
  if (!engine.emitter.wants('generation.abandoned')) return;
  for (const { id } of flights) {
    engine.emitter.emit({ type: 'generation.abandoned', scope, kind, key: partition.key(id), why });
  }
}

import type { KeyId } from '../model/key.ts';
import type { Origin } from '../model/origin.ts';
import { nameOf } from '../trace/place.ts';
import type { Mode } from './call-options.ts';
import type { Partition } from './partition.ts';
import type { Proof } from './standing.ts';

/** Why a call has a value made; undefined where nothing is kept that could have served. */
export function originOf(
  partition: Partition,
  id: KeyId,
  mode: Mode,
  proof: Proof | undefined,
): Origin | undefined {
  const { engine } = partition;
  const slot = partition.slot(id);
  if (slot === undefined) return undefined;
  const at = engine.clock.wall();
  if (mode === 'refresh') return { because: 'refresh', at };
  if (proof?.note !== engine.table.note(slot)) return { because: 'aged', at };
  const { verdict } = proof ?? {};
  if (verdict?.state === 'changed') {
    const { dependency, seen } = verdict;
    return { because: 'changed', at, on: nameOf(dependency), was: dependency.digest, is: seen };
  }
  if (verdict?.state === 'unknown') {
    const { dependency } = verdict;
    return { because: 'unknown', at, on: nameOf(dependency), was: dependency.digest, is: 'unknown' };
  }
  return { because: 'aged', at };
}

import type { KeyId } from '../model/key.ts';
import { currentGeneration } from './ambient.ts';
import type { Answer } from './answer.ts';
import { Call } from './call.ts';
import { notCached } from './call-errors.ts';
import type { Mode, Wishes } from './call-options.ts';
import type { Engine } from './engine.ts';
import type { Generation } from './generation.ts';
import type { Launcher } from './launcher.ts';
import type { Partition } from './partition.ts';

/** The long way of a call: whatever the hit path could not answer. Never throws synchronously. */
export function ask(
  partition: Partition,
  idOf: () => KeyId,
  launcherOf: (id: KeyId) => Launcher,
  wishes: Wishes,
): Promise<Answer> {
  const { engine } = partition;
  try {
    const id = idOf();
    const parent = currentGeneration();
    if (parent !== undefined) announceUntracked(partition, id, parent);
    return new Call(partition, id, wishesUnder(engine, wishes), launcherOf(id), parent, false).start();
  } catch (error) {
    return Promise.reject(error);
  }
}

export function wishesUnder(engine: Engine, wishes: Wishes): Wishes {
  const mode = modeUnder(engine, wishes.mode);
  return mode === wishes.mode ? wishes : { ...wishes, mode };
}

/** `HOLDFAST_BYPASS=1` bypasses everything but what must not generate: that finds nothing, as nothing is kept. */
export function modeUnder({ bypassed }: Engine, mode: Mode): Mode {
  return bypassed && mode !== 'cached' ? 'bypass' : mode;
}

/** The bare value of an answer. @throws E_NOT_CACHED where nothing was to be generated and nothing fresh is kept. */
export async function bareValue<V>(partition: Partition, answer: Promise<Answer>): Promise<V> {
  const { value, outcome } = await answer;
  if (outcome === 'missed') throw notCached(partition);
  return value as V;
}

/** A plain call inside a generator: what it gives is not recorded as a dependency. */
export function announceUntracked(partition: Partition, id: KeyId, parent: Generation): void {
  const { engine, scope, kind } = partition;
  const [flight] = parent.flights;
  if (flight === undefined || !engine.emitter.wants('dependency.untracked')) return;
  const key = partition.key(id);
  const parentKey = parent.partition.key(flight.id);
  engine.emitter.emit({ type: 'dependency.untracked', scope, kind, key, parent: parentKey });
}

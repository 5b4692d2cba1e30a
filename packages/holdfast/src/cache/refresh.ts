import type { KeyId } from '../model/key.ts';
import type { Answer } from './answer.ts';
import { Call } from './call.ts';
import { noWishes } from './call-options.ts';
import type { Dependent } from './dependents.ts';
import type { RefreshBudget } from './options.ts';
import type { Partition } from './partition.ts';
import { isRead, takeReads } from './reads.ts';
import { verifyTrace } from './trace-check.ts';

/** What became of an entry. `holds`: nothing had to run for it. `left`: to its next reader. */
export type Refreshed = 'made' | 'holds' | 'failed' | 'left';

/**
 * Brings an entry up to date in the background, as a reader's checked call would: nothing runs whose inputs come out equal.
 * Left alone is what nobody has read since it was last made or refreshed, what only its caller can make, and what has aged,
 * which is its readers' to refresh.
 */
export async function refresh(
  { partition, id, lost }: Dependent,
  budget: RefreshBudget | undefined,
): Promise<Refreshed> {
  const { engine, policy } = partition;
  const { table } = engine;
  const launcher = engine.definitions.launcherOf(partition.key(id));
  // The generator of a file that is gone would mostly fail, and perhaps nobody asks for it any more.
  if (launcher === undefined || policy.refresh !== 'on-change' || lost) return 'left';
  if (!(await isDue(partition, id))) return 'left';
  const slot = partition.slot(id);
  if (slot === undefined || engine.state !== 'open') return 'left';
  const { scope, kind } = partition;
  if (budget?.({ scope, kind, key: partition.key(id), cost: engine.costOf(slot) }) === false) return 'left';
  takeReads(table, slot);
  const call = new Call(partition, id, noWishes, launcher, undefined, true);
  call.background = true;
  const answer = await call.start().catch(() => undefined);
  if (succeeded(answer)) return answer?.outcome === 'generated' ? 'made' : 'holds';
  // Its readers want it as much as before: the next change is another chance.
  const kept = partition.slot(id);
  if (kept !== undefined) engine.noteOf(kept).read = true;
  return 'failed';
}

/** A failure was told by the events of its generation. */
function succeeded(answer: Answer | undefined): boolean {
  return answer !== undefined && answer.stale === false && answer.outcome !== 'missed';
}

/** Whether it is kept, inside its ttl, wanted, and not held back by a failure whose reason is still there. */
async function isDue(partition: Partition, id: KeyId): Promise<boolean> {
  const { engine, failures } = partition;
  const { table } = engine;
  const slot = partition.slot(id);
  if (slot === undefined || engine.horizon.read() >= table.agedAt(slot)) return false;
  if (!isRead(table, slot)) return false;
  const failure = failures.get(id);
  if (failure === undefined || engine.horizon.read() >= failure.retryAt) return true;
  // Nothing runs to find out: what cannot be told without is left to a reader.
  const { state } = await verifyTrace(partition, failure.trace, false).verdict;
  return state === 'changed';
}

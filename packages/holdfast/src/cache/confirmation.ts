import { same, type Trace, type Verdict } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import { checkable, isEmpty } from '../trace/recorder.ts';
import type { Generation } from './generation.ts';
import { checkGround, type Ground, groundOf, type Missing } from './ground.ts';
import type { Run } from './run.ts';
import { verifyTrace } from './trace-check.ts';

/**
 * Whether what a run has read still holds now that it has ended. Undefined where it read nothing: then there is nothing
 * to wait for.
 *
 * Other entries that it used are taken as they were: they may have come to the end of their ttl since, and are not made
 * anew for that. So first everything is looked at that the run and what it used rest on, which runs no generator. Only
 * where something of that differs are the entries brought up to date, as their values may be the same all the same.
 */
export function confirm(generation: Generation, run: Run): Verdict | Promise<Verdict> | undefined {
  const { engine } = generation.partition;
  const trace = checkable(run.recorder.trace());
  if (isEmpty(trace)) return undefined;
  // What is made of something stale is handed over as that, and not kept; what the run itself has read still counts.
  if (run.staleBy !== undefined) {
    return confirmGround(generation, { ...trace, groups: [] }, { ...trace, notes: [] });
  }
  const ground = groundOf(engine, trace, undefined, asUsed(run, engine.writes));
  if (ground === undefined || checkVariables(ground.environment) !== undefined) {
    return confirmInFull(generation, trace);
  }
  return ground.sources.length === 0 ? same : confirmGround(generation, trace, ground);
}

/** What was used and is not in memory is taken as it was, unless it may have been invalidated. */
function asUsed(run: Run, writes: number): Missing {
  const used = new Map(run.used.map((one) => [one.dependency, one]));
  return (dependency) => {
    // It was in memory when it was used. If nothing was invalidated since, it has left for want of room.
    return writes === run.writes ? used.get(dependency) : undefined;
  };
}

async function confirmGround(generation: Generation, trace: Trace, ground: Ground): Promise<Verdict> {
  const verdict = await checkGround(generation.partition.engine, ground);
  // What the run itself has read is not brought up to date by anybody.
  if (verdict.state === 'same' || trace.groups.length === 0) return verdict;
  return confirmInFull(generation, trace);
}

async function confirmInFull(generation: Generation, trace: Trace): Promise<Verdict> {
  const check = verifyTrace(generation.partition, trace, true);
  // The check waits for nobody yet, so that this closes no circle; whoever closes one later finds it.
  generation.await(check.node);
  try {
    return await check.verdict;
  } finally {
    generation.release(check.node);
  }
}

import type { EnvironmentDependency, SourceDependency } from '../model/dependency.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import { placeOf } from '../trace/place.ts';
import { checkable, isEmpty } from '../trace/recorder.ts';
import type { Engine } from './engine.ts';
import type { Generation } from './generation.ts';
import type { Run } from './run.ts';
import { verifyTrace } from './trace-check.ts';
import { variantsOf } from './variants.ts';

/**
 * Whether what a run has read still holds now that it has ended. Undefined where it read nothing: then there is nothing
 * to wait for.
 *
 * Other entries that it used are taken as they were: they may have come to the end of their ttl since, and are not made
 * anew for that. So first everything is looked at that the run and what it used were made from, which runs no generator.
 * Only where something of that differs are the entries brought up to date, as their values may be the same all the same.
 */
export function confirm(generation: Generation, run: Run): Verdict | Promise<Verdict> | undefined {
  const { partition } = generation;
  const { engine } = partition;
  const trace = checkable(run.recorder.trace());
  if (isEmpty(trace)) return undefined;
  const ground = groundOf(engine, run, trace);
  if (ground === undefined) return confirmInFull(generation, trace);
  const changed = checkVariables(ground.environment);
  if (changed !== undefined) return confirmInFull(generation, trace);
  if (ground.sources.length === 0) return same;
  return confirmSources(generation, trace, ground.sources);
}

async function confirmSources(
  generation: Generation,
  trace: Trace,
  sources: readonly SourceDependency[],
): Promise<Verdict> {
  const { workspace } = generation.partition.engine;
  const verdict = await workspace?.check(sources);
  if (verdict === undefined || verdict.state === 'same') return same;
  // What the run itself has read is not brought up to date by anybody.
  if (trace.groups.length === 0) return verdict;
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

interface Ground {
  readonly environment: readonly EnvironmentDependency[];
  readonly sources: readonly SourceDependency[];
}

/**
 * Everything that a run's trace rests on in the end. Undefined where that cannot be told from memory: an entry that was
 * used holds another value now, or was invalidated, or what stands below it is not kept.
 */
function groundOf(engine: Engine, run: Run, trace: Trace): Ground | undefined {
  const environment = new Map<string, EnvironmentDependency>();
  const sources = new Map<string, SourceDependency>();
  const visited = new Set<Trace>();
  const pending: Trace[] = [trace];
  const asUsed = new Map(run.used.map((used) => [used.dependency, used]));
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (visited.has(at)) continue;
    visited.add(at);
    for (const leaf of at.environment) environment.set(`${placeOf(leaf)} ${leaf.digest}`, leaf);
    for (const leaf of at.sources) sources.set(`${placeOf(leaf)} ${leaf.digest}`, leaf);
    for (const dependency of at.groups.flat()) {
      const { key, digest } = dependency;
      const partition = engine.partition(key.scope, key.kind);
      const slot = partition.slot(key.id);
      if (slot === undefined) {
        const used = asUsed.get(dependency);
        // What was kept was evicted; or invalidated, unless nothing was.
        if (used === undefined || (used.kept && engine.writes !== run.writes)) return undefined;
        if (used.trace !== undefined) pending.push(used.trace);
        continue;
      }
      if (engine.table.note(slot)?.digest !== digest) return undefined;
      const [front] = variantsOf(engine.table, slot);
      if (front?.note.trace !== undefined) pending.push(front.note.trace);
    }
  }
  return { environment: [...environment.values()], sources: [...sources.values()] };
}

import { HoldfastError } from '../lib/errors.ts';
import type { Dependency, KeyDependency } from '../model/dependency.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { currentDigest } from './children.ts';
import type { Engine } from './engine.ts';
import type { Failure } from './failures.ts';
import { checkGround, groundOf } from './ground.ts';
import type { Partition } from './partition.ts';
import { WaitNode } from './wait-graph.ts';

/** A check under way: somebody to wait for, and what it will come to. It never rejects. */
export interface Check<R> {
  readonly node: CheckNode;
  readonly verdict: Promise<R>;
}

/** A check as somebody who waits: for the other entries that it brings up to date. */
export class CheckNode extends WaitNode {
  /** Its place among all checks of the cache, from when it begins. */
  order = 0;
  /** The revision of the watch then; negative where nothing was known by it. */
  since = -1;
}

/** Checks a trace that belongs to no entry. */
export function verifyTrace(partition: Partition, trace: Trace, generate: boolean): Check<Verdict> {
  const node = new CheckNode();
  begin(partition, node);
  const verdict = bounded(
    partition,
    trace,
    checkTrace(partition, trace, node, generate),
    (unknown) => unknown,
  );
  return { node, verdict };
}

/** The checks of failures that have not begun yet. */
const waiting = new WeakMap<Failure, Check<Verdict>>();

/** Checks what a failed attempt had read. Callers of one turn share it, as they share the check of an entry. */
export function verifyFailure(partition: Partition, failure: Failure): Check<Verdict> {
  const joined = waiting.get(failure);
  if (joined !== undefined) return joined;
  const node = new CheckNode();
  const { trace } = failure;
  const verdict = Promise.resolve().then(() => {
    waiting.delete(failure);
    begin(partition, node);
    return bounded(partition, trace, checkTrace(partition, trace, node, true), (unknown) => unknown);
  });
  const check = { node, verdict };
  waiting.set(failure, check);
  return check;
}

/** Numbers a check: whoever came before it is served by it. */
export function begin({ engine }: Partition, node: CheckNode): void {
  engine.checks += 1;
  node.order = engine.checks;
  node.since = engine.watched?.revision ?? -1;
}

/**
 * First one look at all that the trace rests on in the end, which is mostly as it was. Where it is not, in order: all
 * leaves first, which cost no generator; then the groups, each brought up to date, up to the first mismatch: what comes
 * after it was perhaps wanted only because of what has changed.
 */
export async function checkTrace(
  partition: Partition,
  trace: Trace,
  node: CheckNode,
  generate: boolean,
): Promise<Verdict> {
  if (trace.groups.length > 0 && (await holdsAtOnce(partition.engine, trace, node))) return same;
  const verdict = await checkLeaves(partition, trace);
  return verdict.state === 'same' ? checkGroups(partition, trace, node, generate) : verdict;
}

/** Whether nothing has changed below, so that no entry on the way has to be asked. They are as verified as the one above. */
async function holdsAtOnce(engine: Engine, trace: Trace, { order, since }: CheckNode): Promise<boolean> {
  const began = engine.horizon.read();
  const ground = groundOf(engine, trace, began);
  if (ground === undefined || (await checkGround(engine, ground)).state !== 'same') return false;
  for (const note of ground.notes) {
    if (note.checkedBy > order) continue;
    note.verdict = same;
    note.checkedBy = order;
    note.verifiedAt = began;
    engine.watched?.noteCheck(note, since);
  }
  return true;
}

/** What the trace itself states of files and variables. */
export function checkLeaves({ engine }: Partition, trace: Trace): Promise<Verdict> {
  return checkGround(engine, trace);
}

export async function checkGroups(
  partition: Partition,
  { groups }: Trace,
  node: WaitNode,
  generate: boolean,
): Promise<Verdict> {
  let stale: Verdict | undefined;
  for (const group of groups) {
    const verdicts = await Promise.all(
      group.map((dependency) => checkKey(partition, dependency, node, generate)),
    );
    const wrong = verdicts.find(({ state }) => state === 'changed' || state === 'unknown');
    if (wrong !== undefined) return wrong;
    stale ??= verdicts.find(({ state }) => state === 'stale');
  }
  return stale ?? same;
}

async function checkKey(
  partition: Partition,
  dependency: KeyDependency,
  node: WaitNode,
  generate: boolean,
): Promise<Verdict> {
  const now = await currentDigest(partition.engine, dependency, node, generate);
  if (!now.ok) return { state: 'unknown', dependency, cause: now.cause };
  if (now.digest !== dependency.digest) return { state: 'changed', dependency, seen: now.digest };
  return now.stale === false ? same : { state: 'stale', dependency, mark: now.stale };
}

/** What cannot be checked in the time of a generation is unknown. */
export function bounded<R>(
  partition: Partition,
  trace: Trace,
  checking: Promise<R>,
  otherwise: (unknown: Verdict) => R,
): Promise<R> {
  const dependency = firstOf(trace);
  if (dependency === undefined) return checking;
  const { promise, resolve } = Promise.withResolvers<R>();
  const { generationTimeout } = partition.policy;
  const timer = partition.engine.clock.setTimeout(() => {
    const cause = new HoldfastError(
      'E_TIMEOUT',
      `the dependencies could not be checked within ${generationTimeout} ms`,
    );
    resolve(otherwise({ state: 'unknown', dependency, cause }));
  }, generationTimeout);
  timer.unref();
  checking
    .then(resolve, (cause: unknown) => resolve(otherwise({ state: 'unknown', dependency, cause })))
    .finally(() => timer.cancel());
  return promise;
}

export function firstOf(trace: Trace): Dependency | undefined {
  return trace.environment[0] ?? trace.sources[0] ?? trace.groups[0]?.[0];
}

import { HoldfastError } from '../lib/errors.ts';
import type { EntryNote } from '../memory/entry-note.ts';
import type { Dependency, KeyDependency } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { nameOf } from '../trace/recorder.ts';
import { currentDigest } from './children.ts';
import type { Partition } from './partition.ts';
import { WaitNode } from './wait-graph.ts';

/** A check under way: somebody to wait for, and what it will come to. It never rejects. */
export interface Check {
  readonly node: CheckNode;
  readonly verdict: Promise<Verdict>;
}

/** A check as somebody who waits: for the other entries that it brings up to date. */
export class CheckNode extends WaitNode {
  /** Its place among all checks of the cache, from when it begins. */
  order = 0;
}

/** The checks that have not begun yet, which later callers may still share. */
const waiting = { generating: new WeakMap<EntryNote, Check>(), reading: new WeakMap<EntryNote, Check>() };

/** Those that have begun and not ended. */
const underWay = new WeakMap<EntryNote, Set<CheckNode>>();

/**
 * What is known already of an entry's dependencies, for a call that takes checks begun after `since`.
 *
 * Entries share what they were made from: without this, each would be checked once for every way that leads to it, of
 * which there are exponentially many. `unknown` is asked again: whoever generates may find out more.
 */
export function knownVerdict(note: EntryNote, since: number): Verdict | undefined {
  return note.checkedBy > since && note.verdict.state !== 'unknown' ? note.verdict : undefined;
}

/**
 * The verdict where an entry is to be checked for the sake of its own check: two entries have come to be made from each
 * other, by turns, and the checks of both would call for one another without end.
 */
export function circularVerdict(note: EntryNote, parent: WaitNode | undefined): Verdict | undefined {
  if (parent === undefined) return undefined;
  const circular = [...(underWay.get(note) ?? [])].some((node) => node.reaches(parent));
  const dependency = note.trace && firstOf(note.trace);
  if (!circular || dependency === undefined) return undefined;
  const cause = new HoldfastError('E_CYCLE', 'the entry was made from one that was made from it');
  return { state: 'unknown', dependency, cause };
}

/**
 * Checks the dependencies of an entry. A check serves a caller only if it begins after the call did: it begins a
 * microtask after its first caller, so that those of one turn share it, and callers that come later share the next.
 *
 * With `generate` other entries that it was made from are brought up to date; without, none is generated.
 */
export function verifyEntry(partition: Partition, id: KeyId, note: EntryNote, generate: boolean): Check {
  const shared = generate ? waiting.generating : waiting.reading;
  const joined = shared.get(note);
  if (joined !== undefined) return joined;
  const node = new CheckNode();
  const verdict = Promise.resolve().then(async () => {
    shared.delete(note);
    begin(partition, node);
    const nodes = underWay.get(note) ?? new Set();
    underWay.set(note, nodes.add(node));
    const began = partition.engine.horizon.read();
    const found = await bounded(
      partition,
      checkTrace(partition, note.trace as Trace, node, generate),
      note.trace as Trace,
    );
    nodes.delete(node);
    // A check that began later may have ended before: it knows better.
    if (node.order > note.checkedBy) settleNote(partition, id, note, found, node, began);
    return found;
  });
  const check = { node, verdict };
  shared.set(note, check);
  return check;
}

/** Checks a trace that belongs to no entry. */
export function verifyTrace(partition: Partition, trace: Trace, generate: boolean): Check {
  const node = new CheckNode();
  begin(partition, node);
  return { node, verdict: bounded(partition, checkTrace(partition, trace, node, generate), trace) };
}

function begin({ engine }: Partition, node: CheckNode): void {
  engine.checks += 1;
  node.order = engine.checks;
}

function settleNote(
  partition: Partition,
  id: KeyId,
  note: EntryNote,
  verdict: Verdict,
  { order }: CheckNode,
  began: number,
): void {
  const before = note.verdict.state;
  note.verdict = verdict;
  note.checkedBy = order;
  if (verdict.state === 'same') note.verifiedAt = began;
  const { emitter } = partition.engine;
  const worse = verdict.state === 'changed' || verdict.state === 'unknown';
  if (worse && before !== verdict.state && emitter.wants('dependency.changed')) {
    emitter.emit({
      type: 'dependency.changed',
      scope: partition.scope,
      kind: partition.kind,
      key: partition.key(id),
      state: verdict.state,
      dependency: nameOf(verdict.dependency),
    });
  }
}

/**
 * All leaves first: they cost no generator. Then the groups in their order, each brought up to date, up to the first
 * mismatch: what comes after it was perhaps wanted only because of what has changed.
 */
async function checkTrace(
  partition: Partition,
  trace: Trace,
  node: WaitNode,
  generate: boolean,
): Promise<Verdict> {
  const { workspace } = partition.engine;
  const [first] = trace.leaves;
  if (first !== undefined) {
    if (workspace === undefined) return { state: 'unknown', dependency: first, cause: noWorkspace() };
    const verdict = await workspace.check(trace.leaves);
    if (verdict.state !== 'same') return verdict;
  }
  let stale: Verdict | undefined;
  for (const group of trace.groups) {
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
function bounded(partition: Partition, checking: Promise<Verdict>, trace: Trace): Promise<Verdict> {
  const dependency = firstOf(trace);
  if (dependency === undefined) return checking;
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const { generationTimeout } = partition.policy;
  const timer = partition.engine.clock.setTimeout(() => {
    const cause = new HoldfastError(
      'E_TIMEOUT',
      `the dependencies could not be checked within ${generationTimeout} ms`,
    );
    resolve({ state: 'unknown', dependency, cause });
  }, generationTimeout);
  timer.unref();
  checking
    .then(resolve, (cause: unknown) => resolve({ state: 'unknown', dependency, cause }))
    .finally(() => timer.cancel());
  return promise;
}

function firstOf(trace: Trace): Dependency | undefined {
  return trace.leaves[0] ?? trace.groups[0]?.[0];
}

function noWorkspace(): HoldfastError {
  return new HoldfastError('E_NO_WORKSPACE', 'the cache has no workspace, so its files cannot be checked');
}

import { HoldfastError } from '../lib/errors.ts';
import type { EntryNote, Variant } from '../memory/entry-note.ts';
import type { Dependency, KeyDependency, LeafDependency } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import { same, type Trace, type Verdict } from '../model/trace.ts';
import { checkVariables } from '../trace/environment.ts';
import { nameOf, placeOf } from '../trace/place.ts';
import { currentDigest } from './children.ts';
import type { Partition } from './partition.ts';
import type { Proof } from './standing.ts';
import { bringForward, variantsOf } from './variants.ts';
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
}

/** The checks that have not begun yet, which later callers may still share. */
const waiting = {
  generating: new WeakMap<EntryNote, Check<Proof>>(),
  reading: new WeakMap<EntryNote, Check<Proof>>(),
};

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
 * Checks what an entry was made from, and puts in its slot the first of its values that holds; what is proven is the value
 * that is there then. A check serves a caller only if it begins after the call did: it begins a microtask after its first
 * caller, so that those of one turn share it, and callers that come later share the next.
 *
 * With `generate` other entries that it was made from are brought up to date; without, none is generated.
 */
export function verifyEntry(
  partition: Partition,
  id: KeyId,
  note: EntryNote,
  generate: boolean,
): Check<Proof> {
  const shared = generate ? waiting.generating : waiting.reading;
  const joined = shared.get(note);
  if (joined !== undefined) return joined;
  const node = new CheckNode();
  const verdict = Promise.resolve().then(async () => {
    shared.delete(note);
    begin(partition, node);
    const { table, horizon } = partition.engine;
    const slot = partition.slot(id);
    // Something else is there by now, and whoever asked will find that.
    if (slot === undefined || table.note(slot) !== note) return { note, verdict: note.verdict };
    const variants = variantsOf(table, slot);
    for (const variant of variants)
      underWay.set(variant.note, (underWay.get(variant.note) ?? new Set()).add(node));
    const began = horizon.read();
    const found = await bounded<Findings>(
      partition,
      note.trace as Trace,
      firstToHold(partition, variants, began, node, generate),
      (unknown) => [[note, unknown]],
    );
    for (const variant of variants) underWay.get(variant.note)?.delete(node);
    return settle(partition, id, note, found, node, began);
  });
  const check = { node, verdict };
  shared.set(note, check);
  return check;
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

function begin({ engine }: Partition, node: CheckNode): void {
  engine.checks += 1;
  node.order = engine.checks;
}

/** What was looked at of an entry, and what that came to. The last one holds, if any does. */
type Findings = readonly (readonly [EntryNote, Verdict])[];

const holds = ({ state }: Verdict): boolean => state === 'same' || state === 'stale';

/**
 * Looks for a value that holds: in the order of the last verification, those that are inside their ttl first. The first is
 * looked at alone, as it mostly holds; the files of all others are then looked at together, so that each is looked at once.
 */
async function firstToHold(
  partition: Partition,
  variants: readonly Variant[],
  now: number,
  node: WaitNode,
  generate: boolean,
): Promise<Findings> {
  const ordered = variants.toSorted((one, other) => Number(now >= one.agedAt) - Number(now >= other.agedAt));
  const [first, ...rest] = ordered.map(({ note }) => note);
  if (first === undefined) return [];
  const verdict = await checkTrace(partition, first.trace as Trace, node, generate);
  const findings: [EntryNote, Verdict][] = [[first, verdict]];
  if (holds(verdict)) return findings;
  const looks = rest
    .filter(({ trace }) => isPossible(trace as Trace, verdict))
    .map((note) => ({ note, leaves: checkLeaves(partition, note.trace as Trace) }));
  for (const { note, leaves } of looks) {
    let found = await leaves;
    if (found.state === 'same') found = await checkGroups(partition, note.trace as Trace, node, generate);
    findings.push([note, found]);
    if (holds(found)) break;
  }
  return findings;
}

/** Whether a trace can hold where another was found to differ: not if it has seen something else in the same place, too. */
function isPossible(trace: Trace, verdict: Verdict): boolean {
  if (verdict.state !== 'changed') return true;
  const { dependency, seen } = verdict;
  if (dependency.type === 'key') {
    const { key } = dependency;
    return trace.groups.flat().every((other) => other.digest === seen || !other.key.equals(key));
  }
  const place = placeOf(dependency);
  const leaves: readonly LeafDependency[] = dependency.type === 'env' ? trace.environment : trace.sources;
  return leaves.every((leaf) => leaf.digest === seen || placeOf(leaf) !== place);
}

function settle(
  partition: Partition,
  id: KeyId,
  front: EntryNote,
  findings: Findings,
  { order }: CheckNode,
  began: number,
): Proof {
  const overtaken = front.checkedBy > order;
  const before = front.verdict.state;
  for (const [note, verdict] of findings) {
    // A check that began later may have ended before: it knows better.
    if (note.checkedBy > order) continue;
    note.verdict = verdict;
    note.checkedBy = order;
    if (verdict.state === 'same') note.verifiedAt = began;
  }
  const own = findings.find(([note]) => note === front)?.[1] ?? front.verdict;
  const held = findings.at(-1);
  if (!overtaken) announceChange(partition, id, own, before);
  if (held === undefined || !holds(held[1])) return { note: front, verdict: own };
  const [note, verdict] = held;
  if (note !== front && !overtaken) restore(partition, id, front, note);
  return { note, verdict };
}

/** The state that another value was made from is back. */
function restore(partition: Partition, id: KeyId, front: EntryNote, note: EntryNote): void {
  const { engine, scope, kind } = partition;
  const slot = partition.slot(id);
  if (slot === undefined || engine.table.note(slot) !== front) return;
  const variant = front.others.find((other) => other.note === note);
  if (variant === undefined) return;
  bringForward(partition, slot, variant);
  if (engine.emitter.wants('entry.restored')) {
    engine.emitter.emit({ type: 'entry.restored', scope, kind, key: partition.key(id) });
  }
}

function announceChange(partition: Partition, id: KeyId, verdict: Verdict, before: Verdict['state']): void {
  const { emitter } = partition.engine;
  const worse = verdict.state === 'changed' || verdict.state === 'unknown';
  if (!worse || before === verdict.state || !emitter.wants('dependency.changed')) return;
  emitter.emit({
    type: 'dependency.changed',
    scope: partition.scope,
    kind: partition.kind,
    key: partition.key(id),
    state: verdict.state,
    dependency: nameOf(verdict.dependency),
  });
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
  const verdict = await checkLeaves(partition, trace);
  return verdict.state === 'same' ? checkGroups(partition, trace, node, generate) : verdict;
}

async function checkLeaves(partition: Partition, { environment, sources }: Trace): Promise<Verdict> {
  const changed = checkVariables(environment);
  if (changed !== undefined) return changed;
  const [first] = sources;
  if (first === undefined) return same;
  const { workspace } = partition.engine;
  if (workspace === undefined) return { state: 'unknown', dependency: first, cause: noWorkspace() };
  return workspace.check(sources);
}

async function checkGroups(
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
function bounded<R>(
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

function firstOf(trace: Trace): Dependency | undefined {
  return trace.environment[0] ?? trace.sources[0] ?? trace.groups[0]?.[0];
}

function noWorkspace(): HoldfastError {
  return new HoldfastError('E_NO_WORKSPACE', 'the cache has no workspace, so its files cannot be checked');
}

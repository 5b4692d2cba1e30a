import { HoldfastError } from '../lib/errors.ts';
import type { EntryNote, Variant } from '../memory/entry-note.ts';
import type { LeafDependency } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import type { Trace, Verdict } from '../model/trace.ts';
import { nameOf, placeOf } from '../trace/place.ts';
import type { Partition } from './partition.ts';
import type { Proof } from './standing.ts';
import {
  begin,
  bounded,
  type Check,
  CheckNode,
  checkGroups,
  checkLeaves,
  checkTrace,
  firstOf,
} from './trace-check.ts';
import { bringForward, variantsOf } from './variants.ts';
import type { WaitNode } from './wait-graph.ts';

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
    return settle(partition, id, note, { found, sure: generate ? found : sure(found) }, node, began);
  });
  const check = { node, verdict };
  shared.set(note, check);
  return check;
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
  node: CheckNode,
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

/**
 * Whether a trace can hold where another was found to differ: not if it has seen something else in the same place, or
 * anything in one that nothing can be learned of.
 */
function isPossible(trace: Trace, verdict: Verdict): boolean {
  if (verdict.state !== 'changed' && verdict.state !== 'unknown') return true;
  const { dependency } = verdict;
  const seen = verdict.state === 'changed' ? verdict.seen : undefined;
  if (dependency.type === 'key') {
    const { key } = dependency;
    return trace.groups.flat().every((other) => other.digest === seen || !other.key.equals(key));
  }
  const place = placeOf(dependency);
  const leaves: readonly LeafDependency[] = dependency.type === 'env' ? trace.environment : trace.sources;
  return leaves.every((leaf) => leaf.digest === seen || placeOf(leaf) !== place);
}

/**
 * Of a check that was not to generate, what counts for those that may: not what it could only have told by bringing another
 * entry up to date, nor that a value has changed where that was so of one beside it.
 */
function sure(findings: Findings): Findings {
  const isUnsure = ([, verdict]: Findings[number]): boolean =>
    verdict.state === 'unknown' && verdict.dependency.type === 'key';
  return findings.some(isUnsure) ? findings.filter(([, verdict]) => holds(verdict)) : findings;
}

function settle(
  partition: Partition,
  id: KeyId,
  front: EntryNote,
  findings: { readonly found: Findings; readonly sure: Findings },
  { order, since }: CheckNode,
  began: number,
): Proof {
  const { watched } = partition.engine;
  const overtaken = front.checkedBy > order;
  const before = front.verdict.state;
  for (const [note, verdict] of findings.sure) {
    // A check that began later may have ended before: it knows better.
    if (note.checkedBy > order) continue;
    note.verdict = verdict;
    note.checkedBy = order;
    if (verdict.state === 'same') {
      note.verifiedAt = began;
      watched?.noteCheck(note, since);
    } else if (!holds(verdict)) watched?.doubt(note);
  }
  const own = findings.found.find(([note]) => note === front)?.[1] ?? front.verdict;
  const held = findings.found.at(-1);
  if (!overtaken && front.verdict === own) announceChange(partition, id, own, before);
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

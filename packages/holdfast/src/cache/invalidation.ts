import { HoldfastError } from '../lib/errors.ts';
import { Key, keyIdOf } from '../model/key.ts';
import { checkSelector, type Selector } from '../model/selector.ts';
import type { Engine } from './engine.ts';
import { idIn, matchEntries, matchesNote, partitionsOf, readsFile, type Target } from './matching.ts';
import type { Partition } from './partition.ts';
import { dropVariants } from './variants.ts';
import type { Acknowledgement } from './write.ts';

/**
 * Forbids every value that a selector means, and every one that is being made: entries leave, flights are detached.
 * Acts before it returns; the promise is of the store's word.
 * @returns how many entries there were in this process
 */
export async function invalidate(
  engine: Engine,
  selector: Selector,
  scope: string,
): Promise<{ readonly count: number }> {
  const target = targetOf(engine, selector, scope);
  const count = invalidateTarget(engine, target);
  if (engine.emitter.wants('entries.invalidated')) {
    engine.emitter.emit({ type: 'entries.invalidated', selector: shown(selector), count });
  }
  await engine.tier?.backplane.invalidate(target);
  return { count };
}

/** The same within this process. @returns how many entries there were */
export function invalidateTarget(engine: Engine, target: Target): number {
  const slots = matchEntries(engine, target);
  for (const slot of slots) {
    const partition = engine.table.owner(slot) as Partition;
    // Whatever the selector, what was to replace a forbidden value is not held back any more.
    partition.failures.forget(engine.table.key(slot));
    if (!dropVariants(partition, slot, (note) => matchesNote(note, target))) engine.table.delete(slot);
  }
  engine.writes += 1;
  confront(engine, target, 'invalidate');
  endBackOffs(engine, target);
  return slots.length;
}

/** Makes aged every value that a selector means; those being made will be committed aged. Acts before it returns. */
export async function expire(engine: Engine, selector: Selector, scope: string): Promise<Acknowledgement> {
  const target = targetOf(engine, selector, scope);
  const count = expireTarget(engine, target);
  if (engine.emitter.wants('entries.expired')) {
    engine.emitter.emit({ type: 'entries.expired', selector: shown(selector), count });
  }
  return { persisted: (await engine.tier?.backplane.expire(target)) ?? false };
}

/** The same within this process. @returns how many entries there are */
export function expireTarget(engine: Engine, target: Target): number {
  const slots = matchEntries(engine, target);
  const now = engine.horizon.read();
  for (const slot of slots) {
    const note = engine.table.note(slot);
    if (matchesNote(note, target)) engine.table.expire(slot, now);
    for (const other of note?.others ?? []) {
      if (matchesNote(other.note, target)) other.agedAt = Math.min(other.agedAt, now);
    }
  }
  confront(engine, target, 'expire');
  return slots.length;
}

/** @throws E_CLOSED, E_SELECTOR, E_UNKNOWN_KIND, E_KEY, E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT */
function targetOf(engine: Engine, selector: Selector, scope: string): Target {
  engine.assertOpen();
  checkSelector(selector);
  const { key, tag } = selector;
  // Refuses what is no key at all, even where no partition would be asked for it.
  if (key !== undefined && !(key instanceof Key)) keyIdOf(key, scope, 'default');
  const kind = selector.kind ?? (key instanceof Key ? key.kind : key === undefined ? undefined : 'default');
  if (kind !== undefined) engine.policyOf(kind);
  const file = selector.file === undefined ? undefined : fileOf(engine, selector.file);
  // A file belongs to no tenant: said alone it means all of them.
  const onlyFile =
    file !== undefined && Object.values(selector).filter((value) => value !== undefined).length === 1;
  const everywhere = selector.allScopes === true || onlyFile;
  const own = key instanceof Key ? key.scope : scope;
  return { scope: everywhere ? undefined : (selector.scope ?? own), kind, key, tag, file };
}

function fileOf(engine: Engine, file: string): string {
  if (engine.workspace !== undefined) return engine.workspace.normalize(file);
  throw new HoldfastError('E_NO_WORKSPACE', 'a selector by file needs a cache with a workspace');
}

function confront(engine: Engine, target: Target, action: 'invalidate' | 'expire'): void {
  engine.sequence += 1;
  const { sequence } = engine;
  for (const pending of engine.pendingSets) pending.confront(target, action);
  if (target.key === undefined) {
    for (const flight of [...engine.flights]) flight.confront({ target, sequence, action });
    return;
  }
  for (const partition of partitionsOf(engine, target)) {
    const id = idIn(partition, target.key);
    if (id !== undefined) partition.flights.get(id)?.confront({ target, sequence, action });
  }
}

function endBackOffs(engine: Engine, target: Target): void {
  // A failure has no tags; a selector by tag means values.
  if (target.tag !== undefined) return;
  for (const partition of partitionsOf(engine, target)) {
    const wanted = target.key === undefined ? undefined : idIn(partition, target.key);
    if (target.key !== undefined && target.file === undefined) {
      if (wanted !== undefined) partition.failures.forget(wanted);
      continue;
    }
    partition.failures.forgetAll(
      (id, failure) =>
        (target.key === undefined || id === wanted) &&
        (target.file === undefined || readsFile(failure.trace.sources, target.file)),
    );
  }
}

/** A key in a selector is shown as an opaque one: what its owner wrote in it must not reach a log of events. */
function shown({ key, ...rest }: Selector): Selector {
  return key === undefined ? rest : { ...rest, key: key instanceof Key ? key : '(key)' };
}

import { HoldfastError } from '../lib/errors.ts';
import { type KeyId, keyIdOf } from '../model/key.ts';
import { checkSelector, type Selector } from '../model/selector.ts';
import type { Engine } from './engine.ts';
import { coversPartition, matchEntries, readsFile } from './matching.ts';
import type { Partition } from './partition.ts';

/**
 * Forbids every value that a selector means, and every one that is being made: entries leave, flights are detached.
 * Acts before it returns.
 * @returns how many entries there were
 */
export function invalidate(engine: Engine, selector: Selector, scope: string): { readonly count: number } {
  const normal = prepare(engine, selector);
  const slots = matchEntries(engine, normal, scope);
  for (const slot of slots) engine.table.delete(slot);
  confront(engine, normal, scope, 'invalidate');
  endBackOffs(engine, normal, scope);
  if (engine.emitter.wants('entries.invalidated')) {
    engine.emitter.emit({ type: 'entries.invalidated', selector: shown(normal), count: slots.length });
  }
  return { count: slots.length };
}

/** Makes aged every value that a selector means; those being made will be committed aged. Acts before it returns. */
export function expire(engine: Engine, selector: Selector, scope: string): { readonly count: number } {
  const normal = prepare(engine, selector);
  const slots = matchEntries(engine, normal, scope);
  const now = engine.horizon.read();
  for (const slot of slots) engine.table.expire(slot, now);
  confront(engine, normal, scope, 'expire');
  if (engine.emitter.wants('entries.expired')) {
    engine.emitter.emit({ type: 'entries.expired', selector: shown(normal), count: slots.length });
  }
  return { count: slots.length };
}

/** @throws E_SELECTOR, E_UNKNOWN_KIND, E_KEY, E_NO_WORKSPACE, E_PATH, E_OUTSIDE_ROOT */
function prepare(engine: Engine, selector: Selector): Selector {
  engine.assertOpen();
  checkSelector(selector);
  const { kind, key, file } = selector;
  if (kind !== undefined) engine.policyOf(kind);
  // Refuses what is no key at all, whichever partitions there are.
  if (typeof key !== 'string' && !(key instanceof Object && 'id' in key) && key !== undefined)
    keyIdOf(key, '', '');
  if (file === undefined) return selector;
  if (engine.workspace === undefined) {
    throw new HoldfastError('E_NO_WORKSPACE', 'a selector by file needs a cache with a workspace');
  }
  const onlyFile = Object.values(selector).filter((value) => value !== undefined).length === 1;
  // A file belongs to no tenant: said alone it means all of them.
  return {
    ...selector,
    file: engine.workspace.normalize(file),
    ...(onlyFile && { allScopes: true as const }),
  };
}

function confront(engine: Engine, selector: Selector, scope: string, action: 'invalidate' | 'expire'): void {
  engine.sequence += 1;
  for (const flight of [...engine.flights]) flight.confront(selector, scope, engine.sequence, action);
}

function endBackOffs(engine: Engine, selector: Selector, scope: string): void {
  // A failure has no tags; a selector by tag means values.
  if (selector.tag !== undefined) return;
  for (const partition of engine.partitions()) {
    if (!coversPartition(partition, selector, scope)) continue;
    const wanted = selector.key === undefined ? undefined : idFor(partition, selector);
    partition.failures.forgetAll(
      (id, failure) =>
        (wanted === undefined || id === wanted) &&
        (selector.file === undefined || readsFile(failure.trace, selector.file)),
    );
  }
}

function idFor(partition: Partition, selector: Selector): KeyId {
  return keyIdOf(selector.key ?? '', partition.scope, partition.kind);
}

/** A key in a selector would carry what its owner wrote in it into every log of events. */
function shown({ key, ...rest }: Selector): Selector {
  return key === undefined ? rest : { ...rest, key: '(key)' };
}

import { randomUUID } from 'node:crypto';
import { plainJson, sha256 } from '../lib/canonical.ts';
import type { Variant } from '../memory/entry-note.ts';
import type { Digest } from '../model/dependency.ts';
import type { KeyId } from '../model/key.ts';
import type { Partition } from './partition.ts';

/**
 * The digest of an entry's value: the kind's own, else that of its canonical JSON, else a unique text, which never
 * equals another, so that whatever was made from the value is made anew with it.
 *
 * Computed when something first asks, and remembered with the entry.
 */
export function digestOf(partition: Partition, id: KeyId, value: unknown): Digest {
  const { table } = partition.engine;
  const slot = partition.slot(id);
  if (slot === undefined || !Object.is(table.value(slot), value)) return computeDigest(partition, value);
  const note = partition.engine.noteOf(slot);
  note.digest ??= computeDigest(partition, value);
  return note.digest;
}

/** The same of a value that is about to be stored; undefined where only the kind's own code could tell, and has not yet. */
export function digestToStore(
  partition: Partition,
  { value, note }: Pick<Variant, 'value' | 'note'>,
): Digest | undefined {
  if (partition.policy.digest === undefined) note.digest ??= computeDigest(partition, value);
  return note.digest;
}

function computeDigest(partition: Partition, value: unknown): Digest {
  const { digest } = partition.policy;
  if (digest !== undefined) return `kind:${digest(value)}`;
  const text = plainJson(value);
  if (text === undefined) return `unique:${randomUUID()}`;
  return sha256(text);
}

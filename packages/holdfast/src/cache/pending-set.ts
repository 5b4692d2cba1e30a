import type { KeyId } from '../model/key.ts';
import { idIn, type Target } from './matching.ts';
import type { Partition } from './partition.ts';

/**
 * A `set` that has been called and cannot act yet: its files are being hashed, or its schema is asked. It has its place among
 * invalidations and other sets from the moment of the call: what comes later wins over it.
 */
export class PendingSet {
  readonly partition: Partition;
  readonly id: KeyId;
  readonly #tags: readonly string[];
  /** As they were given, and normalized. */
  readonly #files: readonly string[];
  /** Something came later that forbids it, or takes its place. */
  overtaken = false;
  /** Something came later that makes it aged. */
  expired = false;

  constructor(partition: Partition, id: KeyId, tags: readonly string[], files: readonly string[]) {
    this.partition = partition;
    this.id = id;
    this.#tags = tags;
    this.#files = files;
  }

  /** A selector was put in force. */
  confront(target: Target, action: 'invalidate' | 'expire'): void {
    const { scope, kind, key, tag, file } = target;
    const { partition, id } = this;
    if (scope !== undefined && scope !== partition.scope) return;
    if (kind !== undefined && kind !== partition.kind) return;
    if (key !== undefined && idIn(partition, key) !== id) return;
    if (tag !== undefined && !this.#tags.includes(tag)) return;
    if (file !== undefined && !this.#files.includes(file)) return;
    if (action === 'invalidate') this.overtaken = true;
    else this.expired = true;
  }
}

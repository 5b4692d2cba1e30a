import { parseSize, type Size } from '../lib/bytes.ts';
import { type Clock, SystemClock } from '../lib/clock.ts';
import { HoldfastError } from '../lib/errors.ts';
import { means } from './matching.ts';
import { MemoryLeases } from './memory-leases.ts';
import { MemoryLog } from './memory-log.ts';
import type { Fence, NewRecord, StoreFilter, StoreSelector } from './store.ts';

export interface MemoryBackendOptions {
  /** Where leases and time-outs take their time from. Default: the clock of the process. */
  readonly clock?: Clock;
  /** Bytes of all envelopes together; past it the records that were used longest ago leave. Default `'256MiB'`. */
  readonly maxBytes?: Size;
  /** Changes that are remembered: for subscribers, and to refuse commits that began before. Default 10,000. */
  readonly keptChanges?: number;
}

export interface MemoryRow {
  readonly record: NewRecord;
  readonly expiredAt: number | undefined;
}

/** A store that hears of what the others have done. */
export interface Listening {
  changed(): void;
}

/** What several `MemoryStore`s share, as processes share a file. */
export class MemoryBackend {
  readonly clock: Clock;
  readonly log: MemoryLog;
  readonly leases: MemoryLeases;
  readonly tables = new Map<string, Map<string, Uint8Array>>();
  readonly stores = new Set<Listening>();
  readonly #maxBytes: number;
  /** The one that was used longest ago first. */
  readonly #rows = new Map<string, MemoryRow>();
  #bytes = 0;
  /** No record is useless before. */
  #uselessFrom = Number.POSITIVE_INFINITY;

  /** @throws E_SIZE, E_OPTION */
  constructor({
    clock = new SystemClock(),
    maxBytes = '256MiB',
    keptChanges = 10_000,
  }: MemoryBackendOptions = {}) {
    if (!(Number.isInteger(keptChanges) && keptChanges > 0)) {
      throw new HoldfastError(
        'E_OPTION',
        `keptChanges must be a whole number of 1 or more, not ${keptChanges}`,
      );
    }
    this.clock = clock;
    this.#maxBytes = parseSize(maxBytes, 'maxBytes');
    this.log = new MemoryLog(keptChanges);
    this.leases = new MemoryLeases(clock);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#rows.size;
  }

  /** A look that counts as a use. */
  use(hash: string): MemoryRow | undefined {
    const row = this.#rows.get(hash);
    if (row !== undefined) {
      this.#rows.delete(hash);
      this.#rows.set(hash, row);
    }
    return row;
  }

  rows(filter: StoreFilter = {}): readonly MemoryRow[] {
    return [...this.#rows.values()].filter(({ record }) => means(filter, record));
  }

  commit(record: NewRecord, fence: Fence | undefined, author: Listening): 'committed' | 'fenced' | 'full' {
    const { hash, kind, scope, envelope } = record;
    let expiredAt: number | undefined;
    if (fence !== undefined) {
      if (this.leases.holder(hash) !== fence.token) return 'fenced';
      const judgement = this.log.judge(record, fence.sequence);
      if (!judgement.allowed) return 'fenced';
      expiredAt = judgement.expiredAt;
    }
    if (envelope.length > this.#maxBytes) return 'full';
    this.delete(hash);
    this.#rows.set(hash, { record, expiredAt });
    this.#bytes += envelope.length;
    this.#uselessFrom = Math.min(this.#uselessFrom, record.uselessAt);
    this.#evict();
    if (fence === undefined) {
      this.leases.end(hash);
      this.#tell(this.log.append({ type: 'set', hash, kind, scope }, author), author);
    } else this.leases.touch(hash);
    return 'committed';
  }

  delete(hash: string): void {
    const row = this.#rows.get(hash);
    if (row === undefined) return;
    this.#rows.delete(hash);
    this.#bytes -= row.record.envelope.length;
  }

  invalidate(selector: StoreSelector, author: Listening): number {
    const meant = this.#meant(selector);
    const unknown = selector.hash !== undefined && !this.#rows.has(selector.hash);
    for (const hash of meant) this.delete(hash);
    // Logged before anybody wakes: who claims the key next begins after it.
    const sequence = this.log.append({ type: 'invalidated', selector: { ...selector } }, author);
    if (Object.values(selector).every((value) => value === undefined)) this.leases.endAll();
    else for (const hash of meant) this.leases.end(hash);
    // A key that is being generated for the first time has a lease and no record.
    if (unknown) this.leases.end(selector.hash as string);
    return this.#tell(sequence, author);
  }

  expire(selector: StoreSelector, at: number, author: Listening): number {
    for (const hash of this.#meant(selector)) {
      const { record, expiredAt = Number.POSITIVE_INFINITY } = this.#rows.get(hash) as MemoryRow;
      this.#rows.set(hash, { record, expiredAt: Math.min(expiredAt, at) });
    }
    return this.#tell(this.log.append({ type: 'expired', selector: { ...selector }, at }, author), author);
  }

  #meant(selector: StoreSelector): readonly string[] {
    if (selector.hash === undefined) return this.rows(selector).map(({ record }) => record.hash);
    const row = this.#rows.get(selector.hash);
    return row !== undefined && means(selector, row.record) ? [selector.hash] : [];
  }

  #tell(sequence: number, author: Listening): number {
    for (const store of this.stores) if (store !== author) store.changed();
    return sequence;
  }

  #evict(): void {
    if (this.#bytes <= this.#maxBytes) return;
    const now = this.clock.wall();
    if (now >= this.#uselessFrom) {
      this.#uselessFrom = Number.POSITIVE_INFINITY;
      for (const [hash, { record }] of this.#rows) {
        if (record.uselessAt <= now) this.delete(hash);
        else this.#uselessFrom = Math.min(this.#uselessFrom, record.uselessAt);
      }
    }
    for (const hash of this.#rows.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(hash);
    }
  }
}

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Fence, NewRecord, StoreSelector } from '../../stores/store.ts';
import { ChangeLog } from './change-log.ts';
import type { Encoded } from './coding.ts';
import { StoreFullError } from './failure.ts';
import { Leases } from './leases.ts';
import type { Order, Result } from './order.ts';
import { Records } from './records.ts';
import type { Room } from './room.ts';
import { selectionOf } from './selection.ts';

/** Everything that is done to a file, each inside a transaction that somebody else has begun. */
export class Operations {
  readonly #log: ChangeLog;
  readonly #leases: Leases;
  readonly #records: Records;
  readonly #room: Room;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;

  constructor(database: DatabaseSync, origin: string, room: Room) {
    this.#log = new ChangeLog(database, origin);
    this.#leases = new Leases(database);
    this.#records = new Records(database);
    this.#room = room;
    this.#put = database.prepare(`
      INSERT INTO items (owner, name, value) VALUES (?1, ?2, ?3)
      ON CONFLICT (owner, name) DO UPDATE SET value = ?3
    `);
    this.#drop = database.prepare('DELETE FROM items WHERE owner = ? AND name = ?');
  }

  /** @param encoded the envelope of a commit, as it is stored */
  perform(order: Order, encoded: Encoded | undefined, now: number): Result {
    switch (order.deed) {
      case 'commit':
        return this.#commit(order.record, order.fence, encoded, now);
      case 'delete':
        this.#records.remove(order.hash);
        return undefined;
      case 'invalidate':
        return this.#invalidate(order.selector, now);
      case 'expire':
        this.#records.expireAll(selectionOf(order.selector), order.at);
        return this.#log.add('expired', order.selector, order.at, now);
      case 'acquire':
        return this.#leases.acquire(order.hash, order.term, order.joined, this.#log.sequence, now);
      case 'renew':
        return this.#leases.renew(order.hash, order.token, order.term, now);
      case 'release':
        this.#leases.release(order.hash, order.token, order.failure, now);
        return undefined;
      case 'use':
        this.#records.use(order.hashes, order.at);
        return undefined;
      case 'put':
        if (this.#room.lack !== undefined) throw new StoreFullError(this.#room.lack);
        this.#put.run(order.table, order.name, order.value);
        return undefined;
      case 'drop':
        this.#drop.run(order.table, order.name);
        return undefined;
    }
  }

  #commit(record: NewRecord, fence: Fence | undefined, encoded: Encoded | undefined, now: number) {
    let expired: number | null = null;
    if (fence !== undefined) {
      if (!this.#leases.holds(record.hash, fence.token, now)) return 'fenced';
      const verdict = this.#log.judge(record, fence.sequence);
      if (verdict.state === 'forbidden') return 'fenced';
      expired = verdict.expired;
    }
    if (encoded === undefined || !this.#room.holds(encoded.bytes.length)) return 'full';
    this.#records.put(record, encoded, expired, now);
    if (fence === undefined) {
      const { hash, kind, scope } = record;
      this.#leases.end(hash, now);
      this.#log.add('set', { hash, kind, scope }, null, now);
    } else this.#leases.touch(record.hash, now);
    return 'committed';
  }

  #invalidate(selector: StoreSelector, now: number): number {
    const selection = selectionOf(selector);
    if (selection.values.length === 0) this.#leases.endAll(now);
    else this.#leases.endOf(selection, now);
    // A key that is being generated for the first time has a lease and no record.
    if (selector.hash !== undefined) this.#leases.end(selector.hash, now);
    this.#records.removeAll(selection);
    return this.#log.add('invalidated', selector, null, now);
  }
}

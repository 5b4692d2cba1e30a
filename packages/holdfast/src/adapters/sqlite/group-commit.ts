import type { DatabaseSync } from 'node:sqlite';
import { encode } from './coding.ts';
import { type Failure, failureOf, reasonOf } from './failure.ts';
import { Operations } from './operations.ts';
import type { Order, Result, WriterReport } from './order.ts';
import type { Pending } from './order-queue.ts';
import type { Room } from './room.ts';
import { assertVersion } from './schema.ts';

/** What became of a group. `again`: nothing was done of what is left, and why; it is for the caller to try once more. */
export type GroupOutcome =
  | { readonly state: 'settled' }
  | { readonly state: 'again'; readonly left: readonly Pending[]; readonly failure: Failure };

/** One open file, and transactions of many orders on it. Answers are given after COMMIT, and only then. */
export class GroupCommit {
  readonly #database: DatabaseSync;
  readonly #operations: Operations;
  readonly #room: Room;
  readonly #report: (report: WriterReport) => void;

  constructor(database: DatabaseSync, origin: string, room: Room, report: (report: WriterReport) => void) {
    this.#database = database;
    this.#operations = new Operations(database, origin, room);
    this.#room = room;
    this.#report = report;
  }

  run(group: readonly Pending[]): GroupOutcome {
    try {
      this.#room.look(this.#database);
    } catch (error) {
      return { state: 'again', left: group, failure: failureOf(error) };
    }
    // Before the lock is taken, as it takes the longest.
    const { ample } = this.#room;
    for (const pending of group) {
      if (pending.order.deed === 'commit') pending.encoded ??= encode(pending.order.record.envelope, ample);
    }
    const attempt = this.#transact(group);
    if (attempt.state === 'settled') return attempt;
    const { reason } = attempt.failure;
    if (reason !== 'full' && reason !== 'other') return attempt;
    if (reason === 'full') this.#room.refused();
    // One of them is the cause, and the others need not suffer for it.
    for (const [index, pending] of group.entries()) {
      const alone = this.#alone(pending);
      if (alone.state === 'settled') continue;
      const { failure } = alone;
      if (failure.reason !== 'full' && failure.reason !== 'other')
        return { ...alone, left: group.slice(index) };
      if (failure.reason === 'full') this.#room.refused();
      if (failure.reason === 'full' && pending.order.deed === 'commit') {
        this.#report({ type: 'done', results: [[pending.id, 'full']] });
      } else this.#report({ type: 'failed', ids: [pending.id], failure });
    }
    return { state: 'settled' };
  }

  #alone(pending: Pending): GroupOutcome {
    const attempt = this.#transact([pending]);
    if (attempt.state === 'settled' || attempt.failure.reason !== 'full' || storing(pending.order))
      return attempt;
    // What takes away or only marks fits into the room that the log has had.
    try {
      this.#room.cutLog(this.#database);
    } catch (error) {
      return { ...attempt, failure: failureOf(error) };
    }
    return this.#transact([pending]);
  }

  #transact(group: readonly Pending[]): GroupOutcome {
    const results: [number, Result][] = [];
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      assertVersion(this.#database);
      const now = Date.now();
      for (const { id, order, encoded } of group)
        results.push([id, this.#operations.perform(order, encoded, now)]);
      if (group.some(({ order }) => storing(order))) this.#room.evict(this.#database, now);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      return { state: 'again', left: group, failure: failureOf(error) };
    }
    this.#report({ type: 'done', results });
    return { state: 'settled' };
  }

  /** What can wait until nothing else is to be done. @returns whether there is more of it */
  tidy(): boolean {
    try {
      return this.#room.shrink(this.#database);
    } catch (error) {
      if (reasonOf(error) !== 'busy' && reasonOf(error) !== 'full') throw error;
      return false;
    }
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
    } catch {
      // SQLite has rolled back by itself, or the file is lost and with it the transaction.
    }
  }
}

const storing = ({ deed }: Order) => deed === 'commit' || deed === 'put';

import type { DatabaseSync } from 'node:sqlite';
import { type Failure, failureOf, reasonOf } from './failure.ts';
import { GroupCommit } from './group-commit.ts';
import { identityIfAny } from './identity.ts';
import { leave } from './opener.ts';
import { type Opened, openFile, type Suspicion, signIn } from './opening.ts';
import type { Order, WriterData, WriterMessage, WriterReport } from './order.ts';
import { OrderQueue, type Pending } from './order-queue.ts';
import { backOff, patiently } from './patience.ts';
import { Room } from './room.ts';

/** The caller gives up at 250. */
const leaseTimeout = 240;
const signInEvery = 500;
/** How often a file that cannot be written is looked at, and a full disk. */
const lookEvery = 500;
const closingLimit = 1_000;
const closingRounds = 16;
const anotherFile = 'the file was taken away while it was open: another is in its place';

interface File {
  readonly database: DatabaseSync;
  readonly group: GroupCommit;
  readonly identity: string;
  signedIn: boolean;
}

/** The only thread of a store that writes. It owns the file: opens it, notices that it was lost, and opens it anew. */
export class WriterThread {
  readonly #data: WriterData;
  readonly #report: (report: WriterReport) => void;
  readonly #queue = new OrderQueue();
  readonly #room: Room;
  #file: File | undefined;
  #readOnly = false;
  /** Later, a newer version works with the file: two that replace each other's would never end. */
  #first = true;
  /** The file that was called damaged, and passed its check. */
  #checked: string | undefined;
  /** The file is gone that was open, and nobody was told yet. */
  #takenAway = false;
  /** Why the file cannot be used. */
  #why = 'the file cannot be opened';
  readonly #looking: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #attempt = 0;
  /** What is still to come of timers and messages must not open the file again. */
  #closed = false;
  #closing: { readonly end: number; readonly done: () => void } | undefined;

  constructor(data: WriterData, report: (report: WriterReport) => void) {
    this.#data = data;
    this.#report = report;
    this.#room = new Room(data.path, data.settings, (lack) => report({ type: 'room', lack }));
    this.#open({ type: 'none' });
    this.#looking = setInterval(() => this.#look(false), lookEvery).unref();
  }

  hear(message: WriterMessage, done: () => void): void {
    switch (message.type) {
      case 'orders': {
        const now = performance.now();
        for (const [id, order] of message.orders) {
          this.#queue.add({ id, order, deadline: now + this.#patienceFor(order) });
        }
        this.#soon();
        break;
      }
      case 'look':
        this.#look(message.suspicious);
        break;
      case 'close':
        this.#closing = { end: performance.now() + this.#data.settings.closeTimeout, done };
        this.#soon();
    }
  }

  #patienceFor({ deed }: Order): number {
    return deed === 'acquire' ? leaseTimeout : this.#data.settings.writeTimeout;
  }

  #soon(): void {
    if (this.#turn !== undefined || this.#timer !== undefined) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#run();
    });
  }

  #later(): void {
    this.#attempt += 1;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#run();
    }, backOff(this.#attempt));
  }

  #run(): void {
    const now = performance.now();
    const end = this.#closing?.end ?? Number.POSITIVE_INFINITY;
    this.#fail(this.#queue.takeLate(now >= end ? Number.POSITIVE_INFINITY : now), {
      reason: 'busy',
      message: 'another process holds the write lock of the file',
    });
    if (this.#queue.size === 0) {
      this.#idle();
      return;
    }
    if (this.#file !== undefined && !this.#isInItsPlace(this.#file)) this.#open({ type: 'none' });
    const left = this.#write(this.#queue.take());
    if (left.length > 0) {
      this.#queue.restore(left);
      this.#later();
    } else {
      this.#attempt = 0;
      this.#soon();
    }
  }

  /** @returns what another process keeps from being written; everything else is settled */
  #write(all: readonly Pending[]): readonly Pending[] {
    let group = all;
    for (let round = 0; ; round += 1) {
      if (this.#file === undefined) {
        const message = this.#readOnly ? 'the file may not be written' : this.#why;
        this.#fail(group, { reason: this.#readOnly ? 'readonly' : 'unreachable', message });
        return [];
      }
      const outcome = this.#file.group.run(group);
      if (outcome.state === 'settled') return [];
      group = outcome.left;
      if (outcome.failure.reason === 'busy') return group;
      const damaged = outcome.failure.reason === 'damaged';
      if (round > (damaged ? 1 : 0)) {
        this.#fail(group, outcome.failure);
        return [];
      }
      if (damaged) this.#distrust();
      else this.#open({ type: 'check' });
    }
  }

  #fail(group: readonly Pending[], failure: Failure): void {
    if (group.length > 0) this.#report({ type: 'failed', ids: group.map(({ id }) => id), failure });
  }

  #idle(): void {
    if (this.#closing !== undefined) {
      this.#close(this.#closing.done);
      return;
    }
    try {
      if (this.#file?.group.tidy() === true) this.#soon();
    } catch {
      this.#open({ type: 'check' });
    }
  }

  #isInItsPlace({ identity }: File): boolean {
    if (identityIfAny(this.#data.path) === identity) return true;
    this.#takenAway = true;
    return false;
  }

  /** Looks whether the file is still the one that the path names, and whether what was amiss has passed. */
  #look(suspicious: boolean): void {
    if (this.#closed) return;
    const file = this.#file;
    if (suspicious) {
      this.#distrust();
      return;
    }
    if (file === undefined || !this.#isInItsPlace(file)) {
      this.#open({ type: 'none' });
      return;
    }
    if (!file.signedIn) file.signedIn = this.#signIn(file.database);
    if (this.#room.lack !== undefined && this.#queue.size === 0) {
      try {
        this.#room.look(file.database);
      } catch {
        this.#open({ type: 'check' });
      }
    }
  }

  /** SQLite calls the file damaged. It is checked; if it was before, the check is what is wrong. */
  #distrust(): void {
    const identity = this.#file?.identity;
    if (identity === undefined || identity !== this.#checked) this.#open({ type: 'check' });
    else this.#open({ type: 'condemned', identity });
    this.#checked = this.#file?.identity;
  }

  #open(suspicion: Suspicion): void {
    const { path, shown, id, settings } = this.#data;
    const wasReadOnly = this.#readOnly;
    this.#drop();
    let opened: Opened;
    try {
      opened = openFile(
        { path, shown, id, newerFile: this.#first ? settings.newerFile : 'reject', first: this.#first },
        suspicion,
      );
      this.#first = false;
      const { database, identity } = opened;
      this.#readOnly = database === undefined;
      if (database !== undefined) {
        this.#file = this.#take(database, identity);
        if (!this.#file.signedIn) setTimeout(() => this.#look(false), signInEvery).unref();
      }
    } catch (error) {
      this.#readOnly = false;
      const cause = error instanceof Error ? error.cause : undefined;
      const message = error instanceof Error ? error.message : 'the file cannot be opened';
      this.#why = message;
      this.#report({ type: 'lost', message, failure: cause === undefined ? undefined : failureOf(cause) });
      return;
    }
    // A file that may only be read is looked at again and again: only what is new is told.
    if (this.#readOnly && wasReadOnly && suspicion.type === 'none') return;
    const { identity, warnings } = opened;
    this.#report({
      type: 'opened',
      identity,
      readOnly: this.#readOnly,
      warnings: this.#takenAway && warnings.length === 0 ? [anotherFile] : warnings,
    });
    this.#takenAway = false;
  }

  #take(database: DatabaseSync, identity: string): File {
    try {
      const group = new GroupCommit(database, this.#data.id, this.#room, this.#report);
      return { database, group, identity, signedIn: this.#signIn(database) };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  #signIn(database: DatabaseSync): boolean {
    try {
      return signIn(database, this.#data.id);
    } catch {
      // The next order finds out what is wrong.
      return false;
    }
  }

  #drop(): void {
    try {
      this.#file?.database.close();
    } catch {
      // It is lost either way.
    }
    this.#file = undefined;
  }

  #close(done: () => void): void {
    const file = this.#file;
    if (file !== undefined) {
      try {
        for (let round = 0; round < closingRounds && file.group.tidy(); round += 1);
        const { records = 0, bytes = 0 } =
          file.database.prepare('SELECT records, bytes FROM totals').get() ?? {};
        this.#report({ type: 'closed', records: Number(records), bytes: Number(bytes) });
        patiently(closingLimit, () => leave(file.database, this.#data.id));
        file.database.exec('PRAGMA wal_checkpoint(PASSIVE)');
      } catch (error) {
        // What was acknowledged is in the log already.
        if (reasonOf(error) === 'other') throw error;
      }
    }
    this.#drop();
    this.#closed = true;
    clearInterval(this.#looking);
    done();
  }
}

import type { DatabaseSync } from 'node:sqlite';
import { type Failure, failureOf, reasonOf } from './failure.ts';
import { GroupCommit, type GroupOutcome } from './group-commit.ts';
import { identityIfAny } from './identity.ts';
import { leave } from './opener.ts';
import { type Opened, openFile, type Suspicion, signIn } from './opening.ts';
import type { WriterData, WriterReport } from './order.ts';
import type { Pending } from './order-queue.ts';
import { patiently } from './patience.ts';
import type { Room } from './room.ts';

const signInEvery = 500;
const closingLimit = 1_000;
const closingRounds = 16;
const anotherFile = 'the file was taken away while it was open: another is in its place';

interface OpenFile {
  readonly database: DatabaseSync;
  readonly group: GroupCommit;
  readonly identity: string;
  signedIn: boolean;
}

/** The file of a store, as its writer holds it: opened, noticed to be lost, and opened anew. */
export class HeldFile {
  readonly #data: WriterData;
  readonly #room: Room;
  readonly #report: (report: WriterReport) => void;
  #file: OpenFile | undefined;
  #readOnly = false;
  /** Later, a newer version works with the file: two that replace each other's would never end. */
  #first = true;
  /** The file that was called damaged, and passed its check. */
  #checked: string | undefined;
  /** The file is gone that was open, and nobody was told yet. */
  #takenAway = false;
  /** Why the file cannot be used. */
  #why = 'the file cannot be opened';
  /** What is still to come of timers and messages must not open the file again. */
  #closed = false;

  constructor(data: WriterData, room: Room, report: (report: WriterReport) => void) {
    this.#data = data;
    this.#room = room;
    this.#report = report;
    this.#open({ type: 'none' });
  }

  /** Why nothing can be written; undefined where something can. */
  get lack(): Failure | undefined {
    if (this.#file !== undefined) return undefined;
    return this.#readOnly
      ? { reason: 'readonly', message: 'the file may not be written' }
      : { reason: 'unreachable', message: this.#why };
  }

  /** Only where nothing is lacking. */
  run(group: readonly Pending[]): GroupOutcome {
    if (this.#file === undefined) throw new Error('no file is open');
    return this.#file.group.run(group);
  }

  /** Opens the file anew if another one, or none, is in its place. */
  follow(): void {
    if (this.#file !== undefined && !this.#isInItsPlace(this.#file)) this.#open({ type: 'none' });
  }

  /** Opens the file anew, and looks at all of it. */
  check(): void {
    this.#open({ type: 'check' });
  }

  /** SQLite calls the file damaged. It is checked; if it was before, the check is what is wrong. */
  distrust(): void {
    const identity = this.#file?.identity;
    if (identity === undefined || identity !== this.#checked) this.#open({ type: 'check' });
    else this.#open({ type: 'condemned', identity });
    this.#checked = this.#file?.identity;
  }

  /** Does what can wait until nothing else is to be done. @returns whether there is more of it */
  tidy(): boolean {
    try {
      return this.#file?.group.tidy() === true;
    } catch {
      this.check();
      return false;
    }
  }

  /**
   * Looks whether the file is still the one that the path names, and whether what was amiss has passed.
   * @param idle whether nothing waits to be written, which would look for room by itself
   */
  look(suspicious: boolean, idle: boolean): void {
    if (this.#closed) return;
    if (suspicious) {
      this.distrust();
      return;
    }
    const file = this.#file;
    if (file === undefined || !this.#isInItsPlace(file)) {
      this.#open({ type: 'none' });
      return;
    }
    if (!file.signedIn) file.signedIn = this.#signIn(file.database);
    if (this.#room.lack === undefined || !idle) return;
    try {
      this.#room.look(file.database);
    } catch {
      this.check();
    }
  }

  close(): void {
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
  }

  #isInItsPlace({ identity }: OpenFile): boolean {
    if (identityIfAny(this.#data.path) === identity) return true;
    this.#takenAway = true;
    return false;
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
        if (!this.#file.signedIn) setTimeout(() => this.look(false, true), signInEvery).unref();
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

  #take(database: DatabaseSync, identity: string): OpenFile {
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
}

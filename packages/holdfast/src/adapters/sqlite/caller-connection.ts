import { mayWrite } from './connection.ts';
import { storeError } from './failing.ts';
import { failureOf } from './failure.ts';
import { fileSize } from './file-size.ts';
import { identityIfAny } from './identity.ts';
import { ReadConnection } from './read-connection.ts';

/** How old a look may be that found the file in its place, in milliseconds. */
const lookEvery = 40;

interface Listener {
  /** Reads go to another file now. */
  replaced(): void;
  /** Something is wrong with the file; it is for the writer to find out what. */
  suspect(suspicious: boolean): void;
}

interface Sight {
  readonly identity: string | undefined;
  /** Of a file that nobody may write, and its log. */
  readonly sizes: string | undefined;
}

/** A file that nobody may write is another one when somebody has; one that may be written tells by its log what has happened. */
function isAnother(now: Sight, before: Sight): boolean {
  if (now.identity !== before.identity) return true;
  return now.sizes !== undefined && before.sizes !== undefined && now.sizes !== before.sizes;
}

/** The one connection of a store on its caller's thread: it never waits, and never opens what is not there. */
export class CallerConnection {
  readonly #path: string;
  readonly #listener: Listener;
  #connection: ReadConnection | undefined;
  /** Of the file that was opened last. */
  #sight: Sight | undefined;
  /** Another file is in the place of the one that was read; it may have the number of the former. */
  #replaced = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(path: string, listener: Listener) {
    this.#path = path;
    this.#listener = listener;
  }

  /**
   * Runs an action that reads.
   * @param look whether to look first if the file is still in its place, however lately that was done
   * @throws E_STORE
   */
  use<T>(action: (connection: ReadConnection) => T, look = false): T {
    try {
      this.#look(look);
      return action(this.#open());
    } catch (error) {
      const failure = failureOf(error);
      if (failure.reason !== 'busy') {
        this.#drop();
        if (!this.#closed) this.#listener.suspect(failure.reason === 'damaged');
      }
      throw storeError(failure);
    }
  }

  /** The writer has opened a file. */
  follow(identity: string): void {
    if (this.#sight !== undefined && identity !== this.#sight.identity) this.#replace();
  }

  /** There is no file to be read, until there is one again. */
  forget(): void {
    this.#drop();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #open(): ReadConnection {
    if (this.#connection !== undefined) return this.#connection;
    const sight = this.#see(!mayWrite(this.#path));
    this.#connection = new ReadConnection(this.#path);
    if (this.#sight !== undefined && isAnother(sight, this.#sight)) this.#replaced = true;
    this.#sight = sight;
    if (this.#replaced) this.#listener.replaced();
    this.#replaced = false;
    return this.#connection;
  }

  #look(always: boolean): void {
    if (this.#connection === undefined) return;
    const now = performance.now();
    if (!always && now - this.#lookedAt < lookEvery) return;
    this.#lookedAt = now;
    const before = this.#sight;
    const sight = this.#see(before?.sizes !== undefined && !mayWrite(this.#path));
    if (before === undefined || (sight.identity === before.identity && sight.sizes === before.sizes)) return;
    if (isAnother(sight, before)) this.#replace();
    else this.#drop();
    this.#listener.suspect(false);
  }

  #replace(): void {
    this.#replaced = true;
    this.#drop();
  }

  #see(fixed: boolean): Sight {
    const sizes = fixed ? `${fileSize(this.#path)} ${fileSize(`${this.#path}-wal`)}` : undefined;
    return { identity: identityIfAny(this.#path), sizes };
  }

  #drop(): void {
    try {
      this.#connection?.close();
    } catch {
      // It is not used any more either way.
    }
    this.#connection = undefined;
  }
}

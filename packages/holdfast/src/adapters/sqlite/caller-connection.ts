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

/** The one connection of a store on its caller's thread: it never waits, and never opens what is not there. */
export class CallerConnection {
  readonly #path: string;
  readonly #listener: Listener;
  #connection: ReadConnection | undefined;
  #identity: string | undefined;
  /** Nobody should write the file: one that somebody has written is another one. */
  #fixed = false;
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
    if (this.#identity !== undefined && identity !== this.#identity) this.#replace();
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
    this.#fixed = !mayWrite(this.#path);
    const identity = this.#identityNow();
    this.#connection = new ReadConnection(this.#path);
    if (this.#identity !== undefined && this.#identity !== identity) this.#replaced = true;
    this.#identity = identity;
    if (this.#replaced) this.#listener.replaced();
    this.#replaced = false;
    return this.#connection;
  }

  #look(always: boolean): void {
    if (this.#connection === undefined) return;
    const now = performance.now();
    if (!always && now - this.#lookedAt < lookEvery) return;
    this.#lookedAt = now;
    if (this.#identityNow() === this.#identity) return;
    this.#replace();
    this.#listener.suspect(false);
  }

  #replace(): void {
    this.#replaced = true;
    this.#drop();
  }

  #identityNow(): string | undefined {
    const identity = identityIfAny(this.#path);
    if (identity === undefined || !this.#fixed || mayWrite(this.#path)) return identity;
    return `${identity} ${fileSize(this.#path)} ${fileSize(`${this.#path}-wal`)}`;
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

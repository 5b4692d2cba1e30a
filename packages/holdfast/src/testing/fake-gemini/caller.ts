import type { ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';

/** The client ended the connection, or the fake was closed or reset: nobody waits for this answer any more. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
}

/**
 * The client at the other end of one request. Everything that takes time is waited for through it, so that a call
 * ends, and leaves the count of calls in flight, as soon as its client does.
 */
export class Caller {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #left = new AbortController();

  constructor(response: ServerResponse, clock: Clock) {
    this.#response = response;
    this.#clock = clock;
    const leave = () => this.#left.abort(new ClientGone('the client has left'));
    response.once('close', leave);
    response.on('error', leave);
  }

  /** Aborted once the client has left; also after a whole answer. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /**
   * Waits for what `arm` starts; the function that `arm` returns calls it off when the client leaves.
   * @throws ClientGone
   */
  wait<T>(arm: (done: (value: T) => void, fail: (error: unknown) => void) => () => void): Promise<T> {
    const signal = this.#left.signal;
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const leave = () => {
        callOff();
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      const callOff = arm(
        (value) => {
          signal.removeEventListener('abort', leave);
          resolve(value);
        },
        (error) => {
          signal.removeEventListener('abort', leave);
          reject(error);
        },
      );
    });
  }

  sleep(milliseconds: number): Promise<void> {
    return this.wait<void>((done) => {
      const timer = this.#clock.setTimeout(done, milliseconds);
      return () => timer.cancel();
    });
  }

  /** Never answers: ends only by the client leaving. @throws ClientGone, always. */
  hang(): Promise<never> {
    return this.wait<never>(() => () => {});
  }

  /** What `start` promises, for as long as the client waits; its errors are passed on. */
  waitFor<T>(start: () => Promise<T>): Promise<T> {
    return this.wait<T>((done, fail) => {
      start().then(done, fail);
      return () => {};
    });
  }

  /** Sends a piece of the answer, and waits until it has been handed to the system. */
  async write(text: string): Promise<void> {
    await this.wait<void>((done, fail) => {
      this.#response.write(text, (error) => (error ? fail(new ClientGone(error.message)) : done()));
      return () => {};
    });
  }

  /** Breaks the connection with a TCP reset, which the client sees as `ECONNRESET`. */
  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  /** Ends the connection. */
  drop(): void {
    this.#response.destroy();
  }
}

import type { IncomingMessage } from 'node:http';
import { hasBody, hasUnreadBody } from '../server/body.ts';
import { Refusal } from '../server/refusal.ts';

/** Bytes that bodies may have: each, and all that are held together. */
export interface BodyBounds {
  readonly each: number;
  readonly together: number;
}

/** A body over its bound is read, and thrown away, up to so many times the bound: its sender then hears why. */
const patience = 4;
const nothing = new Uint8Array(0);

/** The bodies of requests that have not been answered yet. */
export class RequestBodies {
  readonly #bounds: BodyBounds;
  #held = 0;

  constructor(bounds: BodyBounds) {
    this.#bounds = bounds;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** A request's body, whole. It counts until it is released. @throws Refusal 413, 503; what the connection failed with */
  read(request: IncomingMessage): Promise<Uint8Array> {
    if (!hasBody(request)) return Promise.resolve(nothing);
    if (Number(request.headers['content-length'] ?? 0) > this.#bounds.each * patience)
      return Promise.reject(this.#tooLarge());
    return new Promise((resolve, reject) => this.#read(request, resolve, reject));
  }

  release(body: Uint8Array): void {
    this.#held -= body.byteLength;
  }

  /**
   * Lets a body come that nobody wants, and throws it away: who sends first and reads then would be cut off before it hears why it
   * is refused. @returns false where there is too much of it: the connection is to end with the answer
   */
  discard(request: IncomingMessage): boolean {
    if (!hasUnreadBody(request)) return true;
    let left = this.#bounds.each * patience;
    // What was read in part was far over the bound.
    if (request.readableDidRead || Number(request.headers['content-length'] ?? 0) > left) return false;
    request.on('data', (chunk: Buffer) => {
      left -= chunk.byteLength;
      if (left < 0) request.destroy();
    });
    return true;
  }

  #read(
    request: IncomingMessage,
    resolve: (body: Uint8Array) => void,
    reject: (error: unknown) => void,
  ): void {
    const chunks: Buffer[] = [];
    let size = 0;
    let kept = 0;
    let refusal: Refusal | undefined;
    const letGo = () => {
      this.#held -= kept;
      kept = 0;
      chunks.length = 0;
    };
    const stop = () => request.off('data', take).off('end', finish).off('error', fail).off('close', cut);
    const fail = (error: unknown) => {
      stop();
      letGo();
      reject(error);
    };
    const cut = () => fail(request.errored ?? new Error('the connection ended in the middle of a body'));
    const take = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (refusal === undefined) {
        chunks.push(chunk);
        kept += chunk.byteLength;
        this.#held += chunk.byteLength;
        refusal = this.#refusalOf(size);
      }
      if (refusal === undefined) return;
      letGo();
      if (size > this.#bounds.each * patience) fail(refusal);
    };
    const finish = () => {
      if (refusal !== undefined) return fail(refusal);
      stop();
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
    };
    request.on('data', take).on('end', finish).on('error', fail).on('close', cut);
  }

  #refusalOf(size: number): Refusal | undefined {
    if (size > this.#bounds.each) return this.#tooLarge();
    if (this.#held <= this.#bounds.together) return undefined;
    return new Refusal(503, 'E_OVERLOADED', 'the requests under way take up too much memory', {
      'retry-after': '1',
    });
  }

  #tooLarge(): Refusal {
    return new Refusal(413, 'E_BODY', `the body must have at most ${this.#bounds.each} bytes (--max-body)`);
  }
}

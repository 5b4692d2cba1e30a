export interface ReadOptions {
  /** Called once, when the reader stops before the end, or its signal aborts. */
  readonly left?: () => void;
  /** Ends the reading with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What a stream has brought so far, for any number of readers, each at its own pace.
 *
 * The chunks are kept once, however many read them, and a reader is a place in them: one that comes late replays what it has
 * missed and goes on live; one that is slow holds up nobody, and costs no more than the tape, which its writer bounds; one
 * that leaves only stops.
 */
export class Tape<C> {
  readonly #chunks: C[] = [];
  readonly #waiting = new Set<() => void>();
  /** Who wants to know that nothing more comes. */
  readonly #following = new Set<() => void>();
  #state: State = { kind: 'running' };
  #isRead = false;

  /** A reader has taken a chunk: what was sent cannot be taken back. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Nothing after the end, or after `fail`: whoever goes on writing had been given up. */
  append(chunk: C): void {
    if (this.#state.kind !== 'running') return;
    this.#chunks.push(chunk);
    this.#wake();
  }

  end(): void {
    this.#close({ kind: 'ended' });
  }

  /** Readers get what has come, and then the error. */
  fail(error: unknown): void {
    this.#close({ kind: 'failed', error });
  }

  /** Forgets what has come, for another attempt. @returns false where somebody has read some of it, or it is over */
  rewind(): boolean {
    if (this.#isRead || this.#state.kind !== 'running') return false;
    this.#chunks.length = 0;
    return true;
  }

  read(options: ReadOptions = {}): AsyncIterableIterator<C, undefined> {
    const look = (at: number): IteratorResult<C, undefined> | undefined => this.#look(at);
    const following = this.#state.kind === 'running' ? this.#following : undefined;
    return new Reader({ look, waiting: this.#waiting, following }, options);
  }

  /** Undefined: it has not come yet. @throws what the stream failed with, after its last chunk */
  #look(at: number): IteratorResult<C, undefined> | undefined {
    if (at < this.#chunks.length) {
      this.#isRead = true;
      return { done: false, value: this.#chunks[at] as C };
    }
    if (this.#state.kind === 'failed') throw this.#state.error;
    return this.#state.kind === 'ended' ? ended : undefined;
  }

  #close(state: State): void {
    if (this.#state.kind !== 'running') return;
    this.#state = state;
    for (const over of [...this.#following]) over();
    this.#wake();
  }

  #wake(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}

type State =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'failed'; readonly error: unknown };

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

interface Source<C> {
  /** The chunk of a place; undefined if it has not come yet. */
  readonly look: (at: number) => IteratorResult<C, undefined> | undefined;
  /** Called, and forgotten, when there is more. */
  readonly waiting: Set<() => void>;
  /** Called when nothing more comes; undefined where that is so. */
  readonly following: Set<() => void> | undefined;
}

class Reader<C> implements AsyncIterableIterator<C, undefined> {
  readonly #source: Source<C>;
  readonly #options: ReadOptions;
  readonly #own = new Set<() => void>();
  #at = 0;
  #isOver = false;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(source: Source<C>, options: ReadOptions) {
    this.#source = source;
    this.#options = options;
    const { signal } = options;
    if (signal?.aborted) this.#abort();
    else if (signal !== undefined && source.following !== undefined) {
      // Only as long as more may come: the signal of a caller may outlive what it does not read.
      signal.addEventListener('abort', this.#abort, { once: true });
      source.following.add(this.#release);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<C, undefined>> {
    if (this.#options.signal?.aborted) this.#abort();
    while (!this.#isOver) {
      const found = this.#take();
      if (found !== undefined) return found;
      await this.#more();
    }
    if (this.#aborted !== undefined) throw this.#aborted.reason;
    return ended;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#aborted = undefined;
    this.#leave();
    return ended;
  }

  readonly #abort = (): void => {
    if (this.#isOver) return;
    this.#aborted = { reason: this.#options.signal?.reason };
    this.#leave();
  };

  #leave(): void {
    if (this.#isOver) return;
    this.#end();
    for (const wake of this.#own) {
      this.#source.waiting.delete(wake);
      wake();
    }
    this.#options.left?.();
  }

  #end(): void {
    this.#isOver = true;
    this.#release();
  }

  readonly #release = (): void => {
    this.#options.signal?.removeEventListener('abort', this.#abort);
    this.#source.following?.delete(this.#release);
  };

  #take(): IteratorResult<C, undefined> | undefined {
    try {
      const found = this.#source.look(this.#at);
      if (found?.done === true) this.#end();
      else if (found !== undefined) this.#at += 1;
      return found;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#own.delete(wake);
        resolve();
      };
      this.#own.add(wake);
      this.#source.waiting.add(wake);
    });
  }
}

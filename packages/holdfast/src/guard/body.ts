import type { Clock } from '../lib/clock.ts';
import { type Duration, parseDuration } from '../lib/duration.ts';
import { nobodyReadsOn } from '../lib/left.ts';
import type { Deadline } from './deadline.ts';
import { runWithin } from './deadline.ts';

export interface BodyLimits {
  /** Longest wait for the first chunk; `'30s'` unless said. */
  readonly firstByte?: Duration;
  /** Longest wait for each further one; `'15s'` unless said. */
  readonly betweenChunks?: Duration;
}

export interface BodyOptions extends BodyLimits {
  readonly clock: Clock;
  /** Of the whole: no wait for a chunk goes past it. */
  readonly deadline?: Deadline | undefined;
  /** Ends the body with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Told why, when the body stalls or its caller leaves: ends the request itself. */
  readonly abort?: (reason: unknown) => void;
}

export interface ParsedBodyLimits {
  readonly firstByte: number;
  readonly betweenChunks: number;
}

/** @throws E_DURATION */
export function parseBodyLimits({ firstByte = '30s', betweenChunks = '15s' }: BodyLimits): ParsedBodyLimits {
  return {
    firstByte: parseDuration(firstByte, 'firstByte'),
    betweenChunks: parseDuration(betweenChunks, 'betweenChunks'),
  };
}

/**
 * A body that cannot stall: reading it rejects where the first chunk, or the next one, does not come in time. Only the
 * time that a reader waits counts, not the time that it takes between two reads.
 * @throws E_DURATION; when read, E_PROVIDER_TIMEOUT and `signal.reason`
 */
export function guardBody(response: Response, options: BodyOptions): Response;
export function guardBody<C>(body: ReadableStream<C>, options: BodyOptions): ReadableStream<C>;
export function guardBody<C>(body: AsyncIterable<C>, options: BodyOptions): AsyncIterableIterator<C>;
export function guardBody<C>(
  body: Response | ReadableStream<C> | AsyncIterable<C>,
  options: BodyOptions,
): Response | ReadableStream<C> | AsyncIterableIterator<C> {
  if (body instanceof ReadableStream) return guardedStream(body, options);
  if (!(body instanceof Response)) return new GuardedChunks(iteratorSource(body), options);
  if (body.body === null) return body;
  const { status, statusText, headers } = body;
  return new Response(guardedStream(body.body, options), { status, statusText, headers });
}

/** Where chunks come from; `cancel` is not waited for, as what has stalled may not answer. */
interface Source<C> {
  next(): Promise<IteratorResult<C, undefined>>;
  cancel(reason: unknown): void;
}

function iteratorSource<C>(body: AsyncIterable<C>): Source<C> {
  const iterator = body[Symbol.asyncIterator]();
  return {
    next: async () => {
      const result = await iterator.next();
      return result.done === true ? ended : result;
    },
    cancel: () => {
      // Its own rejection says nothing that the reader does not know.
      iterator.return?.().catch(() => {});
    },
  };
}

function guardedStream<C>(body: ReadableStream<C>, options: BodyOptions): ReadableStream<C> {
  const reader = body.getReader();
  const chunks = new GuardedChunks<C>(
    {
      next: async () => {
        const { done, value } = await reader.read();
        return done ? ended : { done, value };
      },
      cancel: (reason) => {
        reader.cancel(reason).catch(() => {});
      },
    },
    options,
  );
  return new ReadableStream<C>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => chunks.end(reason),
    },
    { highWaterMark: 0 },
  );
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

class GuardedChunks<C> implements AsyncIterableIterator<C, undefined> {
  readonly #source: Source<C>;
  readonly #options: BodyOptions;
  readonly #limits: ParsedBodyLimits;
  #state: { kind: 'unread' } | { kind: 'flowing' } | { kind: 'ended' } | { kind: 'failed'; reason: unknown } =
    {
      kind: 'unread',
    };

  constructor(source: Source<C>, options: BodyOptions) {
    this.#source = source;
    this.#options = options;
    this.#limits = parseBodyLimits(options);
    if (options.signal?.aborted === true) this.#leave();
    else options.signal?.addEventListener('abort', this.#leave, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<C, undefined>> {
    if (this.#state.kind === 'failed') throw this.#state.reason;
    if (this.#state.kind === 'ended') return ended;
    const { clock, deadline, signal } = this.#options;
    const first = this.#state.kind === 'unread';
    const wait = first ? this.#limits.firstByte : this.#limits.betweenChunks;
    const left = deadline?.remaining() ?? Number.POSITIVE_INFINITY;
    const within =
      left <= wait
        ? ({ clock, timeout: left, limit: 'call', signal } as const)
        : ({ clock, timeout: wait, limit: first ? 'first byte' : 'between chunks', signal } as const);
    try {
      const result = await runWithin(() => this.#source.next(), within);
      if (result.done === true) this.#settle({ kind: 'ended' });
      else if (this.#state.kind === 'unread') this.#state = { kind: 'flowing' };
      return result;
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async return(): Promise<IteratorResult<C, undefined>> {
    this.end(undefined);
    return ended;
  }

  /** Nobody reads on. */
  end(reason: unknown): void {
    if (this.#settle({ kind: 'ended' })) this.#stop(reason ?? nobodyReadsOn());
  }

  readonly #leave = () => this.#fail(this.#options.signal?.reason);

  #fail(reason: unknown): void {
    if (this.#settle({ kind: 'failed', reason })) this.#stop(reason);
  }

  #stop(reason: unknown): void {
    // Before the source is told: breaking off an SDK's stream leaves its connection open, an abort closes it.
    this.#options.abort?.(reason);
    this.#source.cancel(reason);
  }

  #settle(state: { kind: 'ended' } | { kind: 'failed'; reason: unknown }): boolean {
    if (this.#state.kind === 'ended' || this.#state.kind === 'failed') return false;
    this.#state = state;
    this.#options.signal?.removeEventListener('abort', this.#leave);
    return true;
  }
}

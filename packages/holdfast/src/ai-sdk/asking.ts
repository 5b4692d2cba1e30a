import type {
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { CallOptions } from '../cache/call-options.ts';
import type { Viewer } from '../cache/viewer.ts';
import { HoldfastError } from '../lib/errors.ts';
import { outcomeHeaders } from '../llm/exchange-answer.ts';
import type { Tape } from '../llm/tape.ts';
import type { Outcome, Resolution } from '../model/outcome.ts';
import { LiveAnswer, type Told } from './making.ts';
import { ModelFailure } from './model-failure.ts';
import { isOfStream, type Piece, partsIn, type Recorded, resultIn } from './recording.ts';

/** Asks the cache, and is shown what is on its way. */
export type Ask = (more: Pick<CallOptions, 'signal'>, viewer: Viewer) => Promise<Resolution<Recorded>>;

/**
 * The answer in one piece. Rejects with `signal.reason`, with what the generation failed with, and with E_PROVIDER where it
 * was the stream of another caller that ended too soon.
 */
export async function askWhole(
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<LanguageModelV4GenerateResult> {
  const view = new View('generate');
  const found = await asked(ask(signal === undefined ? {} : { signal }, view));
  const result = resultIn(found.value);
  if (result.finishReason.unified === 'interrupted' && isOfStream(found.value)) {
    throw new HoldfastError('E_PROVIDER', "the model's answer broke off");
  }
  const { request, response } = toldOf(found.outcome, view);
  return {
    ...result,
    ...(request !== undefined && { request }),
    response: {
      ...result.response,
      ...response,
      headers: { ...response?.headers, ...outcomeHeaders(found) },
    },
  };
}

/** The answer as a stream: what is on its way as it comes, and the rest as it was. The call lasts as long as it is read. */
export async function askStream(
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<LanguageModelV4StreamResult> {
  const leaving = new AbortController();
  const leave = () => leaving.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', leave, { once: true });
  const view = new View('stream');
  const settled = asked(ask({ signal: leaving.signal }, view)).finally(() => {
    signal?.removeEventListener('abort', leave);
  });
  // Who reads along is told by the tape.
  settled.catch(() => undefined);
  const first = await Promise.race([view.streaming, settled]);
  if (!(first instanceof Streaming)) {
    const { request, response } = toldOf(first.outcome, view);
    return {
      stream: replay(partsIn(first.value)),
      ...(request !== undefined && { request }),
      response: { headers: { ...response?.headers, ...outcomeHeaders(first) } },
    };
  }
  const { tape, told, leads } = first;
  const left = () => leaving.abort(new DOMException('nobody reads on', 'AbortError'));
  return {
    stream: live(tape.read({ left, signal })),
    ...(told.request !== undefined && { request: told.request }),
    response: {
      headers: { ...told.response?.headers, 'holdfast-outcome': leads ? 'generated' : 'coalesced' },
    },
  };
}

async function asked(asking: Promise<Resolution<Recorded>>): Promise<Resolution<Recorded>> {
  try {
    return await asking;
  } catch (error) {
    throw ModelFailure.originalOf(error);
  }
}

class Streaming {
  readonly tape: Tape<Piece>;
  readonly told: Told;
  readonly leads: boolean;
  constructor(tape: Tape<Piece>, told: Told, leads: boolean) {
    this.tape = tape;
    this.told = told;
    this.leads = leads;
  }
}

/** Takes a stream that is on its way, where a stream is wanted; of anything else the whole is waited for. */
class View implements Viewer {
  readonly #way: 'generate' | 'stream';
  readonly #resolvers = Promise.withResolvers<Streaming>();
  told: Told = {};
  isCommitted = false;

  constructor(way: 'generate' | 'stream') {
    this.#way = way;
  }

  get streaming(): Promise<Streaming> {
    return this.#resolvers.promise;
  }

  show(unfinished: unknown, leads: boolean): void {
    if (!(unfinished instanceof LiveAnswer)) return;
    const { told, tape } = unfinished;
    this.told = told;
    if (this.#way === 'generate' || tape === undefined) return;
    this.isCommitted = true;
    this.#resolvers.resolve(new Streaming(tape, told, leads));
  }
}

/** Nothing of a request that gave another answer than the one that is handed over. */
function toldOf(outcome: Outcome, { told }: View): Told {
  return outcome === 'generated' || outcome === 'coalesced' || outcome === 'bypassed' ? told : {};
}

function replay(parts: readonly LanguageModelV4StreamPart[]): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream({
    start: (controller) => {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
}

/** One part for each that is asked for, and leaving told to where they come from. */
function live(pieces: AsyncIterableIterator<Piece>): ReadableStream<LanguageModelV4StreamPart> {
  return new ReadableStream<LanguageModelV4StreamPart>(
    {
      pull: async (controller) => {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value.part());
      },
      cancel: async () => {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

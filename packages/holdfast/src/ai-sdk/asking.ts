import type {
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { CallOptions } from '../cache/call-options.ts';
import type { Viewer } from '../cache/viewer.ts';
import { HoldfastError } from '../lib/errors.ts';
import { outcomeHeaders } from '../llm/exchange-answer.ts';
import { readable } from '../llm/readable.ts';
import { View } from '../llm/view.ts';
import type { Outcome, Resolution } from '../model/outcome.ts';
import { LiveAnswer, type Told } from './making.ts';
import { ModelFailure } from './model-failure.ts';
import { partsIn, type Recorded, resultIn } from './recording.ts';

/** One call of the cache. @param viewer is shown what is on its way */
export type Ask = (more: Pick<CallOptions, 'signal'>, viewer: Viewer) => Promise<Resolution<Recorded>>;

/**
 * The answer in one piece. Rejects with `signal.reason`, with what the generation failed with, and with E_PROVIDER where it
 * was the stream of another caller that ended too soon.
 */
export async function askWhole(
  signal: AbortSignal | undefined,
  ask: Ask,
): Promise<LanguageModelV4GenerateResult> {
  const { view, told } = viewOf('generate');
  const found = await asked(ask(signal === undefined ? {} : { signal }, view));
  const result = resultIn(found.value);
  const { request, response } = ofThis(found.outcome, told());
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
  const { view, told } = viewOf('stream');
  const sight = await view.look(signal, (leaving) => asked(ask({ signal: leaving }, view)));
  if (sight.is === 'whole') {
    const { outcome, value } = sight.whole;
    const { request, response } = ofThis(outcome, told());
    return {
      stream: replay(partsIn(value)),
      ...(request !== undefined && { request }),
      response: { headers: { ...response?.headers, ...outcomeHeaders(sight.whole) } },
    };
  }
  const { answer: tape, outcome, reading } = sight;
  const { request, response } = told();
  return {
    stream: readable(tape.read(reading), (piece) => piece.part()),
    ...(request !== undefined && { request }),
    response: {
      headers: { ...response?.headers, 'holdfast-outcome': outcome },
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

/** Takes a stream that is on its way, where a stream is wanted, and hears what is told of its request in any case. */
function viewOf(way: 'generate' | 'stream') {
  let told: Told = {};
  const use = (unfinished: unknown) => {
    if (!(unfinished instanceof LiveAnswer)) return undefined;
    told = unfinished.told;
    return way === 'stream' ? unfinished.tape : undefined;
  };
  const refusalOf = (value: unknown) =>
    way === 'generate' && (value as Recorded).isBroken
      ? new HoldfastError('E_PROVIDER', "the model's answer broke off")
      : undefined;
  const view = new View(use, refusalOf);
  return { view, told: () => told };
}

/** Nothing of a request that gave another answer than the one that is handed over. */
function ofThis(outcome: Outcome, told: Told): Told {
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

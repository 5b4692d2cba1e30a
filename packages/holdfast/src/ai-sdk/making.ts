import type {
  LanguageModelV4,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { GenerationContext, Skipped } from '../cache/generator.ts';
import { publish } from '../cache/live.ts';
import type { Attempt } from '../guard/attempt.ts';
import type { Guard } from '../guard/guard.ts';
import { HoldfastError } from '../lib/errors.ts';
import type { TokenUsage } from '../llm/exchange.ts';
import type { ExchangePrice } from '../llm/price-list.ts';
import { Tape } from '../llm/tape.ts';
import { reasonAgainstKeeping } from './judgement.ts';
import { ModelFailure } from './model-failure.ts';
import type { Question, Way } from './question.ts';
import { Piece, type Recorded, recordParts, recordResult, resultIn } from './recording.ts';

/** What all answers of one middleware are made with. */
export interface Maker {
  readonly guard: Guard;
  readonly truncated: boolean;
  /** Bytes of an answer beyond which it is given up. */
  readonly maxAnswerBytes: number;
  readonly simulated: boolean;
  /** Undefined: it is not known. */
  readonly priceOf: (usage: TokenUsage) => ExchangePrice | undefined;
}

/** One answer that is to be made. */
export interface Order {
  readonly model: LanguageModelV4;
  readonly question: Question;
  readonly way: Way;
  /** The tenant, among whom turns are shared. */
  readonly scope: string;
  /** False: whoever waits gets the answer, and nothing is kept. */
  readonly keep: boolean;
}

/** What those are shown who wait for an answer: what is told of the request, and a stream as it comes. */
export class LiveAnswer {
  readonly told: Told;
  readonly tape: Tape<Piece> | undefined;

  constructor(told: Told, tape?: Tape<Piece>) {
    this.told = told;
    this.tape = tape;
  }
}

/** Of one request and its response; never kept. */
export interface Told {
  readonly request?: LanguageModelV4GenerateResult['request'] | undefined;
  readonly response?: { readonly headers?: Record<string, string>; readonly body?: unknown } | undefined;
}

/** What one attempt came to. */
interface Made {
  readonly recorded: Recorded;
  readonly result: LanguageModelV4GenerateResult;
  readonly usage: TokenUsage | undefined;
  readonly price: ExchangePrice | undefined;
}

/**
 * Asks the model, once however many wait: the generator of an answer. The parts of a stream are written on a tape, which
 * those are shown who wait for a stream; as soon as one of them has read of it, there is no second attempt.
 */
export async function make(
  maker: Maker,
  order: Order,
  ctx: GenerationContext,
): Promise<Recorded | Skipped<Recorded>> {
  const { guard, simulated, truncated } = maker;
  const { model, question, scope, keep } = order;
  const { modelId } = model;
  const tape = new Tape<Piece>();
  const told = new Set<unknown>();
  let last: unknown;
  try {
    const made = await guard<Made>(
      async (signal, attempt) => {
        // Somebody may have begun to read while this attempt waited for its turn.
        if (!tape.rewind()) throw last;
        try {
          return await attemptOnce(maker, order, { ctx, tape, told, signal, attempt });
        } catch (error) {
          last = error;
          throw error;
        }
      },
      {
        model: modelId,
        scope,
        signal: ctx.signal,
        estimate: estimateOf(maker, modelId, question),
        usage: ({ usage, price }) => usage && { inputTokens: usage.inputTokens, usd: price?.usd },
        isRepeatable: () => !tape.isRead,
      },
    );
    tape.end();
    const { usage, price, result, recorded } = made;
    if (usage !== undefined) {
      const { inputTokens, outputTokens, cachedTokens, model: named } = usage;
      ctx.cost({
        inputTokens,
        outputTokens,
        cachedTokens,
        model: named,
        ...price,
        ...(simulated && { simulated }),
      });
    }
    const unkept = question.unkept ?? reasonAgainstKeeping(result, question.params, truncated);
    return keep && unkept === undefined && 'version' in recorded ? recorded : ctx.skip(recorded);
  } catch (error) {
    // Whoever reads an error part has all of the stream; any other failure breaks it off.
    if (told.has(last)) tape.end();
    else tape.fail(error);
    throw new ModelFailure(error);
  }
}

interface Doing {
  readonly ctx: GenerationContext;
  readonly tape: Tape<Piece>;
  /** Errors that came as parts of a stream: readers have them already. */
  readonly told: Set<unknown>;
  readonly signal: AbortSignal;
  readonly attempt: Attempt;
}

async function attemptOnce(maker: Maker, order: Order, doing: Doing): Promise<Made> {
  const { model, question, way } = order;
  const params = { ...question.params, abortSignal: doing.signal };
  if (way === 'stream') {
    const pieces = await record(await model.doStream(params), maker.maxAnswerBytes, doing);
    const recorded = recordParts(pieces.filter((piece) => piece.type !== 'ping'));
    return measured(maker, model, recorded, resultIn(recorded));
  }
  const result = await model.doGenerate(params);
  publish(doing.ctx, new LiveAnswer(toldOf(result)));
  const recorded = recordResult(result);
  if ('version' in recorded) checkLength(Buffer.byteLength(recorded.body), maker.maxAnswerBytes);
  return measured(maker, model, recorded, result);
}

function toldOf({ request, response: { headers, body } = {} }: LanguageModelV4GenerateResult): Told {
  return {
    request,
    response: { ...(headers !== undefined && { headers }), ...(body !== undefined && { body }) },
  };
}

/**
 * Writes the parts on the tape, and shows it once there is something of the answer: what fails before that may be asked again.
 * @throws E_ANSWER_TOO_LARGE, the error of an error part
 */
async function record(
  { stream, request, response }: LanguageModelV4StreamResult,
  maxBytes: number,
  { ctx, tape, told, attempt }: Doing,
): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let bytes = 0;
  let isShown = false;
  let failure: { readonly error: unknown } | undefined;
  for await (const part of attempt.guardBody(stream)) {
    const piece = new Piece(part);
    bytes += Buffer.byteLength(piece.text ?? '');
    checkLength(bytes, maxBytes);
    pieces.push(piece);
    tape.append(piece);
    if (part.type === 'error') failure ??= part;
    if (isShown || failure !== undefined || preliminary.has(part.type)) continue;
    isShown = true;
    publish(ctx, new LiveAnswer({ request, response }, tape));
  }
  if (failure === undefined) return pieces;
  told.add(failure.error);
  throw failure.error;
}

/** They come before the model has said anything. */
const preliminary: ReadonlySet<LanguageModelV4StreamPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'ping',
]);

function checkLength(bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new HoldfastError(
    'E_ANSWER_TOO_LARGE',
    `the model's answer is longer than maxAnswerBytes (${most}): it was given up`,
  );
}

function measured(
  { priceOf }: Maker,
  { modelId }: LanguageModelV4,
  recorded: Recorded,
  result: LanguageModelV4GenerateResult,
): Made {
  const { inputTokens, outputTokens } = result.usage;
  if (inputTokens.total === undefined && outputTokens.total === undefined) {
    return { recorded, result, usage: undefined, price: undefined };
  }
  const usage: TokenUsage = {
    model: result.response?.modelId ?? modelId,
    inputTokens: inputTokens.total ?? 0,
    cachedTokens: inputTokens.cacheRead ?? 0,
    outputTokens: outputTokens.total ?? 0,
  };
  return { recorded, result, usage, price: priceOf(usage) };
}

function estimateOf({ priceOf }: Maker, model: string, { estimatedTokens }: Question) {
  const price = priceOf({ model, inputTokens: estimatedTokens, cachedTokens: 0, outputTokens: 0 });
  return { inputTokens: estimatedTokens, ...(price !== undefined && { usd: price.usd }) };
}

import type {
  LanguageModelV4,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import type { GenerationContext, Skipped } from '../cache/generator.ts';
import { publish } from '../cache/live.ts';
import { checkLength } from '../llm/answer-limit.ts';
import type { TokenUsage } from '../llm/exchange.ts';
import type { Tape } from '../llm/tape.ts';
import { type Counted, type Maker, type Taping, taped } from '../llm/taping.ts';
import { reasonAgainstKeeping } from './judgement.ts';
import { ModelFailure } from './model-failure.ts';
import type { Question, Way } from './question.ts';
import { broken, Piece, type Recorded, recordParts, recordResult, resultIn } from './recording.ts';
import { resultOf } from './result.ts';

/** What all answers of one middleware are made with. */
export interface AnswerMaker extends Maker {
  readonly truncated: boolean;
  /** Bytes of an answer beyond which it is given up. */
  readonly maxAnswerBytes: number;
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
interface Made extends Counted {
  readonly recorded: Recorded;
  readonly result: LanguageModelV4GenerateResult;
}

/**
 * The generator of an answer: asks the model, and shows a stream while it comes to those who wait for one. Rejects with a
 * `ModelFailure`.
 */
export async function make(
  maker: AnswerMaker,
  order: Order,
  ctx: GenerationContext,
): Promise<Recorded | Skipped<Recorded>> {
  const { model, question, scope, keep } = order;
  const { estimatedTokens } = question;
  const call = {
    model: model.modelId,
    scope,
    estimatedTokens,
    attempt: (taping: Taping<Piece>) => attemptOnce(maker, order, taping),
  };
  const made = taped<Piece, Made>(maker, call, ctx);
  const { result, recorded } = await made.catch((error: unknown) => {
    throw new ModelFailure(error);
  });
  const unkept = question.unkept ?? reasonAgainstKeeping(result, question.params, maker.truncated);
  return keep && unkept === undefined && 'version' in recorded ? recorded : ctx.skip(recorded);
}

async function attemptOnce(
  { maxAnswerBytes }: AnswerMaker,
  { model, question, way }: Order,
  taping: Taping<Piece>,
): Promise<Made> {
  const params = { ...question.params, abortSignal: taping.signal };
  if (way === 'stream') {
    const answer = await model.doStream(params);
    const pieces: Piece[] = [];
    try {
      await record(answer, pieces, maxAnswerBytes, taping);
    } catch (error) {
      taping.spent(usageOf(model, resultOf(pieces.map((piece) => piece.part()))));
      throw error;
    }
    const parts = recordParts(pieces.filter((piece) => piece.type !== 'ping'));
    const result = resultIn(parts);
    const recorded = result.finishReason.unified === 'interrupted' ? broken(parts) : parts;
    return { recorded, result, usage: usageOf(model, result) };
  }
  const result = await model.doGenerate(params);
  publish(taping.ctx, new LiveAnswer(toldOf(result)));
  const recorded = recordResult(result);
  if ('version' in recorded) checkLength(Buffer.byteLength(recorded.body), maxAnswerBytes);
  return { recorded, result, usage: usageOf(model, result) };
}

function toldOf({ request, response: { headers, body } = {} }: LanguageModelV4GenerateResult): Told {
  return {
    request,
    response: { ...(headers !== undefined && { headers }), ...(body !== undefined && { body }) },
  };
}

/**
 * Keeps the parts, writes them on the tape, and shows it once there is something of the answer: what fails before that may be
 * asked again.
 * @throws E_ANSWER_TOO_LARGE, the error of an error part
 */
async function record(
  { stream, request, response }: LanguageModelV4StreamResult,
  pieces: Piece[],
  maxBytes: number,
  { ctx, tape, told, attempt }: Taping<Piece>,
): Promise<void> {
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
  if (failure !== undefined) throw told(failure.error);
}

/** They come before the model has said anything. */
const preliminary: ReadonlySet<LanguageModelV4StreamPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'ping',
]);

/** Undefined where the model told none. */
function usageOf(
  { modelId }: LanguageModelV4,
  { usage: { inputTokens, outputTokens }, response }: LanguageModelV4GenerateResult,
): TokenUsage | undefined {
  if (inputTokens.total === undefined && outputTokens.total === undefined) return undefined;
  return {
    model: response?.modelId ?? modelId,
    inputTokens: inputTokens.total ?? 0,
    cachedTokens: inputTokens.cacheRead ?? 0,
    outputTokens: outputTokens.total ?? 0,
  };
}

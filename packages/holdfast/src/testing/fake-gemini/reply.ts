import { createHash } from 'node:crypto';
import { canonical } from '../../lib/canonical.ts';
import { isObject, type JsonObject } from './json-object.ts';
import type { FakeGeminiRequest } from './request.ts';
import {
  estimatePromptTokens,
  estimateTokens,
  type UsageMetadata,
  type UsageOverride,
  usageMetadata,
} from './usage.ts';

/** What the model says. A plain string stands for `{ text }`. */
export interface FakeGeminiReply {
  /** Streamed in pieces that end at a space. */
  readonly text?: string;
  /** Parts in Gemini's own shape (function calls, inline data), one chunk each, after the text. */
  readonly parts?: readonly JsonObject[];
  /** `'STOP'` unless said; `'MAX_TOKENS'` where `maxOutputTokens` cut the text. */
  readonly finishReason?: string;
  /** The prompt is refused: an answer without candidates that says why, such as `'SAFETY'`, in place of all of the above. */
  readonly blockReason?: string;
  /** Counts in place of the estimates. */
  readonly usage?: UsageOverride;
}

/** Makes the answer to a request. An error that it throws becomes a 500 and is kept in `fake.errors`. */
export type ReplyFunction = (
  request: FakeGeminiRequest,
) => string | FakeGeminiReply | Promise<string | FakeGeminiReply>;

export type Reply = string | FakeGeminiReply | ReplyFunction;

/** `GenerateContentResponse`, as far as the fake fills it. */
export interface GeminiResponse {
  /** None where the prompt was refused. */
  readonly candidates?: readonly {
    readonly content: { readonly parts: readonly JsonObject[]; readonly role: 'model' };
    readonly finishReason?: string;
    readonly index: 0;
  }[];
  readonly promptFeedback?: { readonly blockReason: string };
  readonly usageMetadata: UsageMetadata;
  readonly modelVersion: string;
  readonly responseId: string;
}

/** One answer in both forms. The last of `chunks` carries the finish reason and the final usage, as `whole` does. */
export interface Answer {
  readonly whole: GeminiResponse;
  readonly chunks: readonly GeminiResponse[];
}

/**
 * The answer to a request. Without a reply it is made from a digest of model and body: equal requests get equal
 * answers, different ones different answers, and nothing of the prompt is in it. Gemini's JSON mode
 * (`responseMimeType: 'application/json'`) gets a JSON object; a response schema is not looked at.
 */
export function answer(request: FakeGeminiRequest, reply: string | FakeGeminiReply | undefined): Answer {
  const { body, model } = request;
  const digest = createHash('sha256')
    .update(canonical([model, body], 'the body of a request'))
    .digest();
  const said = typeof reply === 'string' ? { text: reply } : (reply ?? { text: inventText(digest, body) });
  const { text, cut } = shorten(said.text ?? '', body);
  const finishReason = said.finishReason ?? (cut ? 'MAX_TOKENS' : 'STOP');
  const override = said.usage ?? {};
  const prompt = estimatePromptTokens(body);
  const responseId = digest.toString('base64url').slice(0, 22);

  if (said.blockReason !== undefined) {
    const refused: GeminiResponse = {
      promptFeedback: { blockReason: said.blockReason },
      usageMetadata: usageMetadata(prompt, 0, override),
      modelVersion: model,
      responseId,
    };
    return { whole: refused, chunks: [refused] };
  }

  const response = (parts: readonly JsonObject[], usage: UsageMetadata, last: boolean): GeminiResponse => ({
    candidates: [{ content: { parts, role: 'model' }, ...(last ? { finishReason } : {}), index: 0 }],
    usageMetadata: usage,
    modelVersion: model,
    responseId,
  });

  const parts: readonly JsonObject[] = [
    ...pieces(text).map((piece) => ({ text: piece })),
    ...(said.parts ?? []),
  ];
  const usage = usageMetadata(prompt, tokensOf(parts), override);
  const chunks = (parts.length === 0 ? [{ text: '' }] : parts).map((part, index, all) => {
    const last = index === all.length - 1;
    const soFar = Math.min(tokensOf(all.slice(0, index + 1)), usage.candidatesTokenCount);
    return response(
      [part],
      last ? usage : usageMetadata(prompt, soFar, { ...override, candidatesTokenCount: soFar }),
      last,
    );
  });
  const wholeParts = [...(text === '' && said.parts !== undefined ? [] : [{ text }]), ...(said.parts ?? [])];
  return { whole: response(wholeParts, usage, true), chunks };
}

function tokensOf(parts: readonly JsonObject[]): number {
  let text = '';
  for (const part of parts) text += typeof part.text === 'string' ? part.text : JSON.stringify(part);
  return estimateTokens(text);
}

const lengthOfPiece = 48;

/** Cuts after the first space beyond every 48 characters, so that no character is torn; joined again it is `text`. */
function pieces(text: string): string[] {
  const all: string[] = [];
  let piece = '';
  for (const [word] of text.matchAll(/\S+\s*|\s+/g)) {
    piece += word;
    if (piece.length < lengthOfPiece) continue;
    all.push(piece);
    piece = '';
  }
  if (piece !== '') all.push(piece);
  return all;
}

function shorten(text: string, body: JsonObject): { readonly text: string; readonly cut: boolean } {
  const limit = generationConfig(body).maxOutputTokens;
  if (typeof limit !== 'number' || estimateTokens(text) <= limit) return { text, cut: false };
  return { text: text.slice(0, Math.max(0, limit) * 4).toWellFormed(), cut: true };
}

function inventText(digest: Buffer, body: JsonObject): string {
  const said = `Answer ${digest.toString('hex').slice(0, 12)}: ${Array.from(digest, (byte) => words[byte % words.length]).join(' ')}.`;
  return generationConfig(body).responseMimeType === 'application/json'
    ? JSON.stringify({ answer: said })
    : said;
}

function generationConfig(body: JsonObject): JsonObject {
  const configuration = body.generationConfig ?? body.generation_config;
  return isObject(configuration) ? configuration : {};
}

const words =
  'anchor basin beacon bridge canal cedar cliff cloud copper delta ember estuary fern field flint forest garden glacier granite harbor heather hill inlet island ivory juniper lagoon lantern maple marsh meadow mesa'.split(
    ' ',
  );

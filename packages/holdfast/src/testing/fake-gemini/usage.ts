import type { JsonValue } from '../../lib/json.ts';
import { isObject, type JsonObject } from './json-object.ts';

/** What Gemini says that a call has used; tokens. */
export interface UsageMetadata {
  /** Includes the cached ones. */
  readonly promptTokenCount: number;
  readonly cachedContentTokenCount?: number;
  readonly candidatesTokenCount: number;
  readonly thoughtsTokenCount?: number;
  readonly totalTokenCount: number;
  readonly promptTokensDetails: readonly { readonly modality: 'TEXT'; readonly tokenCount: number }[];
}

/** Counts that a reply sets in place of the estimates. */
export type UsageOverride = Partial<
  Pick<
    UsageMetadata,
    'promptTokenCount' | 'cachedContentTokenCount' | 'candidatesTokenCount' | 'thoughtsTokenCount'
  >
>;

const charactersPerToken = 4;
/** Gemini counts 258 tokens for an image tile; the fake takes it for anything that is not text. */
const tokensOfMedia = 258;

/** About four characters make a token (Google's own rule of thumb); the same text always has the same count. */
export function estimateTokens(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}

/** Tokens of what goes into the model: contents, system instruction and tools of a request's body. */
export function estimatePromptTokens(body: JsonObject): number {
  const size: Size = { characters: 0, media: 0 };
  const contents = body.contents;
  if (Array.isArray(contents)) for (const content of contents) measureContent(content, size);
  measureContent(body.systemInstruction ?? body.system_instruction, size);
  const tools = body.tools;
  if (tools !== undefined) size.characters += JSON.stringify(tools).length;
  return Math.ceil(size.characters / charactersPerToken) + size.media * tokensOfMedia;
}

interface Size {
  characters: number;
  media: number;
}

function measureContent(content: JsonValue | undefined, size: Size): void {
  if (!isObject(content) || !Array.isArray(content.parts)) return;
  for (const part of content.parts) {
    if (!isObject(part)) continue;
    if (typeof part.text === 'string') size.characters += part.text.length;
    else if (part.inlineData !== undefined || part.fileData !== undefined) size.media += 1;
    else size.characters += JSON.stringify(part).length;
  }
}

/** The metadata for a prompt and the candidate's text so far; `override` wins over the estimates. */
export function usageMetadata(prompt: number, candidates: number, override: UsageOverride): UsageMetadata {
  const promptTokenCount = override.promptTokenCount ?? prompt;
  const candidatesTokenCount = override.candidatesTokenCount ?? candidates;
  const { cachedContentTokenCount, thoughtsTokenCount } = override;
  return {
    promptTokenCount,
    ...(cachedContentTokenCount === undefined ? {} : { cachedContentTokenCount }),
    candidatesTokenCount,
    ...(thoughtsTokenCount === undefined ? {} : { thoughtsTokenCount }),
    totalTokenCount: promptTokenCount + candidatesTokenCount + (thoughtsTokenCount ?? 0),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: promptTokenCount }],
  };
}

import type { TokenUsage } from '../exchange.ts';
import { isObject, type JsonObject, objectsOf } from '../json-object.ts';

/** Tokens by the last chunk that tells them, as each tells of all so far; undefined where none does. */
export function usageOf(
  chunks: readonly JsonObject[],
  { model, isUnpriceable }: { readonly model: string; readonly isUnpriceable: boolean },
): TokenUsage | undefined {
  const usage = chunks.map(({ usageMetadata }) => usageMetadata).findLast(isUsage);
  if (usage === undefined) return undefined;
  const version = chunks.map(({ modelVersion }) => modelVersion).findLast((name) => typeof name === 'string');
  const inputTokens = count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount);
  const audioTokens =
    modality(usage.promptTokensDetails, 'AUDIO') + modality(usage.toolUsePromptTokensDetails, 'AUDIO');
  const cachedAudioTokens = modality(usage.cacheTokensDetails, 'AUDIO');
  const madeMedia = ['IMAGE', 'AUDIO', 'VIDEO'].some(
    (name) => modality(usage.candidatesTokensDetails, name) > 0,
  );
  return {
    model: version ?? model,
    inputTokens,
    cachedTokens: Math.min(count(usage.cachedContentTokenCount), inputTokens),
    outputTokens: count(usage.candidatesTokenCount) + count(usage.thoughtsTokenCount),
    ...(audioTokens > 0 && { audioTokens }),
    ...(cachedAudioTokens > 0 && { cachedAudioTokens }),
    ...((madeMedia || isUnpriceable) && { isUnpriceable: true }),
  };
}

function isUsage(value: unknown): value is JsonObject {
  return (
    isObject(value) &&
    (typeof value.promptTokenCount === 'number' || typeof value.totalTokenCount === 'number')
  );
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}

function modality(details: unknown, name: string): number {
  let tokens = 0;
  for (const detail of objectsOf(details)) if (detail.modality === name) tokens += count(detail.tokenCount);
  return tokens;
}

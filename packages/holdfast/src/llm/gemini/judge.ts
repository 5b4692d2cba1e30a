import type { Recording, TokenUsage } from '../exchange.ts';
import { isObject, type JsonObject, objectsOf } from '../json-object.ts';
import type { Allowances, Judgement, Question } from '../provider.ts';
import { chunksOf } from './chunks.ts';
import { failureIn } from './errors.ts';
import type { Expectation } from './expectation.ts';
import { badFinish, noEnd } from './finish.ts';
import { merge } from './merge.ts';
import { saysSomething } from './parts.ts';
import { textDefect } from './text-shape.ts';
import { usageOf } from './usage.ts';

/** What an answer of success is worth. Never throws; the reasons hold nothing of the answer. */
export function judge(
  question: Question,
  recording: Recording,
  { truncated = false }: Allowances,
): Judgement {
  const expectation = question.expectation as Expectation;
  const { chunks, defect } = chunksOf(recording);
  const usage = spent(question, expectation, chunks);
  const failure = failureIn(chunks);
  if (failure !== undefined) return { is: 'failure', ...failure, usage };

  const why = defect ?? defectIn(chunks, expectation, truncated);
  if (why === undefined) return { is: 'good', usage };
  const isBroken = defect !== undefined || chunks.length === 0 || why === noEnd;
  return { is: 'unkept', why, usage, ...(isBroken && { isBroken }) };
}

function spent(
  { model }: Question,
  expectation: Expectation,
  chunks: readonly JsonObject[],
): TokenUsage | undefined {
  // Counting costs nothing.
  if (expectation.family === 'countTokens')
    return { model, inputTokens: 0, cachedTokens: 0, outputTokens: 0 };
  const isUnpriceable = expectation.family === 'generateContent' && expectation.isUnpriceable;
  return usageOf(chunks, { model, isUnpriceable });
}

function defectIn(
  chunks: readonly JsonObject[],
  expectation: Expectation,
  truncated: boolean,
): string | undefined {
  const [first] = chunks;
  if (first === undefined) return 'it is empty';
  switch (expectation.family) {
    case 'countTokens':
      return typeof first.totalTokens === 'number' ? undefined : 'it tells no totalTokens';
    case 'embedContent':
      return isEmbedding(first.embedding) ? undefined : 'it has no embedding';
    case 'batchEmbedContents': {
      const { embeddings } = first;
      const isWhole = Array.isArray(embeddings) && embeddings.length === expectation.count;
      return isWhole && embeddings.every(isEmbedding) ? undefined : 'an embedding is missing';
    }
    case 'generateContent':
      return badFinish(chunks, truncated) ?? defectInContent(chunks, expectation);
  }
}

function isEmbedding(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value.values) || value.values.length === 0) return false;
  return value.values.every((number) => typeof number === 'number');
}

function defectInContent(
  chunks: readonly JsonObject[],
  { shape }: Extract<Expectation, { family: 'generateContent' }>,
): string | undefined {
  for (const candidate of objectsOf(merge(chunks).candidates)) {
    const parts = isObject(candidate.content) ? objectsOf(candidate.content.parts) : [];
    if (!parts.some(saysSomething)) return 'a candidate is empty';
    const defect = shape && textDefect(parts, shape);
    if (defect !== undefined) return defect;
  }
  return undefined;
}

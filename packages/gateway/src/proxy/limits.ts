import type { RateLimits } from 'holdfast/llm';
import { isObject } from '../json-object.ts';

/** Whose limits hold for a model that has none of its own. */
const others = '*';
const names = ['requestsPerMinute', 'inputTokensPerMinute', 'requestsPerDay'] as const;

/** By project, which is each API key, and model. */
export type ModelLimits = (project: string, model: string) => RateLimits;

/** What is wrong with a text of limits. */
export class LimitsError extends Error {
  override readonly name = 'LimitsError';
}

/**
 * Rate limits by model, out of JSON: `{ "gemini-2.5-flash": { "requestsPerMinute": 60 }, "*": { … } }`. They hold for each project.
 *
 * @throws LimitsError
 */
export function parseLimits(text: string): ModelLimits {
  const value = parse(text);
  if (!isObject(value)) throw new LimitsError('must be a JSON object of limits by model');
  const limits = new Map(Object.entries(value).map(([model, given]) => [model, limitsOf(model, given)]));
  return (_, model) => limits.get(model) ?? limits.get(others) ?? {};
}

function limitsOf(model: string, given: unknown): RateLimits {
  const shown = JSON.stringify(model);
  if (!isObject(given)) throw new LimitsError(`${shown} must be an object with ${names.join(', ')}`);
  for (const [name, limit] of Object.entries(given)) {
    if (!(names as readonly string[]).includes(name)) {
      throw new LimitsError(`${shown} has no limit ${JSON.stringify(name)}: there are ${names.join(', ')}`);
    }
    if (Number.isSafeInteger(limit) && (limit as number) >= 1) continue;
    throw new LimitsError(
      `${name} of ${shown} must be a whole number of 1 or more, not ${JSON.stringify(limit)}`,
    );
  }
  return given as RateLimits;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new LimitsError('is no JSON');
  }
}

import { causesOf } from '../lib/causes.ts';
import { HoldfastError, HoldfastProviderError, type TimeLimit } from '../lib/errors.ts';
import type { JsonValue } from '../lib/json.ts';
import { nextPacificMidnight } from './pacific-day.ts';
import { hintOfBody, hintOfHeaders } from './retry-after.ts';

/** How a provider failed, read off an error of its client. */
export type Failure =
  | {
      readonly kind: 'status';
      readonly status: number;
      /** Milliseconds after which it may be asked again, if it said so. */
      readonly retryAfter: number | undefined;
      /** The quota of the day is used up; `retryAfter` is then the time until midnight Pacific. */
      readonly perDay: boolean;
    }
  | { readonly kind: 'reset' }
  | { readonly kind: 'timeout'; readonly limit: TimeLimit }
  /** Nothing that the provider did: a mistake of the caller, an abort, a refusal. */
  | { readonly kind: 'other' };

/**
 * Reads the errors of `@google/genai` (`status`, and the body as JSON in `message`), of OpenAI's and Anthropic's
 * clients (`status`, `headers`), of the AI SDK (`statusCode`, `responseHeaders`, `responseBody`), of `checkResponse`, and the
 * system codes in the causes of a failed `fetch`.
 * @param wall milliseconds since 1970
 */
export function failureOf(error: unknown, wall: number): Failure {
  if (typeof error !== 'object' || error === null) return { kind: 'other' };
  if (HoldfastError.isInstance(error) && error.code === 'E_PROVIDER_TIMEOUT') {
    return { kind: 'timeout', limit: (error as HoldfastError & { readonly limit: TimeLimit }).limit };
  }
  if (HoldfastError.isInstance(error) && error.code !== 'E_PROVIDER') return { kind: 'other' };
  const said = error as { readonly [name in Told]?: unknown };
  const { message, status = said.statusCode } = said;
  const { headers = said.responseHeaders, body = said.responseBody } = said;
  // An answer of success may break off: the AI SDK then tells its status and the cause.
  if (typeof status === 'number' && Number.isInteger(status) && !isSuccess(status)) {
    const { retryAfter, perDay } = hintOfBody(parsed(body) ?? parsed(message));
    const told = perDay ? nextPacificMidnight(wall) - wall : (hintOfHeaders(headers, wall) ?? retryAfter);
    return { kind: 'status', status, retryAfter: told, perDay };
  }
  return isReset(error) ? { kind: 'reset' } : { kind: 'other' };
}

const isSuccess = (status: number) => status >= 200 && status < 300;

/** Properties of the errors of clients. */
type Told = 'status' | 'statusCode' | 'headers' | 'responseHeaders' | 'body' | 'responseBody' | 'message';

const retried = new Set([408, 429, 500, 502, 503, 504]);

/** Whether a second attempt is safe and may help. A time-out is not among it: the first one may still be at work. */
export function isWorthRetrying(failure: Failure): boolean {
  return failure.kind === 'reset' || (failure.kind === 'status' && retried.has(failure.status));
}

/**
 * What a failure says of the provider's health: `sick`; `well`, as it answered that the caller is wrong; or nothing,
 * as for a quota, an abort, or an error that the provider had no part in.
 */
export function healthIn(failure: Failure): 'sick' | 'well' | 'unknown' {
  if (failure.kind === 'reset' || failure.kind === 'timeout') return 'sick';
  if (failure.kind === 'other' || failure.status === 429) return 'unknown';
  return failure.status >= 500 || failure.status === 408 ? 'sick' : 'well';
}

const longestBody = 65_536;

/**
 * The response, if its status is one of success; use it around `fetch`, which takes a 503 for an answer.
 * @throws E_PROVIDER
 */
export async function checkResponse(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw new HoldfastProviderError(response.status, response.headers, await beginningOf(response));
}

/** What there is of a body; an error that breaks off in its middle is still that error. */
async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.length >= longestBody) break;
    }
  } catch {
    return text.slice(0, longestBody);
  }
  return text.slice(0, longestBody);
}

function parsed(text: unknown): JsonValue | undefined {
  if (typeof text !== 'string' || !/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

const resets: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function isReset(error: object): boolean {
  for (const cause of causesOf(error)) {
    if ('code' in cause && resets.has(cause.code)) return true;
  }
  return false;
}

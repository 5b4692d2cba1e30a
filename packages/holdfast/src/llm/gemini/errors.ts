import { isObject, type JsonObject } from '../json-object.ts';
import type { ProviderFailure } from '../provider.ts';

/** The names that Google gives to HTTP statuses. */
const names: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** A failure as Google writes it: `google.rpc.Status` in JSON, with `RetryInfo` where it is known when to come back. */
export function explain({ status, message, retryAfter }: ProviderFailure): {
  readonly type: string;
  readonly body: string;
} {
  const details =
    retryAfter !== undefined && Number.isFinite(retryAfter)
      ? {
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: seconds(retryAfter) }],
        }
      : {};
  const error = { code: status, message, status: names[status] ?? 'UNKNOWN', ...details };
  return { type: 'application/json; charset=UTF-8', body: JSON.stringify({ error }) };
}

/** As protobuf writes a duration, to the millisecond, rounded up: who comes early is refused again. */
function seconds(milliseconds: number): string {
  const whole = Math.min(Math.max(0, Math.ceil(milliseconds)), longestDelay);
  return `${whole / 1_000}s`;
}

/** A year, in milliseconds. */
const longestDelay = 365 * 86_400_000;

/** An answer of success that says it failed; undefined where none of its chunks does. */
export function failureIn(
  chunks: readonly JsonObject[],
): { readonly status: number; readonly body: string } | undefined {
  const chunk = chunks.find(({ error }) => error !== undefined && error !== null);
  return chunk && { status: statusOf(chunk.error), body: stringified({ error: chunk.error }) };
}

function statusOf(error: unknown): number {
  if (!isObject(error)) return 500;
  const { code, status } = error;
  if (typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599) return code;
  const named = Object.entries(names).find(([, name]) => name === status);
  return named === undefined ? 500 : Number(named[0]);
}

function stringified(error: JsonObject): string {
  try {
    return JSON.stringify(error);
  } catch {
    // Too deep: what it says cannot be handed on.
    return JSON.stringify({ error: { code: 500, message: 'The provider failed.', status: 'INTERNAL' } });
  }
}

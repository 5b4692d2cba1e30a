import type { JsonValue } from '../lib/json.ts';

/** What a failed answer says of coming back. */
export interface RetryHint {
  /** Milliseconds. */
  readonly retryAfter: number | undefined;
  /** A quota of the day is used up: it comes back at midnight Pacific, whatever else the answer says. */
  readonly perDay: boolean;
}

/** @param wall milliseconds since 1970, for a `retry-after` that is a date */
export function hintOfHeaders(headers: unknown, wall: number): number | undefined {
  const milliseconds = header(headers, 'retry-after-ms');
  if (milliseconds !== undefined && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const text = header(headers, 'retry-after');
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wall);
}

function header(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  if (headers instanceof Headers) return headers.get(name)?.trim();
  const entry = Object.entries(headers).find(([own]) => own.toLowerCase() === name);
  return typeof entry?.[1] === 'string' ? entry[1].trim() : undefined;
}

/** `google.rpc.RetryInfo` and `google.rpc.QuotaFailure` in the `error.details` of a Google API. */
export function hintOfBody(body: JsonValue | undefined): RetryHint {
  let retryAfter: number | undefined;
  let perDay = false;
  const error = property(Array.isArray(body) ? body[0] : body, 'error');
  const details = property(error, 'details');
  for (const detail of Array.isArray(details) ? details : []) {
    const delay = property(detail, 'retryDelay');
    const match = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay) : null;
    if (match !== null) retryAfter = Number(match[1]) * 1_000;
    const violations = property(detail, 'violations');
    for (const violation of Array.isArray(violations) ? violations : []) {
      const id = property(violation, 'quotaId');
      if (typeof id === 'string' && id.includes('PerDay')) perDay = true;
    }
  }
  return { retryAfter, perDay };
}

function property(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { readonly [name: string]: JsonValue })[name] : undefined;
}

import { isObject, type JsonObject } from '../json-object.ts';
import { hasDuplicateNames } from './duplicate-names.ts';
import { hasMoreValues } from './json-values.ts';

/** Far more than anybody asks with, and read within a second: whoever reads is a server that others wait for. */
const mostValues = 500_000;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The body of a request; undefined unless it is one JSON object in UTF-8 that every reader reads alike, and soon. */
export function parseBody(body: Uint8Array): JsonObject | undefined {
  try {
    const text = decoder.decode(body);
    if (hasMoreValues(text, mostValues)) return undefined;
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasDuplicateNames(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

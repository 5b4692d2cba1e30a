import { isObject, type JsonObject } from '../json-object.ts';
import { hasDuplicateNames } from './duplicate-names.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The body of a request; undefined unless it is one JSON object in UTF-8 that every reader reads alike. */
export function parseBody(body: Uint8Array): JsonObject | undefined {
  try {
    const text = decoder.decode(body);
    const value: unknown = JSON.parse(text);
    return isObject(value) && !hasDuplicateNames(text) ? value : undefined;
  } catch {
    return undefined;
  }
}

import { sha256 } from '../lib/canonical.ts';

/**
 * The scope of whoever holds a key: two clients with different keys never share an answer. Of the key it tells nothing that
 * could be turned back: 64 bits of a SHA-256 of a text that has more than twice as many.
 */
export function scopeOfKey(key: string | undefined): string {
  return key === undefined ? 'no-key' : `key-${sha256(`holdfast scope ${key}`).slice(0, 16)}`;
}

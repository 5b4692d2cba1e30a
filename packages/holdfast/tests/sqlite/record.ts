import { createHash } from 'node:crypto';
import type { NewRecord } from '../../src/stores/store.ts';

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest();

/** A record whose envelope can be told from a damaged one, as the engine's can: a digest, and what it is of. */
export function record(name: string, body: Uint8Array, more: Partial<NewRecord> = {}): NewRecord {
  const envelope = new Uint8Array(Buffer.concat([sha256(body), body]));
  const hash = sha256(name).toString('hex');
  return {
    hash,
    scope: '',
    kind: 'k',
    tags: [],
    paths: [],
    keys: [],
    uselessAt: Number.POSITIVE_INFINITY,
    envelope,
    ...more,
  };
}

/** A record of a few hundred bytes, which nothing makes shorter. */
export function numbered(name: string, more: Partial<NewRecord> = {}): NewRecord {
  return record(name, bytesOf(name, 300), more);
}

/** Bytes that follow from a text, and cannot be compressed. */
export function bytesOf(text: string, length: number): Uint8Array {
  const pieces = Array.from({ length: Math.ceil(length / 32) }, (_, index) => sha256(`${text} ${index}`));
  return new Uint8Array(Buffer.concat(pieces).subarray(0, length));
}

export function isWhole(envelope: Uint8Array): boolean {
  return sha256(envelope.subarray(32)).equals(envelope.subarray(0, 32));
}

/** What a generator makes for a key. */
export const madeOf = (key: string) => `value of ${key}`;

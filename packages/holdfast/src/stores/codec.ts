import { isUtf8 } from 'node:buffer';
import { deserialize, serialize } from 'node:v8';
import { isPlainJson } from '../lib/canonical.ts';
import type { EncodedValue } from '../model/record.ts';

export interface EncodeOptions {
  /** Whether a value that is not plain JSON may go through V8's structured clone. Default false. */
  readonly structured?: boolean;
}

/**
 * The bytes of a value; undefined where it cannot be stored, because what came back would be another one. The bytes of a
 * Uint8Array are not copied: `pack` does that.
 *
 * Never throws. With `structured`, V8 decides what is faithful: an instance of a class comes back as a plain object.
 */
export function encodeValue(
  value: unknown,
  { structured = false }: EncodeOptions = {},
): EncodedValue | undefined {
  try {
    if (typeof value === 'string') {
      return value.isWellFormed()
        ? { codec: 'text', bytes: Buffer.from(value, 'utf8') }
        : { codec: 'utf16', bytes: Buffer.from(value, 'utf16le') };
    }
    if (value instanceof Uint8Array) {
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype === Uint8Array.prototype) return { codec: 'bytes', bytes: value };
      if (prototype === Buffer.prototype) return { codec: 'buffer', bytes: value };
    }
    if (isPlainJson(value)) {
      return { codec: 'json', bytes: Buffer.from(JSON.stringify(value), 'utf8') };
    }
    if (structured && value !== undefined) return { codec: 'structured', bytes: serialize(value) };
  } catch {
    // A text too long for JSON, something that V8 does not clone, or the value's own code: it is not storable.
  }
  return undefined;
}

export type Decoded = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** What `encodeValue` was given, made anew: nothing of it shares memory with the bytes. Never throws. */
export function decodeValue({ codec, bytes }: EncodedValue): Decoded {
  try {
    switch (codec) {
      case 'json':
        return isUtf8(bytes) ? { ok: true, value: JSON.parse(asBuffer(bytes).toString('utf8')) } : damaged;
      case 'text':
        return isUtf8(bytes) ? { ok: true, value: asBuffer(bytes).toString('utf8') } : damaged;
      case 'utf16':
        return bytes.length % 2 === 0 ? { ok: true, value: asBuffer(bytes).toString('utf16le') } : damaged;
      case 'bytes':
        return { ok: true, value: new Uint8Array(bytes) };
      case 'buffer':
        return { ok: true, value: Buffer.from(new Uint8Array(bytes).buffer) };
      case 'structured':
        // V8 makes typed arrays as views of what it reads: of a copy, then.
        return { ok: true, value: deserialize(new Uint8Array(bytes)) };
      default:
        return damaged;
    }
  } catch {
    return damaged;
  }
}

const damaged: Decoded = { ok: false };

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

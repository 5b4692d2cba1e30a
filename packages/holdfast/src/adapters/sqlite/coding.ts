import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How an envelope is stored; the numbers are in every file. */
const raw = 0;
const zstd = 1;

/** Decompressing a shorter one takes longer than reading it. */
const shortest = 4_096;
/** Nothing larger is stored, so that a damaged size cannot ask for more memory. */
export const longest = 512 * 2 ** 20;
const params = { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 };

export interface Encoded {
  readonly coding: number;
  readonly bytes: Uint8Array;
}

/** Compresses what becomes smaller by an eighth or more. */
export function encode(envelope: Uint8Array): Encoded {
  if (envelope.length <= shortest) return { coding: raw, bytes: envelope };
  const bytes = zstdCompressSync(envelope, { params });
  return bytes.length <= envelope.length - envelope.length / 8
    ? { coding: zstd, bytes }
    : { coding: raw, bytes: envelope };
}

/** @returns undefined for what `encode` cannot have made of an envelope of that size */
export function decode(bytes: Uint8Array, coding: number, size: number): Uint8Array | undefined {
  if (coding === raw) return bytes.length === size ? bytes : undefined;
  if (coding !== zstd || !(size > 0 && size <= longest)) return undefined;
  try {
    const envelope = zstdDecompressSync(bytes, { maxOutputLength: size });
    if (envelope.length !== size) return undefined;
    return new Uint8Array(envelope.buffer, envelope.byteOffset, size);
  } catch {
    return undefined;
  }
}

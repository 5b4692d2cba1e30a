import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** How an envelope is stored; the numbers are in every file. */
const raw = 0;
const zstd = 1;

/** Decompressing a shorter one takes longer than reading it. */
const shortest = 4_096;
/** What is not longer is only compressed to save room: opening it takes longer than all the rest of a hit. */
export const longestPlain = 2 ** 20;
/** More than this many times shorter is next to nothing: a damaged size is not to ask for memory in one piece. */
const likely = 64;
/** Nothing larger is stored, so that a damaged size cannot ask for more memory. */
export const longest = 512 * 2 ** 20;
/** No checksum of its own: the envelope has one over everything. */
const params = { [constants.ZSTD_c_compressionLevel]: 1 };

export interface Encoded {
  readonly coding: number;
  readonly bytes: Uint8Array;
}

/**
 * Compresses what becomes smaller by an eighth or more.
 * @param ample whether there is room enough to keep as it is what is quicker to read so
 */
export function encode(envelope: Uint8Array, ample: boolean): Encoded {
  if (envelope.length <= (ample ? longestPlain : shortest)) return { coding: raw, bytes: envelope };
  const bytes = zstdCompressSync(envelope, { params, pledgedSrcSize: envelope.length });
  return bytes.length <= envelope.length - envelope.length / 8
    ? { coding: zstd, bytes }
    : { coding: raw, bytes: envelope };
}

/** @returns undefined for what `encode` cannot have made of an envelope of that size */
export function decode(bytes: Uint8Array, coding: number, size: number): Uint8Array | undefined {
  if (coding === raw) return bytes.length === size ? bytes : undefined;
  if (coding !== zstd || !(size > 0 && size <= longest)) return undefined;
  try {
    // In one piece, if the size may be true: many would be copied together. What comes out is checked by its checksum.
    const chunkSize = Math.min(size, bytes.length * likely) + 64;
    const envelope = zstdDecompressSync(bytes, { maxOutputLength: size, chunkSize });
    if (envelope.length !== size) return undefined;
    return new Uint8Array(envelope.buffer, envelope.byteOffset, size);
  } catch {
    return undefined;
  }
}

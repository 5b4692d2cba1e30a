import { crc32 } from 'node:zlib';
import { ByteReader } from '../stores/byte-reader.ts';
import { ByteWriter } from '../stores/byte-writer.ts';

/** What bytes are, by their first five: four that are never something else's, and the version of their format. */
export interface Mark {
  readonly magic: number;
  readonly version: number;
}

const magicBytes = 4;
const crcBytes = 4;

/** The mark, what is written, and the CRC-32 of both, in memory of its own. */
export function seal(
  { magic, version }: Mark,
  capacity: number,
  write: (writer: ByteWriter) => void,
): Uint8Array {
  const writer = new ByteWriter(magicBytes + 1 + capacity + crcBytes);
  writer.uint32(magic);
  writer.byte(version);
  write(writer);
  writer.uint32(0);
  const bytes = writer.finish();
  const end = bytes.length - crcBytes;
  viewOf(bytes).setUint32(end, crc32(bytes.subarray(0, end)), true);
  return bytes;
}

/**
 * What `read` makes of what was sealed with the mark; undefined for any other bytes, and where it throws or leaves some.
 * Total: never throws.
 */
export function unseal<T>(
  { magic, version }: Mark,
  bytes: Uint8Array,
  read: (reader: ByteReader) => T,
): T | undefined {
  const end = bytes.length - crcBytes;
  if (end < magicBytes + 1) return undefined;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== magic || view.getUint8(magicBytes) !== version) return undefined;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return undefined;
  try {
    const reader = new ByteReader(bytes.subarray(magicBytes + 1, end));
    const value = read(reader);
    return reader.left === 0 ? value : undefined;
  } catch {
    // Damage, or a text longer than any string, or no memory for it.
    return undefined;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/*
 * A row of signatures on a shelf, sealed. Numbers are little-endian.
 *
 *      0   1  the row's number
 *      1  16  the first half of the SHA-256 of the root's real path
 *     17   …  how many lines, then each: whether its path begins at the root, the path, six fields of the signature (8 bytes
 *             each), the digest (32), the day of its last use
 *
 * Whatever is not exactly that, or is of another version, root or number, is no row, and costs hashing. Damage that passes
 * the CRC could not make a changed file look unchanged: it would have to write into a line the very signature that the file
 * has now beside the very digest that it had before. There is no reading of older versions, as nothing is lost with a row.
 */
import type { ByteReader } from '../stores/byte-reader.ts';
import type { ByteWriter } from '../stores/byte-writer.ts';
import { type Mark, seal, unseal } from './seal.ts';
import type { Known } from './signature.ts';
import { rootHashBytes, type SignaturePlace } from './signature-place.ts';

/** `HFS` and 0x1A. */
const mark: Mark = { magic: 0x1a_53_46_48, version: 1 };
const fields = ['dev', 'ino', 'mode', 'size', 'mtimeNs', 'ctimeNs'] as const;
const digestBytes = 32;
/** A line with a path without a letter. */
const leastLine = 1 + 1 + 8 * fields.length + digestBytes + 1;

/** What is known of files, by their real paths. */
export type Lines = Map<string, Known>;

/** Lines with a number of more than 64 bits are left out. */
export function packRow({ root, rootHash }: SignaturePlace, row: number, lines: Lines): Uint8Array {
  const kept = [...lines].filter(([, { signature }]) =>
    fields.every((field) => BigInt.asIntN(64, signature[field]) === signature[field]),
  );
  return seal(mark, 32 + (leastLine + 64) * kept.length, (writer) => {
    writer.byte(row);
    writer.hex(rootHash);
    writer.count(kept.length);
    for (const [path, known] of kept) {
      const inside = path.startsWith(root);
      writer.byte(inside ? 1 : 0);
      writer.text(inside ? path.slice(root.length) : path);
      writeKnown(writer, known);
    }
  });
}

/** The lines of a row; undefined where the bytes are none of this place. Total: never throws. */
export function unpackRow(
  { root, rootHash }: SignaturePlace,
  row: number,
  bytes: Uint8Array,
): Lines | undefined {
  return unseal(mark, bytes, (reader) => {
    if (reader.byte() !== row || reader.hex(rootHashBytes) !== rootHash) return undefined;
    return new Map(
      reader.list(leastLine, () => {
        const inside = reader.choice(2) === 1;
        const path = reader.text();
        return [inside ? root + path : path, readKnown(reader)];
      }),
    );
  });
}

function writeKnown(writer: ByteWriter, { signature, digest, used }: Known): void {
  for (const field of fields) writer.int64(signature[field]);
  writer.hex(digest);
  writer.count(used);
}

function readKnown(reader: ByteReader): Known {
  // In the order of `fields`.
  const [dev, ino, mode] = [reader.int64(), reader.int64(), reader.int64()];
  const [size, mtimeNs, ctimeNs] = [reader.int64(), reader.int64(), reader.int64()];
  const signature = { dev, ino, mode, size, mtimeNs, ctimeNs };
  return { signature, digest: reader.hex(digestBytes), used: reader.count() };
}

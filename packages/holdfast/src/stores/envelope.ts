/*
 * The envelope: what a record is as bytes, in every store. Numbers are little-endian.
 *
 *      0   4  magic: 'HFR' and 0x1A
 *      4   1  format version
 *      5   1  flags: 1, the body is compressed with zstd
 *      6   2  0
 *      8   4  length of the body, as it stands here
 *     12   4  length of the body, uncompressed
 *     16  16  the first half of the key's digest (SHA-256 of scope, kind and id)
 *     32   …  the body: the record (`record-format.ts`)
 *    end   4  CRC-32 of everything before
 *
 * What is taken for a record is one: its CRC-32, which notices every damage that spans 32 bits or less, and any other
 * with a probability of 1 - 2^-32; both lengths; and half a SHA-256 of the very key that stands in it. Damage that
 * passes all of that and changes a value has to be longer than 32 bits, and to leave the CRC as it is by a chance of
 * 2^-32. Against somebody who writes into the store on purpose nothing here helps.
 *
 * A version is for ever: what was once written is read by every later version, and `envelope-version-1.test.ts` and its like
 * hold bytes that must be. Version 3 is added like this. Every version keeps the magic, its number behind it, and the CRC of
 * everything at the end: so an older program tells a newer record, which it leaves alone, from damage, which it may
 * delete. Whatever is read or written otherwise, a new flag, codec or dependency as well, is a new version: the format
 * files are copied beside the old ones, `readers` gets a line, `pack` writes the new one alone, and a fixture of it
 * joins those of the tests. The record in model/record.ts changes with it; a reader of an older version fills in what
 * that did not have.
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Key } from '../model/key.ts';
import type { EntryRecord } from '../model/record.ts';
import { ByteReader, Damage } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readRecord, writeRecord } from './record-format.ts';
import { readRecord1 } from './record-format-1.ts';

const magic = 0x1a_52_46_48;
const version = 2;
const place = { version: 4, flags: 5, none: 6, stored: 8, full: 12, key: 16, body: 32 } as const;
const keyBytes = place.body - place.key;
const trailer = 4;
const zstd = 1;

/** A body that is shorter is not compressed: opening it would take longer than all the rest of a read. */
const compressFrom = 4096;
/** A body that would be this many times shorter is not compressed: so that no small envelope opens into a vast record. */
export const mostCompressed = 1024;

const readers: Readonly<Record<number, (reader: ByteReader) => EntryRecord>> = {
  1: readRecord1,
  2: readRecord,
};

/**
 * Why bytes are no record. `newer format`: another version of Holdfast wrote them, and can read them. `too large`: the
 * record is beyond `maxBytes`. `other key`: it is a sound record, and not of the key that was asked for.
 */
export type UnpackReason = 'damaged' | 'newer format' | 'too large' | 'other key';

export type Unpacked =
  | { readonly ok: true; readonly record: EntryRecord }
  | { readonly ok: false; readonly reason: UnpackReason };

export interface UnpackOptions {
  /** Bytes of the record, uncompressed. */
  readonly maxBytes: number;
  /** The key that was asked for. Left out where all are read: it is then only compared with its own hash. */
  readonly key?: Key;
}

/**
 * The envelope of a record, uncompressed, in memory of its own that may be transferred to another thread.
 * @throws RangeError for a record without variants, or with more than 8, or of 4 GiB
 */
export function pack(record: EntryRecord): Uint8Array<ArrayBuffer> {
  const values = record.variants.reduce((sum, { value }) => sum + value.bytes.length, 0);
  const writer = new ByteWriter(values + 1024);
  writer.raw(new Uint8Array(place.body));
  writeRecord(writer, record);
  writer.uint32(0);
  const envelope = writer.finish();
  const length = envelope.length - place.body - trailer;
  if (length >= 2 ** 32) throw new RangeError(`a record of ${length} bytes`);
  const view = viewOf(envelope);
  view.setUint32(0, magic, true);
  view.setUint8(place.version, version);
  view.setUint32(place.full, length, true);
  envelope.set(keyHash(record.key), place.key);
  return sealed(envelope);
}

/**
 * The same record in fewer bytes; the envelope itself where that is none, or is compressed already, or would not be
 * shorter by an eighth. Never throws: it is for the thread that writes, which has nobody to tell. Of the stores here none
 * calls it: SQLite's compresses around the envelope, as its reader's thread is to open what is large; it is what makes the
 * compressed records that every version has to read.
 */
export function compressed(envelope: Uint8Array): Uint8Array {
  if (!isSound(envelope) || envelope[place.version] !== version || envelope[place.flags] !== 0)
    return envelope;
  const body = envelope.subarray(place.body, -trailer);
  if (body.length < compressFrom) return envelope;
  try {
    const short = zstdCompressSync(body, { pledgedSrcSize: body.length });
    if (short.length > body.length * 0.875 || short.length * mostCompressed < body.length) return envelope;
    const result = new Uint8Array(place.body + short.length + trailer);
    result.set(envelope.subarray(0, place.body));
    result.set(short, place.body);
    result[place.flags] = zstd;
    return sealed(result);
  } catch {
    return envelope;
  }
}

/**
 * The record in an envelope; its values are views of the bytes handed in, or of what they were decompressed to
 * (`decodeValue` copies). Total: never throws, and allocates no more than a multiple of the bytes handed in.
 */
export function unpack(bytes: Uint8Array, { maxBytes, key }: UnpackOptions): Unpacked {
  try {
    if (!isSound(bytes)) return refused('damaged');
    if (viewOf(bytes).getUint8(place.version) > version) return refused('newer format');
    return unpackSound(bytes, maxBytes, key);
  } catch {
    // Damage, or a text longer than any string, or no memory for it.
    return refused('damaged');
  }
}

function unpackSound(bytes: Uint8Array, maxBytes: number, key: Key | undefined): Unpacked {
  const view = viewOf(bytes);
  const read = readers[view.getUint8(place.version)];
  const flags = view.getUint8(place.flags);
  const stored = view.getUint32(place.stored, true);
  const length = view.getUint32(place.full, true);
  const wrong =
    read === undefined ||
    flags > zstd ||
    view.getUint16(place.none, true) !== 0 ||
    stored !== bytes.length - place.body - trailer ||
    (flags === 0 ? length !== stored : length > stored * mostCompressed);
  if (wrong) return refused('damaged');
  if (length > maxBytes) return refused('too large');
  const hash = bytes.subarray(place.key, place.body);
  if (key !== undefined && !sameBytes(hash, keyHash(key))) return refused('other key');
  const body = bytes.subarray(place.body, -trailer);
  const record = read(new ByteReader(flags === zstd ? decompressed(body, length) : body));
  if (key === undefined)
    return sameBytes(hash, keyHash(record.key)) ? { ok: true, record } : refused('damaged');
  // With the key that was asked for in its place, whose digest is known already.
  return record.key.equals(key) ? { ok: true, record: { ...record, key } } : refused('other key');
}

/** What stands at the end of an envelope: of two that are sound, and not the same, another with a probability of 1 - 2^-32. */
export function sealOf(envelope: Uint8Array): number | undefined {
  return envelope.length < trailer ? undefined : viewOf(envelope).getUint32(envelope.length - trailer, true);
}

/** Whether these are the bytes that somebody sealed, of whatever version. */
function isSound(bytes: Uint8Array): boolean {
  if (bytes.length < place.body + trailer) return false;
  const view = viewOf(bytes);
  if (view.getUint32(0, true) !== magic) return false;
  const end = bytes.length - trailer;
  return view.getUint32(end, true) === crc32(bytes.subarray(0, end));
}

function sealed<B extends Uint8Array>(envelope: B): B {
  const view = viewOf(envelope);
  const end = envelope.length - trailer;
  view.setUint32(place.stored, end - place.body, true);
  view.setUint32(end, crc32(envelope.subarray(0, end)), true);
  return envelope;
}

function decompressed(body: Uint8Array, length: number): Uint8Array {
  const { buffer, engine } = zstdDecompressSync(body, {
    info: true,
    maxOutputLength: Math.max(1, length),
    chunkSize: length + 64,
    // What a frame asks for as its window is memory, too.
    params: { [constants.ZSTD_d_windowLogMax]: Math.max(10, Math.ceil(Math.log2(length + 1))) },
  }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  if (buffer.length !== length || engine.bytesWritten !== body.length) {
    throw new Damage('a body of another length');
  }
  return buffer;
}

function keyHash({ digest }: Key): Uint8Array {
  return Buffer.from(digest.slice(0, 2 * keyBytes), 'hex');
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const refused = (reason: UnpackReason): Unpacked => ({ ok: false, reason });

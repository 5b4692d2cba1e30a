import { isUtf8 } from 'node:buffer';
import { textForm, textForms } from './text-form.ts';

/** Bytes are not what they should be. Never leaves `unpack`. */
export class Damage extends Error {}

/**
 * Reads what a `ByteWriter` wrote. Every length is held against what is left before anything is made of it, so that
 * what is allocated is in proportion to what was handed in. Throws Damage at whatever cannot be.
 */
export class ByteReader {
  readonly #bytes: Buffer;
  #view: DataView | undefined;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  /** A byte below `limit`. */
  choice(limit: number): number {
    const value = this.byte();
    if (value >= limit) throw new Damage(`a choice of ${limit} is ${value}`);
    return value;
  }

  /** A number that is one. */
  double(): number {
    const value = this.#bytes.readDoubleLE(this.#take(8));
    if (!Number.isFinite(value)) throw new Damage(`a number is ${value}`);
    return value;
  }

  int64(): bigint {
    // Buffer's own puts it together from bytes, which takes several times as long.
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    return this.#view.getBigInt64(this.#take(8), true);
  }

  /** A whole number, in its shortest form. */
  count(): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; ; length += 1) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && length > 1) throw new Damage('a number is longer than it need be');
        return value;
      }
      // More would be past 2 ** 42, and no buffer is that long.
      if (length === 6) throw new Damage('a number is too long');
      scale *= 0x80;
    }
  }

  /** How many things follow, each of `atLeast` bytes or more. */
  countOf(atLeast: number): number {
    const count = this.count();
    if (count * atLeast > this.left) throw new Damage(`${count} things in ${this.left} bytes`);
    return count;
  }

  /** A list: how many, then each. */
  list<T>(atLeast: number, read: () => T): T[] {
    const count = this.countOf(atLeast);
    const items: T[] = [];
    for (let index = 0; index < count; index += 1) items.push(read());
    return items;
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** So many bytes in hex. */
  hex(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('hex', start, start + length);
  }

  text(): string {
    const head = this.count();
    const form = head % textForms;
    const length = (head - form) / textForms;
    const start = this.#take(length);
    const end = start + length;
    switch (form) {
      case textForm.utf8: {
        const text = this.#bytes.toString('utf8', start, end);
        // Broken UTF-8 reads as U+FFFD; so does U+FFFD.
        if (text.includes('\uFFFD') && !isUtf8(this.#bytes.subarray(start, end))) {
          throw new Damage('a text is not UTF-8');
        }
        return text;
      }
      case textForm.utf16:
        if (length % 2 === 1) throw new Damage('half a character');
        return this.#bytes.toString('utf16le', start, end);
      case textForm.hex:
        if (length !== 32) throw new Damage(`a digest of ${length} bytes`);
        return this.#bytes.toString('hex', start, end);
      default:
        throw new Damage('a text of no known form');
    }
  }

  #take(length: number): number {
    if (length > this.left) throw new Damage(`${length} bytes of ${this.left}`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

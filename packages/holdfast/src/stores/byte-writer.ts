import { isHexDigest, textForm, textForms } from './text-form.ts';

/** Writes numbers, texts and bytes one after another, into memory of its own that grows. */
export class ByteWriter {
  #bytes: Buffer<ArrayBuffer>;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.from(new ArrayBuffer(capacity));
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  uint32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** A whole number of 64 bits, with its sign. */
  int64(value: bigint): void {
    this.#room(8);
    this.#at = this.#bytes.writeBigInt64LE(value, this.#at);
  }

  /** A whole number from 0 on, seven bits a byte, the lowest first. */
  count(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.byte((left % 0x80) | 0x80);
      left = Math.floor(left / 0x80);
    }
    this.byte(left);
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** The bytes that a text in hex stands for. */
  hex(text: string): void {
    this.#room(text.length / 2);
    this.#at += this.#bytes.write(text, this.#at, 'hex');
  }

  /** Its length and form in one number, then its bytes. */
  text(text: string): void {
    if (isHexDigest(text)) this.#text(text, textForm.hex, 'hex', text.length / 2);
    else if (text.isWellFormed()) this.#text(text, textForm.utf8, 'utf8', Buffer.byteLength(text, 'utf8'));
    else this.#text(text, textForm.utf16, 'utf16le', text.length * 2);
  }

  /** What was written, as the whole of its memory: it can be handed to another thread. Ends the writer. */
  finish(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer.transfer(this.#at));
  }

  #text(text: string, form: number, encoding: BufferEncoding, length: number): void {
    this.count(length * textForms + form);
    this.#room(length);
    this.#at += this.#bytes.write(text, this.#at, encoding);
  }

  #room(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    this.#bytes = Buffer.from(this.#bytes.buffer.transfer(Math.max(needed, this.#bytes.length * 2)));
  }
}

import { expect, test } from 'vitest';
import { ByteReader, Damage } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

const digest = 'ab'.repeat(32);

test.each<[string, (writer: ByteWriter) => void, (reader: ByteReader) => unknown]>([
  ['a byte', (writer) => writer.byte(7), (reader) => reader.byte()],
  ['a number', (writer) => writer.double(0.5), (reader) => reader.double()],
  ['a long number', (writer) => writer.int64(-5n), (reader) => reader.int64()],
  ['a count', (writer) => writer.count(300), (reader) => reader.count()],
  ['bytes', (writer) => writer.raw(Uint8Array.of(1, 2, 3)), (reader) => reader.raw(3)],
  ['a digest', (writer) => writer.hex(digest), (reader) => reader.hex(32)],
  ['a text', (writer) => writer.text('Grüße'), (reader) => reader.text()],
  ['a text that is no UTF-8', (writer) => writer.text('\uD800'), (reader) => reader.text()],
  ['a text that is a digest', (writer) => writer.text(digest), (reader) => reader.text()],
])('of %s that ends too soon nothing is read', (_, write, read) => {
  const writer = new ByteWriter(100);
  write(writer);
  const bytes = writer.finish();
  const whole = new ByteReader(bytes);
  read(whole);
  expect(whole.left).toBe(0);
  for (let length = 0; length < bytes.length; length += 1) {
    // What follows in memory is another's.
    expect(() => read(new ByteReader(bytes.subarray(0, length))), `${length} bytes`).toThrow(Damage);
  }
});

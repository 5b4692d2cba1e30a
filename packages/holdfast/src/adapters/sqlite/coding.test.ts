import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode } from './coding.ts';

const envelope = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length).fill(7)),
);

test('an envelope comes back as it was', () => {
  fc.assert(
    fc.property(envelope, (bytes) => {
      const encoded = encode(bytes);
      expect(encoded.bytes.length).toBeLessThanOrEqual(bytes.length);
      expect(decode(encoded.bytes, encoded.coding, bytes.length)).toEqual(bytes);
    }),
  );
});

test('whatever is not what was stored is nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.integer(), fc.integer(), (bytes, coding, size) => {
      const found = decode(bytes, coding, size);
      expect(found === undefined || found.length === size).toBe(true);
    }),
  );
  const { bytes, coding } = encode(new Uint8Array(50_000));
  expect(decode(bytes, coding, 49_999)).toBeUndefined();
  expect(decode(bytes, coding, 50_001)).toBeUndefined();
  expect(decode(bytes.subarray(0, 10), coding, 50_000)).toBeUndefined();
});

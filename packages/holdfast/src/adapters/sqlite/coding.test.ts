import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encode, longestPlain } from './coding.ts';

const envelope = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.nat({ max: 20_000 }).map((length) => new Uint8Array(length).fill(7)),
);

test('an envelope comes back as it was', () => {
  fc.assert(
    fc.property(envelope, fc.boolean(), (bytes, ample) => {
      const encoded = encode(bytes, ample);
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
  const { bytes, coding } = encode(new Uint8Array(50_000), false);
  expect(decode(bytes, coding, 49_999)).toBeUndefined();
  expect(decode(bytes, coding, 50_001)).toBeUndefined();
  expect(decode(bytes.subarray(0, 10), coding, 50_000)).toBeUndefined();
});

test('where there is room, only what is long is compressed', () => {
  const isPlain = (length: number, ample: boolean) => {
    const bytes = new Uint8Array(length);
    return encode(bytes, ample).bytes === bytes;
  };
  expect([isPlain(4_096, false), isPlain(4_097, false)]).toEqual([true, false]);
  expect([isPlain(longestPlain, true), isPlain(longestPlain + 1, true)]).toEqual([true, false]);
});

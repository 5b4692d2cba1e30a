import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../model/record.ts';
import { decodeValue, encodeValue } from './codec.ts';

const codecs: Codec[] = ['json', 'text', 'utf16', 'bytes', 'buffer', 'structured'];

/** JSON that comes back unchanged, awkward names and texts included. */
const json = fc
  .jsonValue({ stringUnit: 'binary', noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)));
const anyString = fc
  .array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\uD800', '\uDC00', '\uFEFF', '\0', '\uFFFD')),
  )
  .map((parts) => parts.join(''));

function roundTrip(value: unknown, structured = false): unknown {
  const encoded = encodeValue(value, { structured });
  if (encoded === undefined) throw new Error('not storable');
  const decoded = decodeValue(encoded);
  if (!decoded.ok) throw new Error('not decoded');
  return decoded.value;
}

describe('a value that is stored', () => {
  it('comes back as it was: plain JSON', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(roundTrip(value)).toStrictEqual(value);
      }),
    );
    const awkward = JSON.parse('{"__proto__":{"a":1},"toString":[],"":[null,true,1e300,-5e-324,"\\ud800"]}');
    expect(roundTrip(awkward)).toStrictEqual(awkward);
    expect(Object.getPrototypeOf(roundTrip(awkward))).toBe(Object.prototype);
    for (const value of [null, true, false, 0, 1, -1.5, [], {}, [[]]]) {
      expect(encodeValue(value)?.codec).toBe('json');
      expect(roundTrip(value)).toStrictEqual(value);
    }
  });

  it('comes back as it was: any string, cut emoji and byte order marks included', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        expect(roundTrip(text)).toBe(text);
      }),
    );
    expect(encodeValue('für 🍎')?.codec).toBe('text');
    expect(encodeValue('\uD83C')?.codec).toBe('utf16');
    for (const text of ['', '\uFEFFa', '\uFFFD', '\uD83C', '🍎'.repeat(10_000)])
      expect(roundTrip(text)).toBe(text);
  });

  it('comes back as it was: bytes, each in its own class', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        const array = roundTrip(bytes);
        expect(Object.getPrototypeOf(array)).toBe(Uint8Array.prototype);
        expect(array).toEqual(bytes);
        const buffer = roundTrip(Buffer.from(bytes));
        expect(Buffer.isBuffer(buffer)).toBe(true);
        expect(Buffer.compare(buffer as Buffer, bytes)).toBe(0);
      }),
    );
  });

  it('comes back as it was: what only the structured clone carries, if that was asked for', () => {
    const values = [
      new Map<unknown, unknown>([
        ['a', new Set([1, new Date(5)])],
        [{ b: 1n }, /x/g],
      ]),
      { a: undefined, b: Number.NaN, c: -0 },
      Object.assign([1, 2, 3], { length: 5 }),
      new Float64Array([1, 2.5]),
      1n,
    ];
    for (const value of values) {
      expect(encodeValue(value)).toBeUndefined();
      expect(roundTrip(value, true)).toStrictEqual(value);
    }
    expect(encodeValue({ a: 1 }, { structured: true })?.codec).toBe('json');
  });

  it('is made anew: nothing of it shares memory with the stored bytes', () => {
    for (const value of [new Uint8Array([1, 2, 3]), Buffer.from([1, 2, 3]), new Float64Array([1, 2, 3])]) {
      const encoded = encodeValue(value, { structured: true });
      if (encoded === undefined) throw new Error('not storable');
      // Aligned for any view, so that only a copy keeps them apart.
      const stored = { codec: encoded.codec, bytes: new Uint8Array(encoded.bytes) };
      const decoded = decodeValue(stored);
      stored.bytes.fill(0);
      expect(decoded).toStrictEqual({ ok: true, value });
    }
  });
});

describe('a value that is not stored', () => {
  class Instance {
    readonly a = 1;
  }
  const cycle: unknown[] = [];
  cycle.push(cycle);
  const hostile = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('of the value itself');
      },
    },
  );

  it('is what JSON would not bring back', () => {
    const values = [
      undefined,
      Number.NaN,
      -0,
      1n,
      Symbol('s'),
      () => 1,
      new Date(0),
      new Map(),
      new Instance(),
      cycle,
      hostile,
      { a: undefined },
      [() => 1],
      new Float32Array(2),
      new (class extends Uint8Array {})(2),
      new ArrayBuffer(2),
    ];
    for (const value of values) expect(encodeValue(value)).toBeUndefined();
  });
  it('is what not even the structured clone carries', () => {
    for (const value of [undefined, () => 1, Symbol('s'), { a: () => 1 }, new WeakMap()]) {
      expect(encodeValue(value, { structured: true })).toBeUndefined();
    }
  });
});

describe('decoding', () => {
  it('never throws, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(...codecs), bytes, (codec, anyBytes) => {
        expect(typeof decodeValue({ codec, bytes: anyBytes }).ok).toBe('boolean');
      }),
      { numRuns: fc.readConfigureGlobal().numRuns! * 5 },
    );
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        fc.nat(),
        fc.nat({ max: 255 }),
        (value, at, mask) => {
          const encoded = encodeValue(value, { structured: true });
          if (encoded === undefined) return;
          const broken = new Uint8Array(encoded.bytes);
          broken[at % broken.length] = (broken[at % broken.length] ?? 0) ^ mask;
          expect(typeof decodeValue({ codec: encoded.codec, bytes: broken }).ok).toBe('boolean');
        },
      ),
    );
    expect(decodeValue({ codec: 'text', bytes: Buffer.from([0xff]) })).toEqual({ ok: false });
    expect(decodeValue({ codec: 'json', bytes: Buffer.from('['.repeat(1_000_000)) })).toEqual({ ok: false });
    expect(decodeValue({ codec: 'utf16', bytes: Buffer.from([1]) })).toEqual({ ok: false });
    expect(decodeValue({ codec: 'other' as Codec, bytes: Buffer.from([1]) })).toEqual({ ok: false });
  });
});

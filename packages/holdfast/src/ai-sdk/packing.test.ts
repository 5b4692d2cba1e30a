import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlainJson } from '../lib/canonical.ts';
import { identityOf, pack, unpack } from './packing.ts';

/** As a store would: by its text. */
const kept = (value: unknown): unknown => {
  const packed = pack(value);
  if (packed === undefined) throw new Error('it cannot be packed');
  expect(isPlainJson(packed)).toBe(true);
  return unpack(JSON.parse(JSON.stringify(packed)));
};

describe('a value that is packed', () => {
  it('comes back with its dates, bytes and addresses', () => {
    const value = {
      timestamp: new Date(1_790_000_000_123),
      data: new Uint8Array([0, 1, 254, 255]),
      url: new URL('https://example.com/a?b=c#d'),
      list: [undefined, null, -0, Number.NaN, Number.NEGATIVE_INFINITY, 12n],
    };
    const back = kept(value);
    expect(back).toStrictEqual(value);
    expect((back as typeof value).data.constructor).toBe(Uint8Array);
  });

  it('is taken out of the middle of a buffer, and is nothing but its bytes', () => {
    const bytes = new Uint8Array([9, 9, 1, 2, 9]).subarray(2, 4);
    expect(kept(Buffer.from([1, 2]))).toEqual(new Uint8Array([1, 2]));
    expect(kept(bytes)).toEqual(new Uint8Array([1, 2]));
    expect(kept(new Date(Number.NaN))).toEqual(new Date(Number.NaN));
  });

  it('may look as if it was packed already', () => {
    const lookalike = { $: 'date', of: 1, more: { $: 'object', of: { $: 'bytes', of: 'AA==' } } };
    expect(kept(lookalike)).toStrictEqual(lookalike);
    expect(kept(pack(new Date(1)))).toStrictEqual(pack(new Date(1)));
  });

  it('loses nothing, whatever it is', () => {
    const value = fc.object({
      key: fc.oneof(fc.string(), fc.constantFrom('$', 'of', '__proto__', 'constructor')),
      values: [
        fc.string(),
        fc.double(),
        fc.boolean(),
        fc.constantFrom(null, undefined),
        fc.bigInt(),
        fc.date(),
        fc.uint8Array(),
        fc.webUrl().map((url) => new URL(url)),
      ],
      maxDepth: 3,
      maxKeys: 4,
      withNullPrototype: false,
    });
    fc.assert(fc.property(value, (one) => isDeepStrictEqual(kept(one), one)));
  });

  it.each<[string, unknown]>([
    ['a function', { call: () => 1 }],
    ['a symbol', [Symbol('s')]],
    ['an error', { error: new Error('no') }],
    ['a map', new Map()],
    ['another typed array', new Float32Array(1)],
    [
      'a getter that throws',
      {
        get bad() {
          throw new Error('bad');
        },
      },
    ],
  ])('must not hold %s', (_, value) => {
    expect(pack(value)).toBeUndefined();
  });

  it('must not be a cycle', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(pack(cycle)).toBeUndefined();
  });

  it('is told from others by its bytes, and not by what is undefined', () => {
    const one = { data: new Uint8Array([1, 2]), url: new URL('https://example.com'), more: undefined };
    expect(identityOf(one)).toEqual(
      identityOf({ url: new URL('https://example.com'), data: Buffer.from([1, 2]) }),
    );
    expect(identityOf(one)).not.toEqual(identityOf({ ...one, data: new Uint8Array([1, 3]) }));
    expect(JSON.stringify(identityOf(new Uint8Array(1_000_000))).length).toBeLessThan(100);
    expect(identityOf({ call: () => 1 })).toBeUndefined();
  });
});

import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal } from './seal.ts';
import type { Known } from './signature.ts';
import { rowCount, SignaturePlace } from './signature-place.ts';
import { type Lines, packRow, unpackRow } from './signature-row.ts';

const place = new SignaturePlace('/some/root', '/');
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const someKnown: fc.Arbitrary<Known> = fc.record({
  signature: fc.record({ dev: int64, ino: int64, mode: int64, size: int64, mtimeNs: int64, ctimeNs: int64 }),
  digest: fc.string().map((text) => hash('sha256', text)),
  used: fc.nat(40_000),
});
const somePath = fc.oneof(
  fc.string({ unit: 'binary' }).map((name) => `/some/root/${name}`),
  fc.string({ unit: fc.constantFrom('a', '\uD800', '\uFFFD') }).map((name) => `/elsewhere/${name}`),
  fc.constantFrom('/some/root', '/some/rooted/a', '/some/root/'),
);
const someLines: fc.Arbitrary<Lines> = fc
  .array(fc.tuple(somePath, someKnown), { maxLength: 5 })
  .map((lines) => new Map(lines));

const known: Known = {
  signature: { dev: 1n, ino: 2n, mode: 3n, size: 4n, mtimeNs: 5n, ctimeNs: 6n },
  digest: hash('sha256', 'content'),
  used: 20_000,
};
const two: Lines = new Map([
  ['/some/root/a', known],
  ['/elsewhere/b', { ...known, used: 0 }],
]);

describe('a row of signatures', () => {
  it('comes back as what it was, whatever its numbers and paths', () => {
    fc.assert(
      fc.property(someLines, fc.nat(rowCount - 1), (lines, row) => {
        expect(unpackRow(place, row, packRow(place, row, lines))).toEqual(lines);
      }),
    );
  });

  it('is none after any damage, and never throws', () => {
    const bytes = packRow(place, 7, two);
    for (let index = 0; index < bytes.length; index += 1) {
      for (const flip of [1, 0x80, 0xff]) {
        const damaged = bytes.slice();
        damaged[index] = (damaged[index] as number) ^ flip;
        expect(unpackRow(place, 7, damaged)).toBeUndefined();
      }
      expect(unpackRow(place, 7, bytes.slice(0, index))).toBeUndefined();
    }
    expect(unpackRow(place, 7, new Uint8Array([...bytes, 0]))).toBeUndefined();
  });

  it('is none for any bytes behind a right mark and a right checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(255), (bytes, row) => {
        const sealed = seal({ magic: 0x1a_53_46_48, version: 1 }, 0, (writer) => {
          writer.byte(row);
          writer.hex(place.rootHash);
          writer.raw(bytes);
        });
        const lines = unpackRow(place, row, sealed);
        if (lines !== undefined) expect(packRow(place, row, lines).length).toBeLessThanOrEqual(sealed.length);
      }),
    );
  });

  it('is none in the place of another row, under another root, or in another version', () => {
    const bytes = packRow(place, 7, two);
    expect(unpackRow(place, 7, bytes)).toEqual(two);
    expect(unpackRow(place, 8, bytes)).toBeUndefined();
    expect(unpackRow(new SignaturePlace('/some/other', '/'), 7, bytes)).toBeUndefined();
    const next = seal({ magic: 0x1a_53_46_48, version: 2 }, 0, (writer) => writer.raw(bytes.subarray(5, -4)));
    expect(unpackRow(place, 7, next)).toBeUndefined();
  });

  it('leaves out lines whose numbers have more than 64 bits', () => {
    const large = { ...known, signature: { ...known.signature, ino: 2n ** 63n } };
    const lines: Lines = new Map([...two, ['/some/root/large', large]]);
    expect(unpackRow(place, 0, packRow(place, 0, lines))).toEqual(two);
  });

  it('has the paths of the root without the root, and neither has its name', () => {
    const bytes = Buffer.from(packRow(place, 7, new Map([['/some/root/a', known]])));
    expect(bytes.includes('/some/root')).toBe(false);
    expect(place.nameOf(7)).toMatch(/^[0-9a-f]{32}\/7$/);
  });
});

describe('the place of a root', () => {
  it('is the same in every process, and another one for every root', () => {
    expect(new SignaturePlace('/some/root', '/')).toEqual(place);
    expect(new SignaturePlace('/', '/').root).toBe('/');
    expect(new SignaturePlace('/some/roots', '/').nameOf(7)).not.toBe(place.nameOf(7));
    expect(place.rowOf('/some/root/src/a.ts')).toBe(place.rowOf('/some/root/src/a.ts'));
    expect(place.rowOf('/some/root/src/a.ts')).toBe(107);
  });

  it('spreads paths over its rows evenly', () => {
    const counts = new Array<number>(rowCount).fill(0);
    for (let index = 0; index < 100 * rowCount; index += 1) {
      const row = place.rowOf(`/some/root/packages/part${index % 50}/src/file-${index}.test.ts`);
      counts[row] = (counts[row] as number) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  });
});

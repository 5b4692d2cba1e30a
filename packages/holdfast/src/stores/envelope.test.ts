import { crc32, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Key } from '../model/key.ts';
import type { EntryRecord } from '../model/record.ts';
import { compressed, mostCompressed, pack, type UnpackOptions, unpack } from './envelope.ts';
import { keys, plain, records } from './record.test-support.ts';

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
const any = { maxBytes: Number.POSITIVE_INFINITY };

const key = new Key('tenant', 'summary', 'a key');
const recordOf = (bytes: Uint8Array, of = key): EntryRecord => ({
  key: of,
  variants: [
    {
      value: { codec: 'bytes', bytes },
      madeAt: 1,
      verifiedAt: 2,
      agedAt: undefined,
      seconds: 3,
      cost: undefined,
      tags: [],
      trace: { environment: [], sources: [], groups: [] },
      digest: undefined,
      origin: undefined,
    },
  ],
});
const text = (length: number) => {
  const lines = Array.from(
    { length: Math.ceil(length / 20) },
    (_, line) => `line ${line * 7919} of a file
`,
  );
  return Buffer.from(lines.join('').slice(0, length));
};

function reasonOf(bytes: Uint8Array, options: UnpackOptions = any): string {
  const unpacked = unpack(bytes, options);
  return unpacked.ok ? 'ok' : unpacked.reason;
}

/** The envelope with other bytes, and a CRC that is right for them. */
function forged(envelope: Uint8Array, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = new Uint8Array(envelope);
  const view = new DataView(bytes.buffer);
  change(view, bytes);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

/** An envelope around any body, with lengths and CRC that are right for it. */
function around(body: Uint8Array, { flags = 0, length = body.length } = {}): Uint8Array {
  const bytes = new Uint8Array(32 + body.length + 4);
  bytes.set(pack(recordOf(new Uint8Array())).subarray(0, 32));
  bytes.set(body, 32);
  return forged(bytes, (view) => {
    view.setUint8(5, flags);
    view.setUint32(8, body.length, true);
    view.setUint32(12, length, true);
  });
}

describe('a record in its envelope', () => {
  it('comes back as it was, compressed or not, with its key or without', () => {
    fc.assert(
      fc.property(records, (record) => {
        const envelope = pack(record);
        for (const bytes of [envelope, compressed(envelope)]) {
          for (const options of [any, { ...any, key: record.key }]) {
            const unpacked = unpack(bytes, options);
            if (!unpacked.ok) throw new Error(unpacked.reason);
            expect(plain(unpacked.record)).toStrictEqual(plain(record));
          }
        }
      }),
    );
  });

  it('stands in memory of its own, which another thread may be given', () => {
    const envelope = pack(recordOf(text(100)));
    expect(envelope.buffer.byteLength).toBe(envelope.length);
    const moved = structuredClone(envelope, { transfer: [envelope.buffer] });
    expect(reasonOf(moved)).toBe('ok');
  });

  it('is read wherever it stands in a buffer', () => {
    const envelope = pack(recordOf(text(100)));
    const within = Buffer.concat([Buffer.alloc(3), envelope, Buffer.alloc(5)]);
    expect(reasonOf(within.subarray(3, 3 + envelope.length), { ...any, key })).toBe('ok');
  });

  it('has 1 to 8 variants', () => {
    const [variant] = recordOf(text(1)).variants;
    if (variant === undefined) throw new Error('none');
    expect(() => pack({ key, variants: [] })).toThrow(RangeError);
    expect(() => pack({ key, variants: Array(9).fill(variant) })).toThrow(RangeError);
    expect(reasonOf(pack({ key, variants: Array(8).fill(variant) }))).toBe('ok');
  });
});

describe('compressing', () => {
  it('makes long and regular records shorter, and leaves short and irregular ones', () => {
    const long = pack(recordOf(text(20_000)));
    expect(compressed(long).length).toBeLessThan(long.length / 3);
    expect(reasonOf(compressed(long), { ...any, key })).toBe('ok');
    const short = pack(recordOf(text(3_000)));
    expect(compressed(short)).toBe(short);
    const irregular = pack(recordOf(crypto.getRandomValues(new Uint8Array(20_000))));
    expect(compressed(irregular)).toBe(irregular);
  });

  it('leaves what is compressed already, and what is no envelope', () => {
    const once = compressed(pack(recordOf(text(20_000))));
    expect(compressed(once)).toBe(once);
    for (const bytes of [new Uint8Array(), text(5_000), once.subarray(1)])
      expect(compressed(bytes)).toBe(bytes);
    const damaged = new Uint8Array(pack(recordOf(text(20_000))));
    damaged[100] = 0;
    expect(compressed(damaged)).toBe(damaged);
  });

  it('never makes an envelope that opens into more than a thousandfold', () => {
    const empty = pack(recordOf(new Uint8Array(8_000_000)));
    expect(compressed(empty)).toBe(empty);
    expect(reasonOf(empty)).toBe('ok');
  });
});

describe('damage', () => {
  const damages = fc.oneof(
    fc.record({
      type: fc.constant('flip' as const),
      bits: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    }),
    fc.record({ type: fc.constant('cut' as const), at: fc.nat() }),
    fc.record({
      type: fc.constant('insert' as const),
      at: fc.nat(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 20 }),
    }),
    fc.record({
      type: fc.constant('remove' as const),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 50 }),
    }),
    fc.record({ type: fc.constant('splice' as const), at: fc.nat() }),
    fc.record({
      type: fc.constant('fill' as const),
      at: fc.nat(),
      length: fc.integer({ min: 1, max: 100 }),
      byte: fc.nat(255),
    }),
  );
  type Damage = typeof damages extends fc.Arbitrary<infer D> ? D : never;

  function damage(bytes: Uint8Array, other: Uint8Array, how: Damage): Uint8Array {
    switch (how.type) {
      case 'flip': {
        const copy = new Uint8Array(bytes);
        for (const bit of how.bits) {
          const at = (bit >> 3) % copy.length;
          copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
        }
        return copy;
      }
      case 'cut':
        return bytes.subarray(0, how.at % bytes.length);
      case 'insert': {
        const at = how.at % (bytes.length + 1);
        return Buffer.concat([bytes.subarray(0, at), how.bytes, bytes.subarray(at)]);
      }
      case 'remove': {
        const at = how.at % bytes.length;
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + how.length)]);
      }
      case 'splice': {
        const at = how.at % bytes.length;
        return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
      }
      case 'fill':
        return new Uint8Array(bytes).fill(
          how.byte,
          how.at % bytes.length,
          (how.at % bytes.length) + how.length,
        );
    }
  }

  it('of any kind is noticed, and is never another record', () => {
    let harmless = 0;
    fc.assert(
      fc.property(
        records,
        records,
        fc.boolean(),
        fc.array(damages, { minLength: 20, maxLength: 40 }),
        (one, two, zstd, all) => {
          const [bytes, other] = [one, two].map((record) =>
            zstd ? compressed(pack(record)) : pack(record),
          ) as [Uint8Array, Uint8Array];
          for (const how of all) {
            const broken = damage(bytes, other, how);
            const unpacked = unpack(broken, { maxBytes: 1e6, key: one.key });
            if (unpacked.ok || (unpacked.reason === 'other key' && how.type !== 'splice')) {
              expect(Buffer.compare(broken, bytes)).toBe(0);
              harmless += 1;
            }
          }
        },
      ),
      { numRuns: rounds },
    );
    // Most damage has to damage, or nothing was tried.
    expect(harmless).toBeLessThan(rounds * 4);
  });

  it('of a single bit or byte is noticed at every place', () => {
    for (const bytes of [pack(recordOf(text(60))), compressed(pack(recordOf(text(5_000))))]) {
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const broken = new Uint8Array(bytes);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(reasonOf(broken)).toBe('damaged');
      }
      for (let length = 0; length < bytes.length; length += 1) {
        expect(reasonOf(bytes.subarray(0, length))).toBe('damaged');
      }
      expect(reasonOf(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe('damaged');
      expect(reasonOf(Buffer.concat([bytes, bytes]))).toBe('damaged');
    }
  });

  it('is what bytes are that never were an envelope', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(reasonOf(bytes)).toBe('damaged');
      }),
    );
  });

  it('behind a CRC that is right throws nothing, and makes nothing of it', () => {
    fc.assert(
      fc.property(
        records,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (record, changes, zstd) => {
          const envelope = zstd ? compressed(pack(record)) : pack(record);
          const broken = forged(envelope, (_, bytes) => {
            for (const [at, byte] of changes) bytes[at % (bytes.length - 4)] = byte;
          });
          const unpacked = unpack(broken, { maxBytes: 1e6 });
          // Values, times and texts are anything; what was read is a record all the same.
          if (unpacked.ok) expect(reasonOf(pack(unpacked.record))).toBe('ok');
        },
      ),
      { numRuns: rounds * 3 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (body, zstd) => {
        const bytes = zstd ? zstdCompressSync(body) : body;
        expect(reasonOf(around(bytes, { flags: zstd ? 1 : 0, length: body.length }))).toBe('damaged');
      }),
    );
  });

  it('of a count is noticed before anything is made of it', () => {
    // Each claims millions of variants, tags or bytes in a few.
    const huge = [0xff, 0xff, 0xff, 0xff, 0x7f];
    const before = process.memoryUsage().arrayBuffers;
    for (const body of [
      [...huge],
      [0, 0, 0, ...huge],
      [0, 0, 0, 1, ...Array(26).fill(0), ...huge],
      [0, 0, 0, 1, 0, 0, ...Array(24).fill(0), 0, 0, 0, 0, ...huge],
    ]) {
      expect(reasonOf(around(Uint8Array.from(body)))).toBe('damaged');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1e7);
  });
});

describe('a zip bomb', () => {
  const zeros = new Uint8Array(64 * 2 ** 20);
  const bomb = zstdCompressSync(zeros);

  it('is damage if it owns up to its size, as no small envelope opens into a vast one', () => {
    expect(bomb.length * mostCompressed).toBeLessThan(zeros.length);
    expect(reasonOf(around(bomb, { flags: 1, length: zeros.length }))).toBe('damaged');
    expect(reasonOf(around(bomb, { flags: 1, length: 0xffff_ffff }))).toBe('damaged');
    // Though what it opens into were a record.
    const body = pack(recordOf(new Uint8Array(4 * 2 ** 20))).subarray(32, -4);
    const record = zstdCompressSync(body);
    expect(record.length * mostCompressed).toBeLessThan(body.length);
    expect(reasonOf(around(record, { flags: 1, length: body.length }))).toBe('damaged');
  });

  it('is damage if it lies about its size, and is not opened', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const length of [0, 1, 1_000, bomb.length * 1_000]) {
      expect(reasonOf(around(bomb, { flags: 1, length }))).toBe('damaged');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2e7);
  });

  it('is too large where it is large within reason', () => {
    const envelope = compressed(pack(recordOf(text(100_000))));
    expect(envelope.length).toBeLessThan(50_000);
    expect(reasonOf(envelope, { maxBytes: 100_000 })).toBe('too large');
    expect(reasonOf(envelope, { maxBytes: 101_000 })).toBe('ok');
    expect(reasonOf(pack(recordOf(text(1_000))), { maxBytes: 1_000 })).toBe('too large');
  });

  it('is damage if something follows the frame', () => {
    const body = pack(recordOf(text(5_000))).subarray(32, -4);
    const frame = zstdCompressSync(body);
    expect(reasonOf(around(frame, { flags: 1, length: body.length }))).toBe('ok');
    const followed = Buffer.concat([frame, Buffer.from('more')]);
    expect(reasonOf(around(followed, { flags: 1, length: body.length }))).toBe('damaged');
  });
});

describe('the key', () => {
  it('of another entry is told from damage', () => {
    fc.assert(
      fc.property(keys, keys, (one, two) => {
        const envelope = pack(recordOf(text(10), one));
        expect(reasonOf(envelope, { ...any, key: two })).toBe(one.equals(two) ? 'ok' : 'other key');
      }),
    );
  });

  it('is compared in full, and not by its hash alone', () => {
    const other = new Key('tenant', 'summary', 'b key');
    const hash = pack(recordOf(text(10), other)).subarray(16, 32);
    const impostor = forged(pack(recordOf(text(10))), (_, bytes) => bytes.set(hash, 16));
    expect(reasonOf(impostor, { ...any, key: other })).toBe('other key');
    expect(reasonOf(impostor, { ...any, key })).toBe('other key');
    expect(reasonOf(impostor)).toBe('damaged');
  });
});

describe('another version', () => {
  it('that is newer has a reason of its own, and only if its bytes are sound', () => {
    const newer = forged(pack(recordOf(text(10))), (view) => view.setUint8(4, 3));
    expect(reasonOf(newer)).toBe('newer format');
    expect(reasonOf(newer.subarray(0, -1))).toBe('damaged');
    expect(compressed(newer)).toBe(newer);
  });

  it('that never was is damage, and so are flags that no version has', () => {
    expect(reasonOf(forged(pack(recordOf(text(10))), (view) => view.setUint8(4, 0)))).toBe('damaged');
    expect(reasonOf(forged(pack(recordOf(text(10))), (view) => view.setUint8(5, 2)))).toBe('damaged');
    expect(reasonOf(forged(pack(recordOf(text(10))), (view) => view.setUint8(6, 1)))).toBe('damaged');
  });
});

import { describe, expect, it } from 'vitest';
import { Key } from '../model/key.ts';
import type { EntryRecord } from '../model/record.ts';
import { pack, unpack } from './envelope.ts';
import { plain } from './record.test-support.ts';

/*
 * What version 1 wrote, one text a line of base64. These bytes stand in somebody's store: they are never changed, and
 * every later version reads them.
 */

const digest = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

const key = new Key('tenant', 'summary', '\u0000a2:s1:an1;');

/** Everything that version 1 can say, at least once. */
const record: EntryRecord = {
  key,
  variants: [
    {
      value: { codec: 'json', bytes: Buffer.from('{"a":[1,2,3]}'.padEnd(1_200, ' ')) },
      madeAt: 1_767_225_600_000,
      verifiedAt: 1_767_225_660_000.5,
      agedAt: 1_767_229_200_000,
      seconds: 1.25,
      cost: { inputTokens: 1_200, outputTokens: 80, cachedTokens: 1_000, usd: 0.0042, model: 'a-model' },
      tags: ['tag', 'für 🍎', '\uD83C'],
      trace: {
        environment: [{ type: 'env', name: 'LANG', digest: 'absent' }],
        sources: [
          { type: 'file', path: 'src/a.ts', digest },
          { type: 'exists', path: 'b', digest: 'present' },
          { type: 'dir', path: '.', digest: 'not that kind' },
          {
            type: 'glob',
            pattern: '**/*.ts',
            options: { dot: true, ignore: ['dist'], unreadable: 'leave out' },
            ignoreFiles: ['.gitignore'],
            digest,
          },
          {
            type: 'glob',
            pattern: '*',
            options: { dot: false, unreadable: 'refuse' },
            ignoreFiles: [],
            digest,
          },
          { type: 'glob', pattern: '?', options: {}, ignoreFiles: [], digest: 'too large' },
        ],
        groups: [
          [{ type: 'key', key: new Key('tenant', 'outline', 'a'), digest }],
          [
            { type: 'key', key: new Key('', 'default', 'b'), digest: 'unique:1' },
            { type: 'key', key: new Key('', 'default', 'c'), digest },
          ],
        ],
      },
      digest,
      origin: { because: 'changed', at: 1_767_225_599_000, on: 'src/a.ts', was: digest, is: 'absent' },
    },
    ...(['text', 'utf16', 'bytes', 'buffer', 'structured'] as const).map((codec, index) => ({
      value: { codec, bytes: Buffer.from([index, 0]) },
      madeAt: index,
      verifiedAt: index,
      agedAt: undefined,
      seconds: 0,
      cost: index === 0 ? { usd: 1 } : undefined,
      tags: [],
      trace: { environment: [], sources: [], groups: [] },
      digest: undefined,
      origin: (
        [
          { because: 'aged', at: 1 },
          { because: 'unknown', at: 2, on: new Key('s', 'k', 'id'), was: 'present', is: 'unknown' },
          { because: 'refresh', at: 3, on: '' },
          undefined,
          undefined,
        ] as const
      )[index],
    })),
  ],
};

const uncompressed = Buffer.from(
  `
    SEZSGgEAAACuBwAArgcAADQxrFTFHpZcsIFJpZh4NOsYdGVuYW50HHN1bW1hcnksAGEyOnMxOmFuMTsGDwAAAICqbbd5QgAIJrlt
    t3lCAAAAAAAA9D8AAGgZcbd5Qh8AAAAAAMCSQAAAAAAAAFRAAAAAAABAj0AVjErqBDRxPxxhLW1vZGVsggEs8k26X7CjDiboOyrF
    ueKeGxYeXB+nQl5zBDNik4uYJAENAIBBqm23eUIgc3JjL2EudHOCASzyTbpfsKMOJug7KsW54p4bFh5cH6dCXnMEM2KTi5gkGGFi
    c2VudAMMdGFnJGbDvHIg8J+Njgk82AEQTEFORxhhYnNlbnQGACBzcmMvYS50c4IBLPJNul+wow4m6DsqxbninhsWHlwfp0JecwQz
    YpOLmCQBBGIccHJlc2VudAIELjRub3QgdGhhdCBraW5kAxwqKi8qLnRzHwEQZGlzdAEoLmdpdGlnbm9yZYIBLPJNul+wow4m6Dsq
    xbninhsWHlwfp0JecwQzYpOLmCQDBCoFAIIBLPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQDBD8AACR0b28gbGFyZ2UC
    ARh0ZW5hbnQcb3V0bGluZQRhggEs8k26X7CjDiboOyrFueKeGxYeXB+nQl5zBDNik4uYJAIAHGRlZmF1bHQEYiB1bmlxdWU6MQAc
    ZGVmYXVsdARjggEs8k26X7CjDiboOyrFueKeGxYeXB+nQl5zBDNik4uYJLAJeyJhIjpbMSwyLDNdfSAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIAAAA
    AAAA8D8AAAAAAAAAAPA/AAAAAAIAAAgCAAAAAAAA8D8AAAAAAADwPwAAAAAAAAAAAg4AAAAAAAAAQARzBGsIaWQccHJlc2VudBx1
    bmtub3duAAAAAAIBAAgDAAAAAAAAAEAAAAAAAAAAQAAAAAAAAAAAAwEAAAAAAAAIQAAAAAAAAgIAAAQAAAAAAAAIQAAAAAAAAAhA
    AAAAAAAAAAAAAAAAAgMAAAUAAAAAAAAQQAAAAAAAABBAAAAAAAAAAAAAAAAAAgQAQpOyZg==
  `,
  'base64',
);

const withZstd = Buffer.from(
  `
    SEZSGgEBAACwAQAArgcAADQxrFTFHpZcsIFJpZh4NOsotS/9YK4GNQ0AppVTPyBPrDFDTAYAIADgFAwEQhoTOZrkCjbIwflOmwio
    K2ShNcgiamCg9FUiAf9mboMttVnxQfNdbmI2pG9+yC1lCkYASwA+ACZMFlI8kJHRDSMGS1LBtbrRxsZo0IGAB8KLcC/EilM8pNPI
    QOjvZmhcqntIJxJF6f+AB2fLl9s0l7nPSOYlyVNbO9+M9yTXLvNGsxWbF6zP0j8YQOg4kFAXCyAfPJTYuEwVLECW8O4A1M5Yf3ei
    t3YxH1NfndIFUMsIDiI+jdUVPCcoExAUOEDihUYLjAPjEgkbh8+RmM/rs3s8LwiD1uu1OIvjPktacWje8SrLbfm7OzBLYbPMobjF
    UEtAtxZBCaXorWEYDLMoMIuia9/QDrfVk/yOn6q//Wv1Kkrd+09VpzVjKLMonxYoViKrrfdI/V+rv77beHUK4NJAQZNlsk0CV7mV
    DBDTJyUgoAJBVdUYPIAhhGU7F1wD1Wkvbhi7CWE6RMsxjJwGzQT8AoSqA8hBi2c9fML/Leru48aO5g5TEbWK5CtsrrUHG+sGL+Q6
    LD8K/8IM4/KWNqAJtAwOMvOR
  `,
  'base64',
);

describe('version 1', () => {
  it.each([
    ['uncompressed', uncompressed],
    ['compressed', withZstd],
  ])('is read, %s', (_, bytes) => {
    const unpacked = unpack(bytes, { maxBytes: 10_000, key });
    if (!unpacked.ok) throw new Error(unpacked.reason);
    expect(plain(unpacked.record)).toStrictEqual(plain(record));
  });

  it('is what is written, to the byte, as long as it is the newest', () => {
    expect(Buffer.compare(pack(record), uncompressed)).toBe(0);
  });
});

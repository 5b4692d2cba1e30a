import type { ReportedCost } from '../model/cost.ts';
import { Key } from '../model/key.ts';
import type { EntryRecord } from '../model/record.ts';

const digest = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

export const wholeKey = new Key('tenant', 'summary', '\u0000a2:s1:an1;');

/**
 * Everything that a record can say but for its costs, at least once.
 * @param cost of the first value, and @param other of the second; the others have none
 */
export function wholeRecord(cost: ReportedCost, other: ReportedCost): EntryRecord {
  return {
    key: wholeKey,
    variants: [
      {
        value: { codec: 'json', bytes: Buffer.from('{"a":[1,2,3]}'.padEnd(1_200, ' ')) },
        madeAt: 1_767_225_600_000,
        verifiedAt: 1_767_225_660_000.5,
        agedAt: 1_767_229_200_000,
        seconds: 1.25,
        cost,
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
        cost: index === 0 ? other : undefined,
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
}

import fc from 'fast-check';
import type { ReportedCost } from '../model/cost.ts';
import type { Dependency, GlobOptions, SourceDependency } from '../model/dependency.ts';
import { Key } from '../model/key.ts';
import type { Origin } from '../model/origin.ts';
import type { Codec, EntryRecord, RecordVariant } from '../model/record.ts';
import type { Trace } from '../model/trace.ts';

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '\0', '\uD800', '\uFFFD', "'; DROP TABLE records; --", '🍎'),
);
const digests = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 }),
  fc.constantFrom('absent', 'present', 'unique:1', 'F'.repeat(64)),
);
export const keys = fc.tuple(texts, texts, texts).map(([scope, kind, id]) => new Key(scope, kind, id));
const numbers = fc.double({ noDefaultInfinity: true, noNaN: true });
const times = fc.integer({ min: 0, max: 4e12 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const globOptions: fc.Arbitrary<GlobOptions> = fc.record(
  {
    dot: fc.boolean(),
    ignore: fc.array(texts, { maxLength: 3 }),
    unreadable: fc.constantFrom('refuse', 'leave out'),
  },
  { requiredKeys: [] },
);
const sources: fc.Arbitrary<SourceDependency> = fc.oneof(
  fc.record({ type: fc.constantFrom('file', 'exists', 'dir'), path: texts, digest: digests }),
  fc.record({
    type: fc.constant('glob'),
    pattern: texts,
    options: globOptions,
    ignoreFiles: fc.array(texts, { maxLength: 3 }),
    digest: digests,
  }),
) as fc.Arbitrary<SourceDependency>;
const traces: fc.Arbitrary<Trace> = fc.record({
  environment: fc.array(fc.record({ type: fc.constant('env'), name: texts, digest: digests }), {
    maxLength: 3,
  }),
  sources: fc.array(sources, { maxLength: 5 }),
  groups: fc.array(
    fc.array(fc.record({ type: fc.constant('key'), key: keys, digest: digests }), { maxLength: 3 }),
    { maxLength: 3 },
  ),
});
const costs: fc.Arbitrary<ReportedCost> = fc.record(
  {
    inputTokens: numbers,
    outputTokens: numbers,
    cachedTokens: numbers,
    usd: numbers,
    cachedUsd: numbers,
    simulated: fc.constant(true),
    model: texts,
  },
  { requiredKeys: [] },
);
const origins: fc.Arbitrary<Origin> = fc.record(
  {
    because: fc.constantFrom('aged', 'changed', 'unknown', 'refresh'),
    at: times,
    on: fc.oneof(texts, keys),
    was: digests,
    is: digests,
  },
  { requiredKeys: ['because', 'at'] },
);

const codecs: Codec[] = ['json', 'text', 'utf16', 'bytes', 'buffer', 'structured'];
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  // Long enough to be compressed, and worth it.
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 60 }))
    .map(([piece, times]) => new Uint8Array(Buffer.concat(Array.from({ length: times }, () => piece)))),
);

const variants: fc.Arbitrary<RecordVariant> = fc.record({
  value: fc.record({ codec: fc.constantFrom(...codecs), bytes }),
  madeAt: times,
  verifiedAt: times,
  agedAt: optional(times),
  seconds: numbers,
  cost: optional(costs),
  tags: fc.array(texts, { maxLength: 3 }),
  trace: traces,
  digest: optional(digests),
  origin: optional(origins),
});

export const records: fc.Arbitrary<EntryRecord> = fc.record({
  key: keys,
  variants: fc.array(variants, { minLength: 1, maxLength: 8 }),
});

/** A record as plain data: a Key shows nothing of itself to a comparison, and what fast-check makes has odd prototypes. */
export function plain(record: EntryRecord): unknown {
  return structuredClone({
    key: plainKey(record.key),
    variants: record.variants.map(({ value, trace, origin, ...rest }) => ({
      ...rest,
      value: { codec: value.codec, bytes: Buffer.from(value.bytes).toString('base64') },
      trace: { ...trace, groups: trace.groups.map((group) => group.map(plainDependency)) },
      origin: origin === undefined ? undefined : { ...origin, on: plainOn(origin.on) },
    })),
  });
}

const plainKey = ({ scope, kind, id }: Key) => [scope, kind, id];
const plainOn = (on: Origin['on']) => (on instanceof Key ? plainKey(on) : on);
const plainDependency = (dependency: Dependency) =>
  dependency.type === 'key' ? { ...dependency, key: plainKey(dependency.key) } : dependency;

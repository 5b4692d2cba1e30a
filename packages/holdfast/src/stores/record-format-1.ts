import type { ReportedCost } from '../model/cost.ts';
import type { Origin } from '../model/origin.ts';
import { type Codec, type EntryRecord, mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { type ByteReader, Damage } from './byte-reader.ts';
import { readKey, readTexts, readTrace } from './trace-format.ts';

/*
 * A record in format 1, which is only read: it knows nothing of what a provider's cache took off, nor of simulated costs.
 * Traces are those of format 2.
 */

const codecs: readonly Codec[] = ['json', 'text', 'utf16', 'bytes', 'buffer', 'structured'];
const reasons: readonly Origin['because'][] = ['aged', 'changed', 'unknown', 'refresh'];
const costNumbers = ['inputTokens', 'outputTokens', 'cachedTokens', 'usd'] as const;

/** Of the smallest variant: three numbers and seven bytes for what is not there. */
const smallestVariant = 31;

export function readRecord1(reader: ByteReader): EntryRecord {
  const key = readKey(reader);
  const variants = reader.list(smallestVariant, () => readVariant(reader));
  if (variants.length < 1 || variants.length > mostRecordVariants)
    throw new Damage('too many variants, or none');
  if (reader.left > 0) throw new Damage(`${reader.left} bytes too many`);
  return { key, variants };
}

const has = { agedAt: 1, cost: 2, digest: 4, origin: 8 } as const;
const allOfVariant = 15;

function readVariant(reader: ByteReader): RecordVariant {
  const bits = reader.choice(allOfVariant + 1);
  const codec = codecs[reader.choice(codecs.length)] as Codec;
  const [madeAt, verifiedAt, seconds] = [reader.double(), reader.double(), reader.double()];
  const agedAt = bits & has.agedAt ? reader.double() : undefined;
  const cost = bits & has.cost ? readCost(reader) : undefined;
  const digest = bits & has.digest ? reader.text() : undefined;
  const origin = bits & has.origin ? readOrigin(reader) : undefined;
  const tags = readTexts(reader);
  const trace = readTrace(reader);
  const value = { codec, bytes: reader.raw(reader.count()) };
  return { value, madeAt, verifiedAt, agedAt, seconds, cost, tags, trace, digest, origin };
}

const hasModel = 1 << costNumbers.length;

function readCost(reader: ByteReader): ReportedCost {
  const bits = reader.choice(hasModel * 2);
  const cost: { -readonly [name in keyof ReportedCost]: ReportedCost[name] } = {};
  costNumbers.forEach((name, place) => {
    if (bits & (1 << place)) cost[name] = reader.double();
  });
  if (bits & hasModel) cost.model = reader.text();
  return cost;
}

const on = { nothing: 0, text: 1, key: 2 } as const;
const hasWas = 4;
const hasIs = 8;

function readOrigin(reader: ByteReader): Origin {
  const because = reasons[reader.choice(reasons.length)] as Origin['because'];
  const bits = reader.choice(hasIs * 2);
  const about = bits & 3;
  if (about > on.key) throw new Damage('an origin about nothing known');
  return {
    because,
    at: reader.double(),
    ...(about === on.nothing ? {} : { on: about === on.text ? reader.text() : readKey(reader) }),
    ...(bits & hasWas ? { was: reader.text() } : {}),
    ...(bits & hasIs ? { is: reader.text() } : {}),
  };
}

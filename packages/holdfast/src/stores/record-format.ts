import type { ReportedCost } from '../model/cost.ts';
import type { Origin } from '../model/origin.ts';
import { type Codec, type EntryRecord, mostRecordVariants, type RecordVariant } from '../model/record.ts';
import { type ByteReader, Damage } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readKey, readTexts, readTrace, writeKey, writeTexts, writeTrace } from './trace-format.ts';

/*
 * A record in format 2, each noun's writing and reading side by side. The places of names in the lists below are part of
 * the format.
 */

const codecs: readonly Codec[] = ['json', 'text', 'utf16', 'bytes', 'buffer', 'structured'];
const reasons: readonly Origin['because'][] = ['aged', 'changed', 'unknown', 'refresh'];
const costNumbers = ['inputTokens', 'outputTokens', 'cachedTokens', 'usd', 'cachedUsd'] as const;

/** Of the smallest variant: three numbers and seven bytes for what is not there. */
const smallestVariant = 31;

export function writeRecord(writer: ByteWriter, { key, variants }: EntryRecord): void {
  if (variants.length < 1 || variants.length > mostRecordVariants) {
    throw new RangeError(`a record has 1 to ${mostRecordVariants} variants, not ${variants.length}`);
  }
  writeKey(writer, key);
  writer.count(variants.length);
  for (const variant of variants) writeVariant(writer, variant);
}

/** @param costOf reads a cost, where an older format had another one */
export function readRecord(reader: ByteReader, costOf = readCost): EntryRecord {
  const key = readKey(reader);
  const variants = reader.list(smallestVariant, () => readVariant(reader, costOf));
  if (variants.length < 1 || variants.length > mostRecordVariants)
    throw new Damage('too many variants, or none');
  if (reader.left > 0) throw new Damage(`${reader.left} bytes too many`);
  return { key, variants };
}

const has = { agedAt: 1, cost: 2, digest: 4, origin: 8 } as const;
const allOfVariant = 15;

function writeVariant(writer: ByteWriter, variant: RecordVariant): void {
  const { value, agedAt, cost, digest, origin } = variant;
  writer.byte(
    (agedAt === undefined ? 0 : has.agedAt) |
      (cost === undefined ? 0 : has.cost) |
      (digest === undefined ? 0 : has.digest) |
      (origin === undefined ? 0 : has.origin),
  );
  writer.byte(codecs.indexOf(value.codec));
  writer.double(variant.madeAt);
  writer.double(variant.verifiedAt);
  writer.double(variant.seconds);
  if (agedAt !== undefined) writer.double(agedAt);
  if (cost !== undefined) writeCost(writer, cost);
  if (digest !== undefined) writer.text(digest);
  if (origin !== undefined) writeOrigin(writer, origin);
  writeTexts(writer, variant.tags);
  writeTrace(writer, variant.trace);
  writer.count(value.bytes.length);
  writer.raw(value.bytes);
}

function readVariant(reader: ByteReader, costOf: typeof readCost): RecordVariant {
  const bits = reader.choice(allOfVariant + 1);
  const codec = codecs[reader.choice(codecs.length)] as Codec;
  const [madeAt, verifiedAt, seconds] = [reader.double(), reader.double(), reader.double()];
  const agedAt = bits & has.agedAt ? reader.double() : undefined;
  const cost = bits & has.cost ? costOf(reader) : undefined;
  const digest = bits & has.digest ? reader.text() : undefined;
  const origin = bits & has.origin ? readOrigin(reader) : undefined;
  const tags = readTexts(reader);
  const trace = readTrace(reader);
  const value = { codec, bytes: reader.raw(reader.count()) };
  return { value, madeAt, verifiedAt, agedAt, seconds, cost, tags, trace, digest, origin };
}

const hasModel = 1 << costNumbers.length;
const isSimulated = hasModel * 2;

function writeCost(writer: ByteWriter, cost: ReportedCost): void {
  let bits = (cost.model === undefined ? 0 : hasModel) | (cost.simulated === true ? isSimulated : 0);
  costNumbers.forEach((name, place) => {
    if (cost[name] !== undefined) bits |= 1 << place;
  });
  writer.byte(bits);
  for (const name of costNumbers) if (cost[name] !== undefined) writer.double(cost[name]);
  if (cost.model !== undefined) writer.text(cost.model);
}

function readCost(reader: ByteReader): ReportedCost {
  const bits = reader.choice(isSimulated * 2);
  const cost: { -readonly [name in keyof ReportedCost]: ReportedCost[name] } = {};
  costNumbers.forEach((name, place) => {
    if (bits & (1 << place)) cost[name] = reader.double();
  });
  if (bits & hasModel) cost.model = reader.text();
  if (bits & isSimulated) cost.simulated = true;
  return cost;
}

const on = { nothing: 0, text: 1, key: 2 } as const;
const hasWas = 4;
const hasIs = 8;

function writeOrigin(writer: ByteWriter, origin: Origin): void {
  const about = origin.on === undefined ? on.nothing : typeof origin.on === 'string' ? on.text : on.key;
  writer.byte(reasons.indexOf(origin.because));
  writer.byte(about | (origin.was === undefined ? 0 : hasWas) | (origin.is === undefined ? 0 : hasIs));
  writer.double(origin.at);
  if (typeof origin.on === 'string') writer.text(origin.on);
  else if (origin.on !== undefined) writeKey(writer, origin.on);
  if (origin.was !== undefined) writer.text(origin.was);
  if (origin.is !== undefined) writer.text(origin.is);
}

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

import type { ReportedCost } from '../model/cost.ts';
import type { EntryRecord } from '../model/record.ts';
import type { ByteReader } from './byte-reader.ts';
import { readRecord } from './record-format.ts';

/*
 * A record in format 1, which is only read: that of format 2 but for its costs, which know nothing of what a provider's cache
 * took off, nor of being simulated.
 */

const costNumbers = ['inputTokens', 'outputTokens', 'cachedTokens', 'usd'] as const;
const hasModel = 1 << costNumbers.length;

export function readRecord1(reader: ByteReader): EntryRecord {
  return readRecord(reader, readCost1);
}

function readCost1(reader: ByteReader): ReportedCost {
  const bits = reader.choice(hasModel * 2);
  const cost: { -readonly [name in keyof ReportedCost]: ReportedCost[name] } = {};
  costNumbers.forEach((name, place) => {
    if (bits & (1 << place)) cost[name] = reader.double();
  });
  if (bits & hasModel) cost.model = reader.text();
  return cost;
}

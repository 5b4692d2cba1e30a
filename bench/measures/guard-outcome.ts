import type { CallRecord, LoadOptions } from './guard-load.ts';
import { percentile } from './material.ts';

/** What came of a load; of the calls that were to be sent after the warm-up. */
export interface LoadOutcome {
  /** Answers a second within the deadline. */
  readonly goodput: number;
  /** Share of the calls of each scope that were answered within the deadline. */
  readonly success: Readonly<Record<string, number>>;
  /** Calls that were turned away before the provider heard of them. */
  readonly refusals: Times;
  /** The same from when they were made, without the lateness. */
  readonly ownRefusals: Times;
  /** Retries for each call that reached the provider. */
  readonly retries: number;
  /** Milliseconds by which calls began late: what the machine adds to every time. */
  readonly lateness: number;
  /** Milliseconds from the end of the outage until nine tenths of a second's calls are answered again, if ever. */
  readonly recovery: number | undefined;
}

/** Milliseconds; `quick`: the share of them that is a refusal in time. */
export interface Times {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly quick: number;
}

/** Milliseconds that a refusal may take. */
const quickRefusal = 10;

export function outcomeOf(records: readonly CallRecord[], options: LoadOptions): LoadOutcome {
  const { warmUp, duration, rates, terms, outage } = options;
  const counted = records.filter(({ intended }) => intended >= warmUp);
  const isGood = ({ outcome, intended, ended }: CallRecord) =>
    outcome === 'answered' && ended - intended <= terms.deadline;
  const shareOfGood = (calls: readonly CallRecord[]) => calls.filter(isGood).length / calls.length;
  const refused = counted.filter(({ outcome, attempts }) => outcome === 'failed' && attempts === 0);
  const sent = counted.filter(({ attempts }) => attempts > 0);
  const attempts = sent.reduce((sum, record) => sum + record.attempts, 0);
  return {
    goodput: (counted.filter(isGood).length * 1_000) / duration,
    success: Object.fromEntries(
      Object.keys(rates).map((scope) => [scope, shareOfGood(counted.filter((one) => one.scope === scope))]),
    ),
    refusals: timesOf(refused.map(({ intended, ended }) => ended - intended)),
    ownRefusals: timesOf(refused.map(({ began, ended }) => ended - began)),
    retries: (attempts - sent.length) / sent.length,
    lateness: percentile(
      counted.map(({ intended, began }) => began - intended),
      0.99,
    ),
    recovery: outage === undefined ? undefined : recoveryAfter(outage.until),
  };

  function recoveryAfter(end: number): number | undefined {
    for (let from = end; from + 1_000 <= warmUp + duration; from += 50) {
      const second = counted.filter(({ intended }) => intended >= from && intended < from + 1_000);
      if (shareOfGood(second) >= 0.9) return from - end;
    }
    return undefined;
  }
}

function timesOf(times: readonly number[]): Times {
  return {
    count: times.length,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    quick: times.filter((time) => time < quickRefusal).length / times.length,
  };
}

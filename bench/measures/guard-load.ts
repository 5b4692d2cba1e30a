import { type ChildProcess, fork } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { FromProvider, ProviderOptions, ToProvider } from '../guard/provider.ts';
import { StatusError, type Terms, type Way, type WayName, ways } from '../guard/way.ts';
import { nextMessage } from '../messages.ts';
import { seeded, turn } from './material.ts';

export interface LoadOptions {
  readonly way: WayName;
  readonly terms: Terms;
  readonly provider: ProviderOptions;
  /** Calls a second of each scope, at random moments (Poisson) from a fixed seed. */
  readonly rates: Readonly<Record<string, number>>;
  /** Milliseconds that are not counted, and that are. */
  readonly warmUp: number;
  readonly duration: number;
  /** Milliseconds from the start between which the provider does nothing. */
  readonly outage?: { readonly from: number; readonly until: number };
}

/** One call; times are milliseconds from the start. */
export interface CallRecord {
  readonly scope: string;
  /** When it was to be sent. */
  readonly intended: number;
  readonly began: number;
  ended: number;
  /** Requests that reached the provider. */
  attempts: number;
  outcome: 'open' | 'answered' | 'failed';
}

/**
 * Calls by a schedule, however long answers take: an open loop, so that a slow provider does not slow down who asks.
 * All times are from the moment at which a call was to be made (no coordinated omission).
 */
export async function runLoad(options: LoadOptions): Promise<CallRecord[]> {
  const way = await ways[options.way](options.terms);
  const provider = startProvider(options.provider);
  try {
    const url = await addressOf(provider);
    // Connections and code are warm before the first call that is timed.
    await Promise.allSettled(Array.from({ length: 20 }, () => fetch(url).then((answer) => answer.text())));
    return await sendAll(way, url, provider, options);
  } finally {
    provider.kill();
  }
}

async function sendAll(way: Way, url: string, provider: ChildProcess, options: LoadOptions) {
  const { outage, terms } = options;
  const schedule = scheduleOf(options);
  const records: CallRecord[] = [];
  const calls: Promise<void>[] = [];
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const tell = (what: ToProvider, at: number) => setTimeout(() => provider.send(what), at);
  const told = outage === undefined ? [] : [tell('stall', outage.from), tell('go on', outage.until)];
  for (const { intended, scope } of schedule) {
    const left = intended - elapsed();
    if (left > 1) await turn(left);
    const record: CallRecord = { scope, intended, began: elapsed(), ended: 0, attempts: 0, outcome: 'open' };
    records.push(record);
    calls.push(
      call(way, url, record).then((outcome) => {
        record.outcome = outcome;
        record.ended = elapsed();
      }),
    );
  }
  // Whoever retries beyond the deadline is not waited for: its answers would be too late.
  await Promise.race([Promise.all(calls), turn(1.1 * terms.deadline)]);
  for (const timer of told) clearTimeout(timer);
  return records;
}

async function call(way: Way, url: string, record: CallRecord): Promise<'answered' | 'failed'> {
  try {
    await way.call(async (signal) => {
      record.attempts += 1;
      const response = await fetch(url, { signal });
      const text = await response.text();
      if (!response.ok) throw new StatusError(response.status);
      return text;
    }, record.scope);
    return 'answered';
  } catch {
    return 'failed';
  }
}

function scheduleOf({ rates, warmUp, duration }: LoadOptions) {
  const random = seeded();
  return Object.entries(rates)
    .flatMap(([scope, rate]) => {
      const sends: { readonly scope: string; readonly intended: number }[] = [];
      const gap = () => (-Math.log(1 - random()) * 1_000) / rate;
      for (let intended = gap(); intended < warmUp + duration; intended += gap()) {
        sends.push({ scope, intended });
      }
      return sends;
    })
    .sort((a, b) => a.intended - b.intended);
}

function startProvider(options: ProviderOptions): ChildProcess {
  return fork(fileURLToPath(new URL('../guard/provider.ts', import.meta.url)), [JSON.stringify(options)]);
}

async function addressOf(provider: ChildProcess): Promise<string> {
  const { port } = await nextMessage<FromProvider>(provider);
  return `http://127.0.0.1:${port}/`;
}

import { onTestFinished } from 'vitest';
import type { Kinds } from '../cache/options.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { Exchanges, type ExchangesOptions } from './exchanges.ts';
import { asking, type PlainQuestion, PlainUpstream, plain } from './plain-provider.test-support.ts';

/** Exchanges with the plain provider, over a clock and an upstream of the test's own; they are closed when it is over. */
export function setUp<K extends Kinds = Kinds>(options: Partial<ExchangesOptions<K>> = {}) {
  const clock = new ManualClock();
  const upstream = new PlainUpstream();
  const exchanges = new Exchanges<K>({
    provider: plain,
    fetch: upstream.fetch,
    clock,
    random: () => 0,
    ...options,
  });
  onTestFinished(async () => {
    await exchanges.close();
    assertInvariants(exchanges.cache);
  });
  const ask = (question: PlainQuestion, headers?: Record<string, string>, signal?: AbortSignal) =>
    exchanges.ask(asking(question, headers), { signal });
  return { clock, upstream, exchanges, ask };
}

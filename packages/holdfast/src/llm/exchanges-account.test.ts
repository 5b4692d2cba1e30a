import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../cache/cache.ts';
import type { OutcomeCounts } from '../ledger/account.ts';
import type { Outcome } from '../model/outcome.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import { exchange } from './exchange-kind.ts';
import { Exchanges } from './exchanges.ts';
import { type Arrival, asking, PlainUpstream, plain } from './plain-provider.test-support.ts';

/*
 * Two programs with one store, or each with a memory of its own, ask one question in any mode and form, read slowly, leave, and
 * invalidate; the provider writes, breaks off, fails and is asked again. Whatever happens: every caller is settled, the outcome
 * that its answer tells is the one that the ledger counts, and what each request has told of its cost is spent once.
 */

type Mode = 'default' | 'refresh' | 'bypass' | 'no-store' | 'cached';

const did = [
  'ask',
  'read',
  'write',
  'pass',
  'good',
  'cut',
  'told',
  'reset',
  'refuse',
  'leave',
  'forbid',
  'age',
];
const step = fc.record({
  do: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...did.slice(0, 4)) },
    { weight: 1, arbitrary: fc.constantFrom(...did.slice(4)) },
  ),
  who: fc.nat(),
  stream: fc.boolean(),
  side: fc.nat(1),
  mode: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Mode>('default') },
    { weight: 1, arbitrary: fc.constantFrom<Mode>('refresh', 'bypass', 'no-store', 'cached') },
  ),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A request upstream, and what it was answered so far. */
class Written {
  text = '';
  isOver = false;
  readonly #arrival: Arrival;

  constructor(arrival: Arrival) {
    this.#arrival = arrival;
  }

  get isLive(): boolean {
    return !this.isOver && !this.#arrival.aborted;
  }

  write(text: string): void {
    if (this.text === '') this.#arrival.begin();
    this.text += text;
    this.#arrival.write(text);
  }

  end(how: string): void {
    this.isOver = true;
    if (how === 'reset') this.#arrival.reset();
    else if (how === 'refuse' && this.text === '') this.#arrival.whole('no', 503);
    else {
      this.write(how === 'told' ? 'error 503\n' : how === 'cut' ? 'cut\n' : 'end\n');
      this.#arrival.end();
    }
  }
}

class Caller {
  readonly controller = new AbortController();
  answer: ExchangeAnswer | undefined;
  text = '';
  end: 'whole' | 'failed' | undefined;
  gone = false;
  readonly #stream: boolean;

  constructor(exchanges: Exchanges, { stream, mode }: Step) {
    this.#stream = stream;
    const request = asking({ prompt: 'hello', stream }, { 'holdfast-cache': mode });
    exchanges.ask(request, { signal: this.controller.signal }).then(
      (answer) => {
        this.answer = answer;
        if (!(answer.body instanceof Uint8Array)) return;
        this.text = Buffer.from(answer.body).toString();
        this.end = 'whole';
      },
      () => {
        this.end = 'failed';
      },
    );
  }

  read(): void {
    const { body = new Uint8Array() } = this.answer ?? {};
    if (body instanceof Uint8Array) return;
    body.next().then(
      ({ done, value }) => {
        if (done !== true) this.text += Buffer.from(value).toString();
        else this.end ??= 'whole';
      },
      () => {
        this.end ??= 'failed';
      },
    );
  }

  leave(): void {
    this.gone = true;
    this.controller.abort(new Error('gone'));
  }

  /** As its answer told it, or, of a stream that was live, as it ended. */
  get outcome(): Outcome {
    const told = this.answer?.headers['holdfast-outcome'] as Outcome;
    const isLive = this.#stream && (told === 'generated' || told === 'coalesced');
    const failed = this.end === 'failed' || this.text.endsWith('error 503\n');
    return isLive && failed ? 'failed' : told;
  }
}

function programs(upstream: PlainUpstream, clock: ManualClock, share: boolean) {
  const backend = new MemoryBackend({ clock });
  const kinds = { exchange: exchange({ ttl: '10s', staleIfError: '1m' }) };
  const common = {
    provider: plain,
    fetch: upstream.fetch,
    clock,
    breaker: false,
    random: () => 0.5,
  } as const;
  return [0, 1].map(() => {
    const cache = createCache({ kinds, clock, ...(share && { store: new MemoryStore(backend) }) });
    return { cache, exchanges: new Exchanges({ ...common, cache: cache as never, retry: { attempts: 3 } }) };
  });
}

const rounds = fc.readConfigureGlobal().numRuns ?? 100;

it('tell each caller the outcome that is counted, and spend what each request has told once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), async (steps, share) => {
      const [clock, upstream] = [new ManualClock(), new PlainUpstream()];
      const both = programs(upstream, clock, share);
      const requests: Written[] = [];
      const live = () => {
        for (const arrival of upstream.arrivals.slice(requests.length)) requests.push(new Written(arrival));
        return requests.filter(({ isLive }) => isLive);
      };
      const callers: Caller[] = [];
      const act = async (each: Step): Promise<void> => {
        const request = live()[each.who % Math.max(1, live().length)];
        const caller = callers[each.who % Math.max(1, callers.length)];
        const program = both[each.side] as (typeof both)[number];
        if (each.do === 'ask') callers.push(new Caller(program.exchanges, each));
        else if (each.do === 'read') caller?.read();
        else if (each.do === 'leave') caller?.leave();
        else if (each.do === 'write') request?.write('more\n');
        else if (each.do === 'pass') await clock.flow(500);
        else if (each.do === 'age') await clock.flow(11_000);
        else if (each.do === 'forbid') void program.cache.invalidate({ kind: 'exchange', allScopes: true });
        else request?.end(each.do);
        await settled();
      };
      for (const each of steps) await act(each);
      const isOver = () => live().length === 0 && callers.every(({ end, gone }) => gone || end !== undefined);
      for (let round = 0; round < 100 && !isOver(); round += 1) {
        for (const request of live()) request.end('good');
        for (const caller of callers) if (caller.end === undefined && !caller.gone) caller.read();
        await clock.flow(500);
      }
      expect(isOver()).toBe(true);

      const stats = both.map(({ cache }) => cache.stats());
      const sum = (of: (one: (typeof stats)[number]) => number) =>
        stats.reduce((total, one) => total + of(one), 0);
      const [aborted, ...others] = ['aborted' as const, ...Object.keys(stats[0]?.outcomes ?? {})];
      expect(sum(({ calls }) => calls)).toBe(callers.length);
      expect(sum(({ outcomes }) => outcomes[aborted])).toBeLessThanOrEqual(
        callers.filter(({ gone }) => gone).length,
      );
      for (const outcome of others as (keyof OutcomeCounts)[]) {
        if (outcome === aborted) continue;
        const told = callers.filter((one) => !one.gone && one.outcome === outcome).length;
        const counted = sum(({ outcomes }) => outcomes[outcome]);
        // Whoever left may have been answered before.
        if (callers.some(({ gone }) => gone)) expect(counted).toBeGreaterThanOrEqual(told);
        else expect([outcome, counted]).toEqual([outcome, told]);
      }
      const answered = requests.filter(({ text }) => text !== '');
      const lines = answered.reduce((total, { text }) => total + text.split('\n').length - 1, 0);
      const spent = [sum((one) => one.spent.inputTokens), sum((one) => one.spent.outputTokens)];
      expect(spent).toEqual([answered.length * 10, lines]);
      for (const { cache, exchanges } of both) {
        await exchanges.close();
        const closing = cache.close();
        await clock.flow(10_000);
        await closing;
        assertInvariants(cache);
      }
    }),
    { numRuns: rounds * 5 },
  );
});

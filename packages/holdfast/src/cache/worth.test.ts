import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyTally, type Tally, tallyNames } from '../ledger/tally.ts';
import type { Worth } from '../ledger/worth.ts';
import type { ReportedCost } from '../model/cost.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { createTestCache } from '../testing/test-cache.ts';
import { kind } from './kind.ts';

/*
 * Random calls with random costs over two processes that share a store, against a ledger that is kept by hand from what each
 * generator reported and how each call ended.
 */

/** Reports of a generation by hand: each sort by itself, as nothing may ever add the two. */
interface Paid {
  readonly seconds: number;
  readonly real: Tally | undefined;
  readonly simulated: Tally | undefined;
}

class HandLedger {
  readonly real = { spent: emptyTally(), hit: emptyTally(), coalesced: emptyTally() };
  readonly simulated = { spent: emptyTally(), hit: emptyTally(), coalesced: emptyTally() };

  spend({ seconds, real, simulated }: Paid): void {
    if (real !== undefined) add(this.real.spent, real);
    if (simulated !== undefined) add(this.simulated.spent, simulated);
    (simulated !== undefined && real === undefined ? this.simulated : this.real).spent.seconds += seconds;
  }

  /** Of a value that both sorts went into, the real one is what it is worth. */
  save(by: 'hit' | 'coalesced', { seconds, real, simulated }: Paid, share = 1): void {
    const sort = simulated !== undefined && real === undefined ? this.simulated : this.real;
    add(sort[by], real ?? simulated ?? emptyTally(), share);
    sort[by].seconds += seconds;
  }
}

function add(sum: Tally, part: Tally, share = 1): void {
  for (const name of tallyNames) sum[name] += part[name] * share;
}

/** What parts of one sort come to; undefined for none. */
function totalOf(parts: readonly ReportedCost[]): Tally | undefined {
  if (parts.length === 0) return undefined;
  const total = emptyTally();
  for (const part of parts) {
    for (const name of ['inputTokens', 'outputTokens', 'cachedTokens', 'usd', 'cachedUsd'] as const) {
      total[name] += part[name] ?? 0;
    }
  }
  // A model without a price in a part leaves the dollars of the other parts.
  if (parts.every(({ usd }) => usd === undefined))
    total.unpricedTokens = total.inputTokens + total.outputTokens;
  return total;
}

function paidOf(parts: readonly ReportedCost[], seconds: number): Paid {
  return {
    seconds,
    real: totalOf(parts.filter(({ simulated }) => simulated !== true)),
    simulated: totalOf(parts.filter(({ simulated }) => simulated === true)),
  };
}

const amount = fc.nat(1_000);
const dollars = fc.integer({ min: 0, max: 100_000 }).map((number) => number / 9_999);
const part: fc.Arbitrary<ReportedCost> = fc.record(
  {
    inputTokens: amount,
    outputTokens: amount,
    cachedTokens: amount,
    usd: dollars,
    cachedUsd: dollars,
    model: fc.constant('a-model'),
  },
  { requiredKeys: [] },
);
const reports = fc
  .tuple(fc.array(part, { maxLength: 3 }), fc.constantFrom([true], [false], [true, false], [undefined]))
  .map(([parts, sorts]) =>
    parts.map((one, place): ReportedCost => {
      const simulated = sorts[place % sorts.length];
      return simulated === undefined ? one : { ...one, simulated };
    }),
  );
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      key: fc.constantFrom('a', 'b', 'c'),
      callers: fc.integer({ min: 1, max: 4 }),
      parts: reports,
      takes: fc.nat(5_000),
      fails: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('get' as const), key: fc.constantFrom('a', 'b', 'c') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('bulk' as const), parts: reports }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), time: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Trial {
  readonly byHand = new HandLedger();
  readonly real: Worth[] = [];
  readonly simulated: Worth[] = [];
  readonly #clock = new ManualClock();
  readonly #backend = new MemoryBackend({ clock: this.#clock });
  /** By value: each generation makes one of its own. */
  readonly #paid = new Map<string, { readonly paid: Paid; readonly share: number }>();
  #cache = this.#open();
  #made = 0;

  async take(one: Step): Promise<void> {
    if (one.do === 'call') await this.#call(one);
    else if (one.do === 'bulk') await this.#bulk(one.parts);
    else if (one.do === 'pass') await this.#clock.advance(one.time);
    else if (one.do === 'restart') await this.restart();
    else {
      const value = this.#cache.get(one.key);
      if (value !== undefined) this.#saved('hit', value);
    }
  }

  /** The next process begins where this one ends. */
  async restart(): Promise<void> {
    await this.#cache.flush();
    const { simulated, ...real } = this.#cache.stats();
    this.real.push(real);
    this.simulated.push(simulated);
    await this.#cache.close();
    this.#cache = this.#open();
  }

  #open() {
    const kinds = { default: kind<string>({ ttl: '1m', staleIfError: '1h' }) };
    return createTestCache({ clock: this.#clock, store: new MemoryStore(this.#backend), kinds }).cache;
  }

  async #call({ key, callers, parts, takes, fails }: Step & { do: 'call' }): Promise<void> {
    const began = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<string>();
    let runs = 0;
    const calls = Array.from({ length: callers }, () =>
      this.#cache.resolve(key, (ctx) => {
        runs += 1;
        for (const report of parts) ctx.cost(report);
        began.resolve();
        return gate.promise;
      }),
    );
    const ended = Promise.allSettled(calls);
    await Promise.race([began.promise, ended]);
    if (runs > 0) {
      const paid = paidOf(parts, takes / 1_000);
      await this.#clock.advance(takes);
      this.byHand.spend(paid);
      if (fails) gate.reject(new Error('the provider is down'));
      else gate.resolve(this.#make(paid, 1));
    }
    for (const end of await ended) {
      if (end.status === 'rejected') continue;
      const { outcome, value } = end.value;
      if (outcome === 'coalesced') this.#saved('coalesced', value);
      else if (outcome !== 'generated') this.#saved('hit', value);
    }
    expect(runs).toBeLessThanOrEqual(1);
  }

  async #bulk(parts: readonly ReportedCost[]): Promise<void> {
    const keys = [1, 2, 3].map((number) => `bulk ${this.#made} ${number}`);
    const paid = paidOf(parts, 0);
    this.byHand.spend(paid);
    const made = await this.#cache.getOrGenerateMany(keys, async (missing, ctx) => {
      for (const report of parts) ctx.cost(report);
      return missing.map((key) => [key, this.#make(paid, 1 / 3)] as const);
    });
    for (const key of keys) this.#saved('hit', this.#cache.get(key) ?? String(made.get(key)));
  }

  #make(paid: Paid, share: number): string {
    this.#made += 1;
    const value = `value ${this.#made}`;
    this.#paid.set(value, { paid, share });
    return value;
  }

  #saved(by: 'hit' | 'coalesced', value: string): void {
    const known = this.#paid.get(value);
    if (known === undefined) throw new Error(`nobody made ${value}`);
    this.byHand.save(by, known.paid, known.share);
  }
}

function sumOf(tallies: readonly Tally[]): Tally {
  const sum = emptyTally();
  for (const tally of tallies) add(sum, tally);
  return sum;
}

function expectSame(actual: Tally, expected: Tally): void {
  for (const name of tallyNames) {
    expect(
      Math.abs(actual[name] - expected[name]),
      `${name}: ${actual[name]}, by hand ${expected[name]}`,
    ).toBeLessThan(1e-9 * (1 + expected[name]));
  }
}

it('what was spent and saved, and how, is what was reported: to the call, and nothing simulated is real', async () => {
  const seen = { real: { hit: 0, coalesced: 0 }, simulated: { hit: 0, coalesced: 0 } };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }), async (steps) => {
      const trial = new Trial();
      for (const one of steps) await trial.take(one);
      await trial.restart();
      for (const sort of ['real', 'simulated'] as const) {
        const worths = trial[sort];
        const byHand = trial.byHand[sort];
        expectSame(sumOf(worths.map(({ spent }) => spent)), byHand.spent);
        expectSame(sumOf(worths.map(({ savedBy }) => savedBy.hit)), byHand.hit);
        expectSame(sumOf(worths.map(({ savedBy }) => savedBy.coalesced)), byHand.coalesced);
        expectSame(sumOf(worths.map(({ saved }) => saved)), sumOf([byHand.hit, byHand.coalesced]));
        for (const { spent, savedBy } of worths) {
          expect(savedBy.provider).toEqual({ cachedTokens: spent.cachedTokens, usd: spent.cachedUsd });
        }
        for (const by of ['hit', 'coalesced'] as const) if (byHand[by].usd > 0) seen[sort][by] += 1;
      }
    }),
  );
  // What is compared is not nothing.
  const rounds = fc.readConfigureGlobal().numRuns ?? 100;
  for (const { hit, coalesced } of [seen.real, seen.simulated]) {
    expect(Math.min(hit, coalesced)).toBeGreaterThan(rounds / 8);
  }
});

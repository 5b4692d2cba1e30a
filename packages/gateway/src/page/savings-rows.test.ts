import { createCache, type GenerationContext, type ReportedCost } from 'holdfast';
import { expect, it } from 'vitest';
import { savingsRows } from './savings-rows.ts';

/** Rows by name, after generations of such costs, with so many followers each, and one hit each. */
async function rowsAfter(followers: number, ...costs: readonly ReportedCost[]) {
  await using cache = createCache();
  for (const [key, cost] of costs.entries()) {
    const generate = async (ctx: GenerationContext) => {
      ctx.cost(cost);
      return 'value';
    };
    const callers = Array.from({ length: 1 + followers }, () => cache.getOrGenerate(String(key), generate));
    await Promise.all(callers);
    await cache.getOrGenerate(String(key), generate);
  }
  return Object.fromEntries(savingsRows(cache.stats()).map(({ name, cells }) => [name, cells]));
}

const time = expect.stringMatching(/ s$/);

it('says nothing where only hits saved something, and that is time', async () => {
  expect(await rowsAfter(0, {})).toEqual({});
});

it('says what followers saved', async () => {
  const rows = await rowsAfter(1, {});
  expect(rows).toEqual({ time: [time, time, '–'] });
});

it('tells dollars saved by hits, by followers and by the cache of the provider, and tokens without a price', async () => {
  const cost = { inputTokens: 10, cachedTokens: 4, usd: 0.5, cachedUsd: 0.25 };
  expect(await rowsAfter(2, cost, { inputTokens: 7 })).toEqual({
    time: [time, time, '–'],
    dollars: ['$0.5', '$1.00', '$0.25'],
    'cached tokens': ['–', '–', '4'],
    'unpriced tokens': ['7', '14', '–'],
  });
});

it('tells what is simulated in rows of its own', async () => {
  const cost = { inputTokens: 10, usd: 0.5 };
  expect(await rowsAfter(2, cost, { ...cost, usd: 4, simulated: true })).toEqual({
    time: [time, time, '–'],
    dollars: ['$0.5', '$1.00', '$0'],
    'simulated time': [time, time, '–'],
    'simulated dollars': ['$4.00', '$8.00', '$0'],
  });
});

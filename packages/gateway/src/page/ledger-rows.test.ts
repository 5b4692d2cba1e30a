import { createCache, type GenerationContext, kind, type ReportedCost } from 'holdfast';
import { expect, it } from 'vitest';
import { ledgerTable } from './ledger-rows.ts';

it('shows a column for each kind that was used, and rows that sum to its calls', async () => {
  await using cache = createCache({ kinds: { outline: kind<string>(), unused: kind<string>() } });
  const outlines = cache.kind('outline');
  for (const key of ['a', 'a', 'b']) await outlines.getOrGenerate(key, async () => 'value');
  outlines.get('absent');

  const { kinds, rows } = ledgerTable(cache.stats());
  expect(kinds).toEqual(['outline']);
  const cells = Object.fromEntries(rows.map(({ name, cells }) => [name, cells[0]]));
  expect(cells).toMatchObject({
    hit: '1',
    stored: '0',
    generated: '2',
    failed: '0',
    missed: '1',
    calls: '4',
    'hit ratio': '25.0 %',
  });
  expect(cells).not.toHaveProperty('bypassed');
  expect(cells.entries).toBe('2');
});

it('puts the kinds that a model is asked for first, as what they come to is why one looks', async () => {
  await using cache = createCache({
    kinds: { outline: kind<string>(), lab: kind<string>(), exchange: kind<string>() },
  });
  await cache.kind('outline').getOrGenerate('a', async () => 'value');
  const ask = (name: 'lab' | 'exchange', cost: ReportedCost) =>
    cache.kind(name).getOrGenerate('a', async (ctx) => {
      ctx.cost(cost);
      return 'value';
    });
  await ask('lab', { inputTokens: 1, simulated: true });
  await ask('exchange', { inputTokens: 1 });
  const { kinds, rows } = ledgerTable(cache.stats());
  expect(kinds).toEqual(['lab', 'exchange', 'outline']);
  expect(rows.find(({ name }) => name === 'unpriced tokens')?.cells).toEqual(['0', '1', '0']);
});

it('tells dollars, what had no price and what was simulated, once there is any of it', async () => {
  await using cache = createCache({ kinds: { exchange: kind<string>(), lab: kind<string>() } });
  const rowsOf = () => {
    const { rows } = ledgerTable(cache.stats());
    return Object.fromEntries(rows.map(({ name, cells }) => [name, cells]));
  };
  const ask = async (name: 'exchange' | 'lab', key: string, cost: ReportedCost) => {
    const generate = async (ctx: GenerationContext) => {
      ctx.cost(cost);
      return 'value';
    };
    const asking = cache.kind(name);
    await Promise.all([asking.getOrGenerate(key, generate), asking.getOrGenerate(key, generate)]);
    await asking.getOrGenerate(key, generate);
  };
  await ask('lab', 'simulated', { inputTokens: 10, usd: 5, simulated: true });
  expect(rowsOf()).not.toHaveProperty('dollars spent');
  expect(rowsOf()['simulated spent']).toEqual(['$5.00']);

  await ask('exchange', 'priced', { inputTokens: 10, cachedTokens: 4, usd: 0.5, cachedUsd: 0.25 });
  await ask('exchange', 'unpriced', { inputTokens: 10 });
  expect(rowsOf()).toMatchObject({
    'dollars spent': ['$0', '$0.5'],
    'dollars saved': ['$0', '$1.00'],
    'unpriced tokens': ['0', '10'],
    'simulated spent': ['$5.00', '$0'],
  });
});

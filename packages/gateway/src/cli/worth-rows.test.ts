import { createCache, type GenerationContext, type ReportedCost, type Tally, type Worth } from 'holdfast';
import { describe, expect, it } from 'vitest';
import { type Worths, worthRows, worthText } from './worth-rows.ts';

/** The ledger after one generation that had one follower, and was hit once. */
async function ledgerOf(cost: ReportedCost) {
  await using cache = createCache();
  const generate = async (ctx: GenerationContext) => {
    ctx.cost(cost);
    return 'value';
  };
  await Promise.all([cache.getOrGenerate('key', generate), cache.getOrGenerate('key', generate)]);
  await cache.getOrGenerate('key', generate);
  return withoutSeconds(cache.stats());
}

/** Times differ from run to run. */
function withoutSeconds({ simulated, ...worth }: Worths): Worths {
  const still = (tally: Tally) => ({ ...tally, seconds: 0 });
  const stilled = ({ spent, saved, savedBy }: Worth): Worth => ({
    spent: still(spent),
    saved: still(saved),
    savedBy: { ...savedBy, hit: still(savedBy.hit), coalesced: still(savedBy.coalesced) },
  });
  return { ...stilled(worth), simulated: stilled(simulated) };
}

describe('what was spent and saved', () => {
  it('is told with how it was saved, and what the provider took off', async () => {
    const tokens = { inputTokens: 4_000, cachedTokens: 1_000, outputTokens: 500 };
    const ledger = await ledgerOf({ ...tokens, usd: 0.0025, cachedUsd: 0.0003 });
    expect(worthRows(ledger)).toEqual([
      ['spent', '0.00 s, 4,500 tokens, $0.0025'],
      ['saved', '0.00 s, 9,000 tokens, $0.0050'],
      ['  hits', '0.00 s, 4,500 tokens, $0.0025'],
      ['  followers', '0.00 s, 4,500 tokens, $0.0025'],
      ['provider', 'its own cache had 1,000 tokens, which took off $0.0003'],
    ]);
    expect(worthText(ledger)).toBe(
      'spent 0.00 s, 4,500 tokens, $0.0025, saved 0.00 s, 9,000 tokens, $0.0050 (hits 0.00 s, 4,500 tokens, $0.0025; followers 0.00 s, 4,500 tokens, $0.0025); provider: its own cache had 1,000 tokens, which took off $0.0003',
    );
  });

  it('is told without dollars where there is no price', async () => {
    expect(worthRows(await ledgerOf({ inputTokens: 10 }))).toEqual([
      ['spent', '0.00 s, 10 tokens'],
      ['saved', '0.00 s, 20 tokens'],
      ['  hits', '0.00 s, 10 tokens'],
      ['  followers', '0.00 s, 10 tokens'],
      ['unpriced', '10 tokens spent, 20 tokens saved'],
    ]);
  });

  it('is told apart where it is simulated', async () => {
    expect(worthRows(await ledgerOf({ inputTokens: 10, usd: 1, simulated: true }))).toEqual([
      ['spent', '0.00 s'],
      ['saved', '0.00 s'],
      ['simulated', 'spent 0.00 s, 10 tokens, $1.0000; saved 0.00 s, 20 tokens, $2.0000'],
    ]);
  });

  it('is told as not told apart for runs of which only the sum is known', async () => {
    const { saved, ...ledger } = await ledgerOf({ usd: 1 });
    expect(worthText({ ...ledger, saved: { ...saved, usd: saved.usd + 3 } })).toBe(
      'spent 0.00 s, $1.0000, saved 0.00 s, $5.0000 (hits 0.00 s, $1.0000; followers 0.00 s, $1.0000; not told apart 0.00 s, $3.0000)',
    );
  });

  it('is short where nothing was', async () => {
    await using cache = createCache();
    expect(worthRows(cache.stats())).toEqual([
      ['spent', '0.00 s'],
      ['saved', '0.00 s'],
    ]);
    expect(worthText(cache.stats())).toBe('spent 0.00 s, saved 0.00 s');
  });
});

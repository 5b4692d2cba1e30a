import { describe, expect, it } from 'vitest';
import { outcomes } from '../model/outcome.ts';
import { Account, emptyOutcomes } from './account.ts';
import { hitRatio, statsLine } from './stats.ts';
import { addCost, addTally, emptyTally } from './tally.ts';

describe('a tally', () => {
  it('adds up reported costs, as often as they count', () => {
    const tally = emptyTally();
    addCost(tally, { inputTokens: 10, outputTokens: 2, cachedTokens: 4, usd: 0.5, cachedUsd: 0.25 }, 3);
    addCost(tally, { usd: 0.25 }, 1);
    const tokens = { inputTokens: 30, outputTokens: 6, cachedTokens: 12 };
    expect(tally).toEqual({ ...emptyTally(), ...tokens, usd: 1.75, cachedUsd: 0.75 });
  });

  it('counts tokens without a price as unpriced, cached ones once', () => {
    const tally = emptyTally();
    addCost(tally, { inputTokens: 10, outputTokens: 2, cachedTokens: 4 }, 2);
    expect(tally).toMatchObject({ usd: 0, unpricedTokens: 24 });
    addCost(tally, { inputTokens: 1, usd: 0 }, 1);
    expect(tally).toMatchObject({ usd: 0, unpricedTokens: 24, inputTokens: 21 });
  });

  it('adds another', () => {
    const sum = { ...emptyTally(), seconds: 1, usd: 2 };
    addTally(sum, {
      seconds: 1,
      inputTokens: 2,
      outputTokens: 3,
      cachedTokens: 4,
      usd: 5,
      cachedUsd: 7,
      unpricedTokens: 6,
    });
    expect(sum).toEqual({
      seconds: 2,
      inputTokens: 2,
      outputTokens: 3,
      cachedTokens: 4,
      usd: 7,
      cachedUsd: 7,
      unpricedTokens: 6,
    });
  });
});

describe('an account', () => {
  it('sums outcomes to calls, internal ones apart', () => {
    const account = new Account();
    for (const [index, outcome] of outcomes.entries()) {
      account.outcomes[outcome] = index + 1;
      account.internal[outcome] = 10;
    }
    const other = new Account();
    other.outcomes.hit = 100;
    other.generations.started = 3;
    other.real.spent.usd = 1;
    other.simulated.hit.usd = 4;
    account.add(other);
    expect([account.calls, account.internalCalls]).toEqual([155, 100]);
    const line = statsLine(account, 1, 2);
    expect(line).toMatchObject({
      calls: 155,
      entries: 1,
      bytes: 2,
      generations: { started: 3 },
      spent: { usd: 1 },
      saved: { usd: 0 },
      simulated: { spent: { usd: 0 }, saved: { usd: 4 }, savedBy: { hit: { usd: 4 } } },
    });
    account.outcomes.hit = 0;
    account.real.spent.usd = 0;
    expect(line).toMatchObject({ outcomes: { hit: 101 }, spent: { usd: 1 } });
  });

  it('reckons the hit ratio without what was aborted and bypassed', () => {
    expect(hitRatio(emptyOutcomes())).toBe(0);
    const counts = { ...emptyOutcomes(), hit: 2, stored: 1, stale: 1, aborted: 50, bypassed: 50 };
    expect(hitRatio(counts)).toBe(3 / 4);
    for (const miss of ['coalesced', 'generated', 'negative', 'failed', 'missed'] as const) {
      expect(hitRatio({ ...counts, [miss]: 4 })).toBe(3 / 8);
    }
  });
});

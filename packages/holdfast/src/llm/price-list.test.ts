import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { TokenUsage } from './exchange.ts';
import { checkPriceList } from './price-check.ts';
import { type DatedPrice, findPrice, type Price, type PriceList, priceOf } from './price-list.ts';
import { geminiPrices } from './prices/gemini-2026-09-23.ts';

const at = Date.parse('2026-10-01');

function listOf(...prices: DatedPrice[]): PriceList {
  return checkPriceList({
    date: '2026-09-23',
    unit: 'US dollars per million tokens',
    source: 'https://example.com',
    prefix: 'models/',
    models: { 'a-model': { aliases: ['a-model-001'], prices } },
  });
}

function usageOf(counts: Partial<TokenUsage>): TokenUsage {
  return { model: 'a-model', inputTokens: 0, cachedTokens: 0, outputTokens: 0, ...counts };
}

/** Whole numbers in millionths, so that sums can be compared. */
function millionths(list: PriceList, counts: Partial<TokenUsage>, when = at) {
  const price = priceOf(list, usageOf(counts), when);
  return (
    price && { usd: Math.round(price.usd * 1e9) / 1e3, cachedUsd: Math.round(price.cachedUsd * 1e9) / 1e3 }
  );
}

const text = listOf({ input: 4, cachedInput: 1, output: 10 });
const sound = listOf({ input: 4, cachedInput: 1, output: 10, audioInput: 20, cachedAudioInput: 2 });

describe('the price of an exchange', () => {
  it('has fresh input, cached input and output each at its own price, and tells what the cache took off', () => {
    expect(millionths(text, { inputTokens: 100, outputTokens: 7 })).toEqual({ usd: 470, cachedUsd: 0 });
    const cached = { inputTokens: 100, cachedTokens: 60, outputTokens: 7 };
    expect(millionths(text, cached)).toEqual({ usd: 160 + 60 + 70, cachedUsd: 180 });
  });

  it('has sound at its own price, fresh and cached', () => {
    const heard = { inputTokens: 100, audioTokens: 30, outputTokens: 1 };
    expect(millionths(sound, heard)).toEqual({ usd: 70 * 4 + 30 * 20 + 10, cachedUsd: 0 });
    const cached = { ...heard, cachedTokens: 50, cachedAudioTokens: 10 };
    expect(millionths(sound, cached)).toEqual({
      usd: 20 * 20 + 30 * 4 + (10 * 2 + 40 * 1) + 10,
      cachedUsd: 10 * 18 + 40 * 3,
    });
    expect(millionths(text, cached)).toEqual({ usd: 50 * 4 + 50 + 10, cachedUsd: 150 });
  });

  it.each([
    ['another model', text, { model: 'b-model' }],
    ['a name that only begins like it', text, { model: 'a-model-002' }],
    ['a name that every object has', text, { model: 'constructor' }],
    ['something that the list has no price for', text, { isUnpriceable: true }],
    ['cached tokens without a price', listOf({ input: 4, output: 10 }), { inputTokens: 9, cachedTokens: 1 }],
    [
      'cached sound without a price',
      listOf({ input: 4, cachedInput: 1, output: 10, audioInput: 20 }),
      { inputTokens: 9, audioTokens: 2, cachedTokens: 1, cachedAudioTokens: 1 },
    ],
    [
      'sound of which nobody knows how much was cached',
      sound,
      { inputTokens: 9, audioTokens: 2, cachedTokens: 1 },
    ],
    ['more cached tokens than there are', text, { inputTokens: 1, cachedTokens: 2 }],
    ['more sound than there is', sound, { inputTokens: 1, audioTokens: 2 }],
    [
      'more cached sound than cached tokens',
      sound,
      { inputTokens: 9, audioTokens: 6, cachedTokens: 2, cachedAudioTokens: 5 },
    ],
    [
      'more cached sound than sound',
      sound,
      { inputTokens: 9, audioTokens: 2, cachedTokens: 5, cachedAudioTokens: 3 },
    ],
  ])('is not known for %s', (_, list, counts) => {
    expect(priceOf(list, usageOf(counts), at)).toBeUndefined();
  });

  it('is the same under the documented names of the model, and those only', () => {
    const names = ['a-model', 'models/a-model', 'a-model-001', 'models/a-model-001'];
    for (const model of names) expect(millionths(text, { model, outputTokens: 1 })?.usd).toBe(10);
    expect(priceOf(text, usageOf({ model: 'models/models/a-model' }), at)).toBeUndefined();
  });

  it('goes for the whole prompt by its length', () => {
    const tiers = listOf({ over: 200_000, input: 4, output: 20 }, { input: 2, output: 10 });
    expect(millionths(tiers, { inputTokens: 200_000, outputTokens: 1 })?.usd).toBe(400_010);
    expect(millionths(tiers, { inputTokens: 200_001, outputTokens: 1 })?.usd).toBe(800_024);
    expect(
      priceOf(listOf({ over: 10, input: 4, output: 20 }), usageOf({ inputTokens: 10 }), at),
    ).toBeUndefined();
  });

  it('changes at midnight UTC, and is unknown outside of its days', () => {
    const dated = listOf(
      { from: '2026-10-01', until: '2027-01-01', input: 1, output: 1 },
      { from: '2027-01-01', until: '2027-02-01', input: 2, output: 2 },
    );
    const usd = (time: string) => millionths(dated, { outputTokens: 1 }, Date.parse(time))?.usd;
    expect(usd('2026-09-30T23:59:59.999Z')).toBeUndefined();
    expect(usd('2026-10-01T00:00:00.000Z')).toBe(1);
    expect(usd('2026-12-31T23:59:59.999Z')).toBe(1);
    expect(usd('2027-01-01T00:00:00.000Z')).toBe(2);
    expect(usd('2027-01-31T23:59:59.999Z')).toBe(2);
    expect(usd('2027-02-01T00:00:00.000Z')).toBeUndefined();
  });

  it('with what the cache took off is what it would be without a cache', () => {
    const tokens = fc.nat(1_000_000);
    const parts = fc.record({
      text: tokens,
      cachedText: tokens,
      audio: tokens,
      cachedAudio: tokens,
      output: tokens,
    });
    fc.assert(
      fc.property(parts, ({ text, cachedText, audio, cachedAudio, output }) => {
        const counts = {
          inputTokens: text + cachedText + audio + cachedAudio,
          outputTokens: output,
          audioTokens: audio + cachedAudio,
        };
        const cached = { ...counts, cachedTokens: cachedText + cachedAudio, cachedAudioTokens: cachedAudio };
        const price = priceOf(sound, usageOf(cached), at);
        const full = priceOf(sound, usageOf(counts), at);
        expect(full?.cachedUsd).toBe(0);
        expect((price?.usd ?? Number.NaN) + (price?.cachedUsd ?? 0)).toBeCloseTo(full?.usd ?? Number.NaN, 9);
        expect(price?.cachedUsd).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("Gemini's prices", () => {
  const all = Object.entries(geminiPrices.models).flatMap(([model, { prices }]) =>
    prices.map((price) => [model, price] as const),
  );
  const numbers = ['input', 'output', 'cachedInput', 'audioInput', 'cachedAudioInput', 'storage'] as const;

  it('are what is asked of any list', () => {
    expect(checkPriceList(geminiPrices)).toBe(geminiPrices);
    expect(JSON.parse(JSON.stringify(geminiPrices))).toEqual(geminiPrices);
  });

  it('are positive, and each number has one source that states it', () => {
    for (const [model, price] of all) {
      const stated = Object.values(price.stated ?? {}).flat();
      const given = numbers.filter((name: keyof Price) => price[name] !== undefined);
      expect([model, [...stated].sort()]).toEqual([model, [...given].sort()]);
      for (const name of given) expect(price[name]).toBeGreaterThan(0);
      expect(price.cachedInput).toBeLessThanOrEqual(price.input);
    }
  });

  it('have a longer prompt never cheaper than a shorter one', () => {
    for (const [model, { over }] of all) {
      const long = findPrice(geminiPrices, model, (over ?? 0) + 1, at);
      const short = findPrice(geminiPrices, model, 0, at);
      expect(long?.input).toBeGreaterThanOrEqual(short?.input ?? Number.NaN);
      expect(long?.output).toBeGreaterThanOrEqual(short?.output ?? Number.NaN);
    }
  });

  test.each(['gemini-3.6-flash', 'gemini-3.7-flash', 'gemini-3.8-flash'])('of %s double in 2027', (model) => {
    const [before, after] = ['2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'].map((time) =>
      findPrice(geminiPrices, model, 1, Date.parse(time)),
    );
    for (const name of ['input', 'cachedInput', 'output', 'storage'] as const) {
      expect(after?.[name]).toBe(2 * (before?.[name] ?? Number.NaN));
    }
  });
});

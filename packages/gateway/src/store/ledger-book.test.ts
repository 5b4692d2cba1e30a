import { createCache, type GenerationContext, kind } from 'holdfast';
import { MemoryStore } from 'holdfast/testing';
import { expect, test } from 'vitest';
import { LedgerBook } from './ledger-book.ts';

const day = 24 * 3_600_000;

/** The ledger of a cache that made so many outlines, and was asked for each once more. */
async function statsOf(outlines: number) {
  await using cache = createCache({ kinds: { outline: kind<string>() } });
  for (let at = 0; at < 2 * outlines; at += 1) {
    await cache.kind('outline').getOrGenerate(String(at % outlines), async () => 'made');
  }
  return cache.stats();
}

const names = async (store: MemoryStore) => {
  const found = [];
  for await (const [name] of store.table('ledger').entries()) found.push(name);
  return found;
};

test('each run has a row that is written again and again, and all rows are added up', async () => {
  const store = new MemoryStore();
  let now = 1_000;
  const one = new LedgerBook(store, () => now);
  const other = new LedgerBook(store, () => now);
  await one.write(await statsOf(1));
  now = 2_000;
  await other.write(await statsOf(2));
  now = 3_000;
  await one.write(await statsOf(3));
  const { totals, unreadable } = await other.read();
  expect(unreadable).toBe(0);
  expect(totals).toMatchObject({
    runs: 2,
    from: 1_000,
    to: 3_000,
    kinds: {
      outline: { calls: 10, outcomes: { generated: 5, hit: 5 }, generations: { succeeded: 5, failed: 0 } },
    },
  });
});

test('a row of version 1 is read, and of what it saved only the sum is known', async () => {
  const store = new MemoryStore();
  const tally = {
    seconds: 2,
    inputTokens: 30,
    outputTokens: 4,
    cachedTokens: 20,
    usd: 0.5,
    unpricedTokens: 0,
  };
  const outcomes = { hit: 1, stored: 0, stale: 0, coalesced: 1, generated: 1 };
  const others = { negative: 0, failed: 0, aborted: 0, missed: 0, bypassed: 0 };
  const outline = {
    calls: 3,
    outcomes: { ...outcomes, ...others },
    generations: { succeeded: 1, failed: 0 },
    spent: tally,
    saved: tally,
  };
  const row = { version: 1, runs: 1, from: 1, to: 2, kinds: { outline }, absorbed: [] };
  await store.table('ledger').set('run 1', Buffer.from(JSON.stringify(row)));
  const book = new LedgerBook(store);
  await book.write(await statsOf(1));
  const { totals, unreadable } = await book.read();
  expect({ runs: totals.runs, unreadable }).toEqual({ runs: 2, unreadable: 0 });
  expect(totals.kinds.outline).toMatchObject({
    calls: 5,
    spent: { usd: 0.5, cachedUsd: 0 },
    saved: { usd: 0.5, inputTokens: 30 },
    savedBy: { hit: { usd: 0 }, coalesced: { usd: 0 }, provider: { cachedTokens: 20, usd: 0 } },
    simulated: { spent: { usd: 0 }, saved: { usd: 0 } },
  });
  await store.close();
});

test('how something was saved, and what was simulated, is added up over the runs', async () => {
  const store = new MemoryStore();
  await using cache = createCache();
  for (const simulated of [false, true]) {
    const generate = async (ctx: GenerationContext) => {
      ctx.cost({ inputTokens: 10, cachedTokens: 5, usd: 1, cachedUsd: 0.25, simulated });
      return 'made';
    };
    const key = String(simulated);
    await Promise.all([1, 2, 3].map(() => cache.getOrGenerate(key, generate)));
    await cache.getOrGenerate(key, generate);
  }
  for (let run = 0; run < 2; run += 1) await new LedgerBook(store).write(cache.stats());
  const { totals } = await new LedgerBook(store).read();
  const worth = {
    spent: { usd: 2, cachedUsd: 0.5 },
    saved: { usd: 6 },
    savedBy: { hit: { usd: 2 }, coalesced: { usd: 4 }, provider: { cachedTokens: 10, usd: 0.5 } },
  };
  expect(totals.kinds.default).toMatchObject({ ...worth, simulated: worth });
  await store.close();
});

test('a run that called nothing leaves no row', async () => {
  const store = new MemoryStore();
  const book = new LedgerBook(store);
  await using cache = createCache();
  await book.write(cache.stats());
  expect(await names(store)).toEqual([]);
  await store.close();
});

test.each([
  ['damaged', 'no JSON'],
  ['of a newer version', JSON.stringify({ version: 3, runs: 9 })],
  [
    'not what it says',
    JSON.stringify({ version: 1, runs: 1, from: 0, to: 0, kinds: { a: { calls: 'x' } }, absorbed: [] }),
  ],
  ['negative', JSON.stringify({ version: 1, runs: -1, from: 0, to: 0, kinds: {}, absorbed: [] })],
])(
  'a row that is %s is counted as unreadable, left alone, and takes nothing from the others',
  async (_, text) => {
    const store = new MemoryStore();
    await store.table('ledger').set('strange', Buffer.from(text));
    const book = new LedgerBook(store);
    await book.write(await statsOf(1));
    const { totals, unreadable } = await book.read();
    expect({ runs: totals.runs, unreadable }).toEqual({ runs: 1, unreadable: 1 });
    await book.tidy();
    expect(await names(store)).toContain('strange');
    await store.close();
  },
);

test('rows of runs that have ended are added up to one, once they are many, and nothing is lost or doubled', async () => {
  const store = new MemoryStore();
  let now = 1_000;
  const stats = await statsOf(1);
  for (let run = 0; run < 40; run += 1) await new LedgerBook(store, () => now).write(stats);
  now += 2 * day;
  const running = new LedgerBook(store, () => now);
  await running.write(stats);
  const before = await running.read();
  await Promise.all([running.tidy(), new LedgerBook(store, () => now).tidy()]);
  expect(await names(store)).toHaveLength(2);
  expect(await running.read()).toEqual(before);
  expect(before.totals).toMatchObject({ runs: 41, kinds: { outline: { calls: 82 } } });
  await running.tidy();
  expect(await names(store)).toHaveLength(2);
  await store.close();
});

test('a row that was added up and is still there is not counted again', async () => {
  const store = new MemoryStore();
  let now = 1_000;
  const stats = await statsOf(1);
  const slept = new LedgerBook(store, () => now);
  await slept.write(stats);
  for (let run = 0; run < 40; run += 1) await new LedgerBook(store, () => now).write(stats);
  now += 2 * day;
  await new LedgerBook(store, () => now).tidy();
  await slept.write(stats);
  expect((await slept.read()).totals).toMatchObject({ runs: 41, kinds: { outline: { calls: 82 } } });
  await store.close();
});

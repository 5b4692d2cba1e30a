import { HoldfastError, kind } from 'holdfast';
import { assertInvariants, createTestCache } from 'holdfast/testing';
import { describe, expect, it } from 'vitest';
import { entryOverhead } from '../src/cache/commit.ts';
import { HeldGenerator } from '../src/testing/held-generator.ts';

/**
 * The acceptance of the system that Holdfast succeeds, under its own names, as it was written and then at 10,000
 * callers.
 */
describe.each([
  { concurrent: 10, hits: 100, keys: 10, sets: 50, limit: 20, stale: 5 },
  { concurrent: 10_000, hits: 10_000, keys: 100, sets: 10_000, limit: 4_000, stale: 10_000 },
])('with $concurrent callers', ({ concurrent, hits, keys, sets, limit, stale }) => {
  it(`${concurrent} concurrent callers of one expired key → 1 generation, ${concurrent} equal results`, async () => {
    const { cache, clock } = createTestCache({
      kinds: { query_analysis: kind<{ text: string }>({ ttl: '1h' }) },
    });
    const analyses = cache.kind('query_analysis');
    await analyses.set('query', { text: 'old' });
    await clock.advance(3_600_001);

    const held = new HeldGenerator<{ text: string }>();
    const calls = Array.from({ length: concurrent }, () => analyses.getOrGenerate('query', held.generate));
    expect(held.runs).toHaveLength(1);
    held.run(0).resolve({ text: 'new' });
    const results = await Promise.all(calls);

    expect(results).toHaveLength(concurrent);
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toEqual({ text: 'new' });
    expect(held.runs).toHaveLength(1);
    expect(cache.stats().kinds.query_analysis).toMatchObject({
      calls: concurrent,
      outcomes: { generated: 1, coalesced: concurrent - 1 },
      generations: { started: 1, succeeded: 1 },
    });
    assertInvariants(cache);
  });

  it(`${hits} concurrent hits over ${keys} keys → exactly ${hits} hits counted under their kind`, async () => {
    const { cache } = createTestCache({
      kinds: { file_discovery: kind<number>({ ttl: '1h' }), other: kind<number>() },
    });
    const files = cache.kind('file_discovery');
    await files.setMany(Array.from({ length: keys }, (_, index) => [`key ${index}`, index]));
    const never = () => {
      throw new Error('nothing is to be generated');
    };
    const results = await Promise.all(
      Array.from({ length: hits }, (_, index) => files.getOrGenerate(`key ${index % keys}`, never)),
    );
    expect(results).toEqual(Array.from({ length: hits }, (_, index) => index % keys));
    const stats = cache.stats();
    expect(stats.kinds.file_discovery?.outcomes.hit).toBe(hits);
    expect(stats.kinds.file_discovery?.calls).toBe(hits);
    expect(stats.kinds.file_discovery?.hitRatio).toBe(1);
    expect(stats.kinds.other?.calls ?? 0).toBe(0);
    expect(stats.calls).toBe(hits);
    assertInvariants(cache);
  });

  it(`${sets} concurrent sets with a limit of ${limit} → no exception, exactly ${limit} entries, exact bytes`, async () => {
    const { cache } = createTestCache({ maxEntries: limit });
    const all = await Promise.allSettled(
      Array.from({ length: sets }, async (_, index) => cache.set(`key ${index}`, 'x'.repeat(index % 97))),
    );
    expect(all.filter(({ status }) => status === 'rejected')).toEqual([]);

    let entries = 0;
    let bytes = 0;
    for await (const { key } of cache.entries()) {
      entries += 1;
      const content = key.content();
      const value = cache.peek<string>(content as string)?.value as string;
      bytes += entryOverhead + 2 * (content as string).length + 2 * value.length;
    }
    expect(entries).toBe(limit);
    expect(cache.stats().entries).toBe(limit);
    expect(cache.stats().bytes).toBe(bytes);
    assertInvariants(cache);
  });

  it(`${stale} concurrent callers, aged entry, failing generator, stale allowed → 1 generation, ${stale} stale values, marked`, async () => {
    const { cache, clock } = createTestCache({
      kinds: { documentation: kind<string>({ ttl: '1m', staleIfError: '1h' }) },
    });
    const documents = cache.kind('documentation');
    await documents.set('page', 'old');
    await clock.advance(60_001);

    const held = new HeldGenerator();
    const calls = Array.from({ length: stale }, () => documents.resolve('page', held.generate));
    expect(held.runs).toHaveLength(1);
    held.run(0).reject(new HoldfastError('E_TIMEOUT', 'the provider is down'));
    const results = await Promise.all(calls);

    expect(results).toHaveLength(stale);
    for (const result of results) {
      expect(result).toMatchObject({
        value: 'old',
        outcome: 'stale',
        stale: 'aged',
        reason: 'failed',
        age: 60_001,
      });
    }
    expect(held.runs).toHaveLength(1);
    expect(cache.stats().kinds.documentation).toMatchObject({
      calls: stale,
      outcomes: { stale },
      generations: { started: 1, failed: 1 },
    });
    assertInvariants(cache);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryListing, type EvictionName, kind } from '../../src/index.ts';
import { assertInvariants, createTestCache, settled } from '../../src/testing/index.ts';

/*
 * Promise 8 in a cache that is always full: its bounds hold after every step, its bytes are those of what it lists,
 * every call ends with the right value, and a full cache never fails one.
 */

/** At least 10: fewer need not meet what the test says it has met. */
const rounds = Math.max(10, fc.readConfigureGlobal().numRuns ?? 100);

const size = fc.oneof(fc.nat(40), fc.integer({ min: 300, max: 900 }));
const step = fc.record({
  do: fc.constantFrom(
    'set',
    'set',
    'generate',
    'generate',
    'herd',
    'many',
    'get',
    'get',
    'invalidate',
    'expire',
    'advance',
  ),
  scope: fc.constantFrom('', '', 'tenant'),
  kind: fc.constantFrom('text' as const, 'weighed' as const),
  key: fc.nat(12),
  size,
  tagged: fc.boolean(),
});

describe.each<EvictionName>(['s3-fifo', 'lru'])('a cache that is full, under %s', (eviction) => {
  test('keeps its bounds and its account, and answers every call', async () => {
    let evicted = 0;
    let oversized = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.constantFrom(600, 1_500, 1_000_000),
        fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
        fc.scheduler(),
        async (maxEntries, maxBytes, steps, scheduler) => {
          const { cache, clock } = createTestCache({
            maxEntries,
            maxBytes,
            maxEntryBytes: Math.min(1_000, maxBytes),
            eviction,
            kinds: {
              text: kind<string>({ ttl: 100, staleWhileRevalidate: 50 }),
              // No whole number of bytes, as an average would give.
              weighed: kind<string>({ weigh: (value) => value.length * 1.1, staleIfError: 10 }),
            },
          });
          cache.on('entry.evicted', () => {
            evicted += 1;
          });
          cache.on('entry.oversized', () => {
            oversized += 1;
          });
          let begun = 0;
          const asked: Promise<unknown>[] = [];
          for (const one of steps) {
            const view = one.scope === '' ? cache : cache.scope(one.scope);
            const handle = view.kind(one.kind);
            const key = one.key % 3 === 0 ? [one.key] : `k${one.key}`;
            const value = `${one.scope}/${one.kind}/${one.key}:`.padEnd(one.size, '.');
            const right = (found: string | undefined): void => {
              if (found !== undefined) expect(found.split(':')[0]).toBe(value.split(':')[0]);
            };
            const generate = async (): Promise<string> => {
              await scheduler.schedule(Promise.resolve(), 'a generation goes on');
              return value;
            };
            if (one.do === 'set') await handle.set(key, value, one.tagged ? { tags: ['t'] } : {});
            else if (one.do === 'get') {
              begun += 1;
              right(handle.get(key));
            } else if (one.do === 'generate') {
              begun += 1;
              asked.push(handle.getOrGenerate(key, generate).then(right));
            } else if (one.do === 'herd') {
              begun += 3;
              for (let index = 0; index < 3; index += 1)
                asked.push(handle.getOrGenerate(key, generate).then(right));
            } else if (one.do === 'many') {
              begun += 8;
              const keys = Array.from({ length: 8 }, (_, index) => `m${index}`);
              asked.push(
                handle
                  .getOrGenerateMany(keys, async (missing) => {
                    await scheduler.schedule(Promise.resolve(), 'a bulk generation goes on');
                    return missing.map((name) => [name, `${name}:`.padEnd(one.size, '.')] as const);
                  })
                  .then((values) => {
                    expect([...values].map(([name, found]) => [name, found.split(':')[0]])).toEqual(
                      keys.map((name) => [name, name]),
                    );
                  }),
              );
            } else if (one.do === 'invalidate') {
              await (one.tagged ? cache.invalidate({ tag: 't', allScopes: true }) : handle.invalidate(key));
            } else if (one.do === 'expire') await handle.expire(key);
            else await clock.advance(40);
            if (one.size % 2 === 0) await scheduler.waitIdle();
            assertInvariants(cache, { quiet: false });
            const { entries, bytes } = cache.stats();
            expect(entries).toBeLessThanOrEqual(maxEntries);
            expect(bytes).toBeLessThanOrEqual(maxBytes);
          }
          // A generation can end in another's beginning, but not for ever.
          for (let round = 0; scheduler.count() > 0 && round < 100; round += 1) {
            await scheduler.waitIdle();
            await settled();
          }
          expect(scheduler.count()).toBe(0);
          await Promise.all(asked);
          const listed: EntryListing[] = [];
          for await (const entry of cache.entries()) listed.push(entry);
          const stats = cache.stats();
          expect(stats.entries).toBe(listed.length);
          expect(stats.bytes).toBe(listed.reduce((sum, { weight }) => sum + weight, 0));
          expect(stats.calls).toBe(begun);
          assertInvariants(cache);
        },
      ),
      { numRuns: rounds },
    );
    expect(evicted).toBeGreaterThan(rounds);
    expect(oversized).toBeGreaterThan(0);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLinearizable } from '../model/linearizability.ts';
import { withMethods } from './machine.ts';
import { type HistoryOptions, recordShared, someClients } from './shared-history.ts';

/*
 * Promise 3 on a machine. Strict: no read begun after a set or an invalidation was acknowledged, by whichever process,
 * returns what was before it. Bounded: the same from 100 ms on. Either way what was begun before is never read after it, and
 * what was set stays.
 */

const rounds = fc.readConfigureGlobal().numRuns ?? 100;
/** More rounds take longer. */
const timeout = 60_000 * Math.max(1, rounds / 100);

const keepsPromise = (options: HistoryOptions) =>
  fc.asyncProperty(someClients, fc.scheduler(), async (clients, scheduler) => {
    const { histories, tagsOf, failures } = await recordShared(clients, scheduler, options);
    expect(failures).toEqual([]);
    for (const history of histories) {
      if (!isLinearizable(history, tagsOf)) {
        throw new Error(`no order explains the reads: ${JSON.stringify(history)}`);
      }
    }
  });

describe('over processes no read begun after an acknowledged write returns what was before it', () => {
  test.each([
    { coherence: 'strict', processes: 2 },
    { coherence: 'strict', processes: 3 },
    { coherence: 'bounded', processes: 2 },
    { coherence: 'bounded', processes: 3 },
  ] as const)('$coherence, $processes processes', { timeout }, async (options) => {
    await fc.assert(keepsPromise(options), { numRuns: 3 * rounds });
  });
});

/** Stores that break what a store promises: the check must find out. */
const broken: Readonly<Record<string, HistoryOptions>> = {
  'commits without a look at the fence': {
    coherence: 'strict',
    processes: 2,
    wrap: (store) => withMethods(store, { commit: (record) => store.commit(record) }),
  },
  'tells nobody, and says that it has': {
    coherence: 'strict',
    processes: 2,
    wrap: (store) => withMethods(store, { subscribe: () => () => {} }),
  },
  'keeps what was invalidated': {
    coherence: 'bounded',
    processes: 2,
    wrap: (store) => withMethods(store, { invalidate: async () => 1 }),
  },
};

describe('the check notices a store that', () => {
  test.each(Object.entries(broken))('%s', { timeout }, async (_, options) => {
    const { failed, errorInstance } = await fc.check(keepsPromise(options), {
      numRuns: 3_000,
      endOnFailure: true,
    });
    expect(failed).toBe(true);
    expect(String(errorInstance)).toContain('no order explains the reads');
  });
});

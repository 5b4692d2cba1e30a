import { describe, expect, it } from 'vitest';
import { SharedRuns } from './shared-runs.ts';

describe('shared runs', () => {
  it('shares one next run among all who come while a run is under way', async () => {
    const shared = new SharedRuns<number>();
    const runs: PromiseWithResolvers<number>[] = [];
    const run = () => {
      const made = Promise.withResolvers<number>();
      runs.push(made);
      return made.promise;
    };
    const first = shared.join('a', run);
    const later = [shared.join('a', run), shared.join('a', run), shared.join('a', run)];
    const other = shared.join('b', run);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(7);
    runs[0]?.resolve(1);
    expect([await first, await other]).toEqual([1, 7]);
    expect(runs).toHaveLength(3);
    const last = shared.join('a', run);
    runs[2]?.resolve(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    runs[3]?.resolve(3);
    expect(await last).toBe(3);
    const fresh = shared.join('a', run);
    runs[4]?.resolve(4);
    expect(await fresh).toBe(4);
  });

  it('goes on after a run that failed', async () => {
    const shared = new SharedRuns<number>();
    const failed = shared.join('a', () => Promise.reject(new Error('failed')));
    const next = shared.join('a', () => Promise.resolve(1));
    await expect(failed).rejects.toThrow('failed');
    expect(await next).toBe(1);
  });
});

import { describe, expect, it } from 'vitest';
import { Gate, SharedHashing } from './hashing.ts';

describe('the gate', () => {
  it('lets no more through at once than it is wide, and all in the end', async () => {
    const gate = new Gate(3);
    let inside = 0;
    let most = 0;
    const doors = Array.from({ length: 20 }, () => Promise.withResolvers<void>());
    const runs = doors.map((door, index) =>
      gate.run(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await door.promise;
        inside -= 1;
        if (index % 2 === 0) throw new Error('failed');
      }),
    );
    for (const door of doors) door.resolve();
    const settled = await Promise.allSettled(runs);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect([most, inside]).toEqual([3, 0]);
    await expect(gate.run(async () => 'free again')).resolves.toBe('free again');
  });
});

describe('shared hashing', () => {
  it('shares one next run among all who come while a run is under way', async () => {
    const hashing = new SharedHashing<number>(new Gate(16));
    const runs: PromiseWithResolvers<number>[] = [];
    const hash = () => {
      const run = Promise.withResolvers<number>();
      runs.push(run);
      return run.promise;
    };
    const first = hashing.join('a', hash);
    const later = [hashing.join('a', hash), hashing.join('a', hash), hashing.join('a', hash)];
    const other = hashing.join('b', hash);
    expect(runs).toHaveLength(2);
    runs[1]?.resolve(7);
    runs[0]?.resolve(1);
    expect([await first, await other]).toEqual([1, 7]);
    expect(runs).toHaveLength(3);
    const last = hashing.join('a', hash);
    runs[2]?.resolve(2);
    expect(await Promise.all(later)).toEqual([2, 2, 2]);
    runs[3]?.resolve(3);
    expect(await last).toBe(3);
    const fresh = hashing.join('a', hash);
    runs[4]?.resolve(4);
    expect(await fresh).toBe(4);
  });
});

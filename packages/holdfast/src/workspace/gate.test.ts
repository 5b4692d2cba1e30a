import { describe, expect, it } from 'vitest';
import { Gate } from './gate.ts';

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

import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { MemoryQuota } from './memory-quota.ts';
import { nextPacificMidnight } from './pacific-day.ts';

test('a count that holds is not forgotten for those of others: of the day, of the minute, of a park', async () => {
  const clock = new ManualClock();
  const quota = new MemoryQuota(clock);
  const line = (project: string) => ({
    project,
    model: 'm',
    limits: { requestsPerMinute: 1, requestsPerDay: 1 },
  });
  const take = (project: string): number => {
    const taken = quota.take(line(project), 0);
    if (!taken.ok) return taken.wait.milliseconds;
    taken.grant.sent();
    taken.grant.settle();
    return 0;
  };
  const others = (day: number) => {
    for (let index = 0; index < 2_500; index += 1) expect(take(`${day}: ${index}`)).toBe(0);
  };
  expect(take('of the day')).toBe(0);
  await clock.advance(120_000);
  quota.park(line('parked'), 5_000);
  others(1);
  expect(take('parked')).toBe(5_000);
  const midnight = nextPacificMidnight(clock.wall()) - clock.wall();
  expect(take('of the day')).toBe(midnight);
  await clock.advance(midnight - 10_000);
  expect(take('of the minute')).toBe(0);
  await clock.advance(20_000);
  others(2);
  expect(take('of the minute')).toBe(40_000);
});

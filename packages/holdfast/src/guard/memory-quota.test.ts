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

test('without a limit of the day nothing is kept of a name past its minute, as names may be invented', async () => {
  const clock = new ManualClock();
  const quota = new MemoryQuota(clock);
  const line = (model: string) => ({ project: 'p', model, limits: { requestsPerMinute: 5 } });
  const take = (model: string) => {
    const taken = quota.take(line(model), 0);
    if (!taken.ok) throw new Error('it has to be let in');
    taken.grant.sent();
    taken.grant.settle();
  };
  take('invented');
  for (let minutes = 0; minutes < 3; minutes += 1) {
    await clock.advance(120_000);
    for (let index = 0; index < 1_000; index += 1) take(`${minutes}: ${index}`);
  }
  expect(quota.status(line('invented')).requestsToday).toBe(0);
});

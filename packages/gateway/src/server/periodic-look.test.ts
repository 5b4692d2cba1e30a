import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeriodicLook } from './periodic-look.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const unexpected = (error: unknown) => {
  throw error;
};

test('it looks every two seconds while it is wanted, and not once more', async () => {
  const look = vi.fn(async () => undefined);
  const periodic = new PeriodicLook(look, unexpected);
  periodic.run(true);
  periodic.run(true);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(look).toHaveBeenCalledTimes(0);
  await vi.advanceTimersByTimeAsync(4_001);
  expect(look).toHaveBeenCalledTimes(3);
  periodic.run(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(look).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});

test('a long look is followed by a pause nineteen times as long', async () => {
  const starts: number[] = [];
  const look = () => {
    starts.push(Date.now());
    return new Promise((resolve) => setTimeout(resolve, 1_000));
  };
  const periodic = new PeriodicLook(look, unexpected);
  periodic.run(true);
  await vi.advanceTimersByTimeAsync(50_000);
  periodic.run(false);
  expect(starts.map((start) => start - (starts[0] as number))).toEqual([0, 20_000, 40_000]);
});

test('stopped and started during a look, it goes on once, not twice', async () => {
  let running = 0;
  let most = 0;
  const look = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 50));
    running -= 1;
  };
  const periodic = new PeriodicLook(look, unexpected);
  periodic.run(true);
  await vi.advanceTimersByTimeAsync(2_010);
  periodic.run(false);
  periodic.run(true);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(most).toBe(1);
  expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  periodic.run(false);
});

test('a look that fails is told of and does not end the looking', async () => {
  const errors: unknown[] = [];
  const look = vi.fn(() => Promise.reject(new Error('unreadable')));
  const periodic = new PeriodicLook(look, (error) => errors.push(error));
  periodic.run(true);
  await vi.advanceTimersByTimeAsync(4_000);
  periodic.run(false);
  expect(errors).toHaveLength(2);
});

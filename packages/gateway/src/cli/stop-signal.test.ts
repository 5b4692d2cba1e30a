import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stopSignal } from './stop-signal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('the first signal stops, its echo by npm is ignored, and a second one ends the process', async () => {
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
  const stop = stopSignal();
  process.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(20);
  process.emit('SIGINT', 'SIGINT');
  expect(await stop.wait()).toBe('SIGINT');
  expect(exit).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1_000);
  process.emit('SIGINT', 'SIGINT');
  expect(exit).toHaveBeenCalledWith(130);
  stop.end();
});

test('afterwards signals have their usual effect again', () => {
  const before = process.listenerCount('SIGTERM');
  const stop = stopSignal();
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  stop.end();
  expect(process.listenerCount('SIGTERM')).toBe(before);
});

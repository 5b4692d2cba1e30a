import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Broadcast, type Present } from './broadcast.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** As much of a response as a broadcast uses: a whole one needs a socket. */
class Response extends EventEmitter {
  text = '';
  writableLength = 0;
  writeHead(): void {}
  flushHeaders(): void {}
  write(text: string): void {
    this.text += text;
  }
  end(): void {
    this.destroy();
  }
  destroy(): void {
    this.emit('close');
  }
  get names(): string[] {
    return [...this.text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name as string);
  }
}

function setUp() {
  let calls = 0;
  let uptimeSeconds = 0;
  // Of what is told only that it changes matters here.
  const present = {
    status: () => {
      uptimeSeconds += 1;
      return { state: 'ready', uptimeSeconds };
    },
    stats: () => ({ calls }),
    lab: () => ({ running: false }),
  } as unknown as Present;
  const broadcast = new Broadcast(present);
  const join = () => {
    const response = new Response();
    broadcast.join(response as unknown as ServerResponse);
    return response;
  };
  return { broadcast, join, call: () => (calls += 1) };
}

test('a client hears the present state, then what changes, and nothing because of time alone', () => {
  const { join, call } = setUp();
  const response = join();
  expect(response.names).toEqual(['status', 'stats', 'lab']);
  vi.advanceTimersByTime(250);
  const settled = response.names.length;
  vi.advanceTimersByTime(5_000);
  expect(response.names).toHaveLength(settled);
  call();
  vi.advanceTimersByTime(250);
  expect(response.names.slice(settled)).toEqual(['stats']);
});

test('beats come every fifteen seconds, and a client that never reads is cut off', () => {
  const { join } = setUp();
  const [reading, stalled] = [join(), join()];
  const gone = vi.fn();
  stalled.on('close', gone);
  stalled.writableLength = 1_000_000;
  vi.advanceTimersByTime(60_000);
  expect(reading.text.match(/: beat/g)).toHaveLength(4);
  expect(gone).not.toHaveBeenCalled();
  vi.advanceTimersByTime(15_000);
  expect(gone).toHaveBeenCalledOnce();
});

test('a timer runs from the first who comes to the last who leaves', () => {
  const { join } = setUp();
  const [one, other] = [join(), join()];
  one.destroy();
  expect(vi.getTimerCount()).toBe(1);
  other.emit('error', new Error('reset'));
  other.destroy();
  expect(vi.getTimerCount()).toBe(0);
});

test('no more than 32 clients are let in, and closing ends them all', () => {
  const { join, broadcast } = setUp();
  const responses = Array.from({ length: 32 }, join);
  expect(join).toThrow(expect.objectContaining({ status: 503, code: 'E_TOO_MANY' }));
  broadcast.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(responses.every((response) => response.listenerCount('close') === 1)).toBe(true);
  expect(join).not.toThrow();
  broadcast.close();
});

import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import type { OutlineLine, Status } from '../api/index.ts';
import { EventStream } from './event-stream.ts';

/** An answer whose client reads nothing until `read()` is called; a stream of events needs no more of one. */
class SlowResponse extends Writable {
  text = '';
  #continue: (() => void) | undefined;

  constructor() {
    super({ highWaterMark: 16_384, decodeStrings: false });
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    this.#continue = done;
  }

  writeHead(): void {}
  flushHeaders(): void {}

  /** Reads until nothing more comes. */
  async read(): Promise<void> {
    while (this.#continue !== undefined) {
      const done = this.#continue;
      this.#continue = undefined;
      done();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get events(): { name: string; data: unknown }[] {
    return [...this.text.matchAll(/event: (.+)\ndata: (.+)\n\n/g)].map(([, name, data]) => ({
      name: name as string,
      data: JSON.parse(data as string),
    }));
  }
}

const open = () => {
  const response = new SlowResponse();
  return { response, stream: new EventStream(response as unknown as ServerResponse) };
};

// Events are as long as their text, whatever is in it.
const line = (index: number) =>
  ({ path: `${index}-${'x'.repeat(1_000)}`, seconds: 0 }) as unknown as OutlineLine & { seconds: number };
const status = (outlined: number) => ({ outlined }) as Status;

test('a client that reads gets every event in order', async () => {
  const { response, stream } = open();
  stream.send('status', status(1));
  stream.send('outline', line(1));
  stream.send('status', status(2));
  await response.read();
  expect(response.events.map(({ name }) => name)).toEqual(['status', 'outline', 'status']);
});

test('a client that does not read costs a bounded memory, and is then told what it missed', async () => {
  const { response, stream } = open();
  const sent = 5_000;
  for (let index = 0; index < sent; index += 1) {
    stream.send('outline', line(index));
    stream.send('status', status(index));
    expect(response.writableLength).toBeLessThan(300_000);
  }
  await response.read();
  const { events } = response;
  const outlines = events.filter(({ name }) => name === 'outline');
  const missed = events
    .filter(({ name }) => name === 'missed')
    .map(({ data }) => (data as { events: number }).events);
  expect(outlines.length).toBeLessThan(1_000);
  expect(outlines.length + missed.reduce((sum, number) => sum + number, 0)).toBe(sent);
  expect(outlines.at(-1)?.data).toEqual(line(sent - 1));
  const states = events.filter(({ name }) => name === 'status');
  expect(states.at(-1)?.data).toEqual(status(sent - 1));
  expect(states.length).toBeLessThan(1_000);
});

test('beats keep a reading client, and count up while nothing is read', async () => {
  const { response, stream } = open();
  expect(stream.beat()).toBe(0);
  for (let index = 0; index < 1_000; index += 1) stream.send('outline', line(index));
  expect([stream.beat(), stream.beat()]).toEqual([1, 2]);
  await response.read();
  expect(stream.beat()).toBe(0);
  expect(response.text).toContain(': beat\n\n');
});

test('ending a stream that nobody reads cuts it, so that the server can close', () => {
  const { response, stream } = open();
  for (let index = 0; index < 1_000; index += 1) stream.send('outline', line(index));
  stream.end();
  expect(response.destroyed).toBe(true);
});

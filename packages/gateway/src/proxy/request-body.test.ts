import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { RequestBodies } from './request-body.ts';

/** A request whose body is written by the test: of the rest only its headers are looked at, and a whole one needs a socket. */
function request(headers: Readonly<Record<string, string>> = { 'transfer-encoding': 'chunked' }) {
  const stream = new PassThrough();
  return Object.assign(stream, { headers }) as unknown as PassThrough & IncomingMessage;
}
const tooLarge = expect.objectContaining({ name: 'Refusal', status: 413, code: 'E_BODY' });
const tooMuch = expect.objectContaining({ name: 'Refusal', status: 503, code: 'E_OVERLOADED' });

test('a request without a body has an empty one, and is not read', async () => {
  const bodies = new RequestBodies({ each: 10, together: 100 });
  for (const headers of [{}, { 'content-length': '0' }]) {
    const asked = request(headers);
    expect((await bodies.read(asked)).byteLength).toBe(0);
    expect(asked.readableFlowing).toBe(null);
  }
});

test('a body counts until it is released', async () => {
  const bodies = new RequestBodies({ each: 10, together: 100 });
  const asked = request();
  const reading = bodies.read(asked);
  asked.write('12345');
  asked.end('67890');
  const body = await reading;
  expect([Buffer.from(body).toString(), bodies.held]).toEqual(['1234567890', 10]);
  bodies.release(body);
  expect(bodies.held).toBe(0);
});

test('a body over the bound is read to its end and thrown away, so that its sender hears why', async () => {
  const bodies = new RequestBodies({ each: 10, together: 100 });
  const asked = request();
  const reading = bodies.read(asked);
  const came = once(asked, 'data');
  asked.write('x'.repeat(11));
  await came;
  expect(bodies.held).toBe(0);
  asked.end('x'.repeat(20));
  await expect(reading).rejects.toEqual(tooLarge);
  expect([bodies.held, asked.readableEnded]).toEqual([0, true]);
});

test('of a body that is far over the bound the rest is not waited for, announced or not', async () => {
  const bodies = new RequestBodies({ each: 10, together: 100 });
  await expect(bodies.read(request({ 'content-length': '41' }))).rejects.toEqual(tooLarge);
  const asked = request();
  const reading = bodies.read(asked);
  asked.write('x'.repeat(41));
  await expect(reading).rejects.toEqual(tooLarge);
  expect([bodies.held, asked.readableEnded]).toEqual([0, false]);
});

test('bodies that are together over the bound are refused until others are released', async () => {
  const bodies = new RequestBodies({ each: 10, together: 15 });
  const read = (text: string) => {
    const asked = request();
    asked.end(text);
    return bodies.read(asked);
  };
  const first = await read('1234567890');
  await expect(read('123456')).rejects.toEqual(tooMuch);
  const second = await read('12345');
  bodies.release(first);
  bodies.release(second);
  expect(await read('1234567890')).toHaveLength(10);
  expect(bodies.held).toBe(10);
});

test('a sender that leaves in the middle leaves nothing behind', async () => {
  const bodies = new RequestBodies({ each: 10, together: 100 });
  const asked = request();
  const reading = bodies.read(asked);
  const came = once(asked, 'data');
  asked.write('123');
  await came;
  expect(bodies.held).toBe(3);
  asked.destroy(new Error('aborted'));
  await expect(reading).rejects.toThrow('aborted');
  expect(bodies.held).toBe(0);
  const silent = request();
  const waiting = bodies.read(silent);
  silent.destroy();
  await expect(waiting).rejects.toThrow('in the middle of a body');
});

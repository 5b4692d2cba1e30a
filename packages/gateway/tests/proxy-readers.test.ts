/** Clients of the proxy that leave, and that read slowly or not at all: none of them is anybody else's trouble. */
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { startFakeGemini } from 'holdfast/testing';
import { expect, onTestFinished, test } from 'vitest';
import { generate, type Proxied, prompt, startProxied, stream } from './proxied.ts';
import { startUpstream } from './upstream.ts';

/** More than the system buffers for a connection. */
const pieces = 512;
const piece = Buffer.from(
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: 'x'.repeat(32_000) }] } }] })}\r\n\r\n`,
);
const end = Buffer.from(
  `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text: '.' }] }, finishReason: 'STOP' }] })}\r\n\r\n`,
);

async function fakeGemini() {
  const fake = await startFakeGemini();
  onTestFinished(() => fake.close());
  return fake;
}

/** Opens an answer and reads nothing of it yet. */
async function open({ port }: Proxied, path: string, text = 'Why?'): Promise<IncomingMessage> {
  const call = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path,
    headers: { 'x-goog-api-key': 'key' },
    agent: false,
  });
  onTestFinished(() => void call.destroy());
  call.end(prompt(text));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

async function length(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.byteLength;
  return bytes;
}

/** Writes a stream that is larger than what the system buffers, as fast as it is taken. */
function writeMuch(response: ServerResponse): void {
  let left = pieces;
  const write = () => {
    while (left > 0) {
      left -= 1;
      if (!response.write(piece)) return;
    }
    response.off('drain', write).end(end);
  };
  response.on('drain', write).writeHead(200, { 'content-type': 'text/event-stream' });
  write();
}
const much = pieces * piece.byteLength + end.byteLength;

test.each([generate, stream, '/gemini/v1beta/models'])(
  'a client that leaves before its answer ends the request to the provider: %s',
  async (path) => {
    const arrived = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const upstream = await startUpstream((response) => {
      response.on('close', () => ended.resolve());
      arrived.resolve();
    });
    const proxied = await startProxied(upstream.url);
    const method = path.includes(':') ? 'POST' : 'GET';
    const headers = { 'x-goog-api-key': 'key' };
    const call = request({ host: '127.0.0.1', port: proxied.port, method, path, headers, agent: false });
    call.on('error', () => undefined);
    call.end(method === 'POST' ? prompt('Why?') : undefined);
    await arrived.promise;
    call.destroy();
    await ended.promise;
    expect(proxied.errors).toEqual([]);
  },
);

test('a client that leaves in the middle of its request asks nothing, and is no error of the gateway', async () => {
  const upstream = await startUpstream((response) => response.end('{}'));
  const proxied = await startProxied(upstream.url);
  const socket = connect(proxied.port, '127.0.0.1');
  const head = `POST ${generate} HTTP/1.1\r\nHost: 127.0.0.1:${proxied.port}\r\nx-goog-api-key: key\r\n`;
  // The interim answer says that the body is read now.
  socket.write(`${head}Content-Length: 100\r\nExpect: 100-continue\r\n\r\n`);
  await once(socket, 'data');
  socket.write('{"contents"');
  // Node tells its socket first that the request was cut.
  const closed = new Promise((resolve) => proxied.sockets[0]?.on('close', resolve));
  socket.destroy();
  await closed;
  expect((await proxied.ask('/gemini/v1beta/models')).status).toBe(200);
  expect([upstream.seen.length, proxied.errors]).toEqual([1, []]);
});

test('of those who follow a stream whoever leaves disturbs nobody, and the last one ends it', async () => {
  const fake = await fakeGemini();
  const proxied = await startProxied(fake.url);
  fake.next({ reply: 'one two three four five six', hang: true, afterChunks: 2 });
  const first = await open(proxied, stream);
  const second = await open(proxied, stream);
  await Promise.all([once(first, 'readable'), once(second, 'readable')]);
  const closed = once(proxied.sockets[0] as NodeJS.EventEmitter, 'close');
  first.destroy();
  await closed;
  expect(fake.stats()).toMatchObject({ requests: 1, inFlight: 1 });
  second.destroy();
  await fake.idle();
  expect(fake.stats()).toMatchObject({ requests: 1, inFlight: 0 });
  expect(proxied.errors).toEqual([]);
});

test('a client that reads nothing holds up nobody, buffers little, and has all of it once it reads', async () => {
  const upstream = await startUpstream(writeMuch);
  const proxied = await startProxied(upstream.url);
  const slow = await open(proxied, stream);
  const [quick, late] = await Promise.all([open(proxied, stream), open(proxied, stream)]);
  expect(await Promise.all([length(quick), length(late)])).toEqual([much, much]);
  expect(upstream.seen).toHaveLength(1);
  const [socket] = proxied.sockets;
  expect(socket?.writableLength).toBeGreaterThan(0);
  expect(socket?.writableLength).toBeLessThan(1_000_000);
  expect(await length(slow)).toBe(much);
});

test('a client that reads nothing for too long is left, and the last one ends the request to the provider', async () => {
  const ended = Promise.withResolvers<void>();
  const upstream = await startUpstream((response) => {
    response.on('close', () => ended.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (let at = 0; at < pieces; at += 1) response.write(piece);
  });
  const proxied = await startProxied(upstream.url, { stalled: 50 });
  await open(proxied, stream);
  await once(proxied.sockets[0] as NodeJS.EventEmitter, 'close');
  await ended.promise;
  expect(proxied.errors).toEqual([]);
});

test('a client that does not take an answer in one piece is left as well', async () => {
  const upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ models: ['x'.repeat(pieces * 32_000)] }));
  });
  const proxied = await startProxied(upstream.url, { stalled: 50 });
  await open(proxied, generate);
  await once(proxied.sockets[0] as NodeJS.EventEmitter, 'close');
  expect(proxied.errors).toEqual([]);
});

test('a provider that thinks for longer is nobody’s fault: the client is not left', async () => {
  const thinking = Promise.withResolvers<ServerResponse>();
  const upstream = await startUpstream((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(piece);
    thinking.resolve(response);
  });
  const proxied = await startProxied(upstream.url, { stalled: 50 });
  const patient = await open(proxied, stream);
  const all = length(patient);
  const answer = await thinking.promise;
  // The time is up, and nothing waits for the client.
  await once(proxied.sockets[0] as NodeJS.EventEmitter, 'timeout');
  answer.end(end);
  expect(await all).toBe(piece.byteLength + end.byteLength);
});

import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Gate } from '../../src/testing/fake-gemini/index.ts';
import { generate, HandClock, model, start, stream } from './client.ts';

describe('a client that leaves', () => {
  test('ends a hanging call, which counts as a hang', async () => {
    const fake = await start();
    fake.next({ hang: true });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(fake.stats().inFlight).toBe(1);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect(fake.stats()).toMatchObject({ inFlight: 0, disconnected: 0, failures: { hang: 1 } });
  });

  test('ends a slow call and its timer', async () => {
    const clock = new HandClock();
    const fake = await start({ latency: 60_000, clock });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(clock.timers.size).toBe(1);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect(clock.timers.size).toBe(0);
    expect(fake.stats()).toMatchObject({ disconnected: 1, tokens: { total: 0 } });
  });

  test('ends a held call, a call in its reply function, and a stream between two chunks', async () => {
    const seen = Promise.withResolvers<AbortSignal>();
    const fake = await start();
    const client = new AbortController();
    const gate = new Gate();
    fake.next(
      { hold: gate },
      {
        reply: ({ signal }) => {
          seen.resolve(signal);
          return new Promise<string>(() => {});
        },
      },
      { hang: true, afterChunks: 2 },
    );
    const held = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect(gate.waiting).toBe(1);
    const replying = generate(fake, { signal: client.signal });
    const signal = await seen.promise;
    const events = await stream(fake, { signal: client.signal });
    const reader = events.body?.getReader();
    await reader?.read();
    client.abort();
    await expect(held).rejects.toThrow('abort');
    await expect(replying).rejects.toThrow('abort');
    await expect(reader?.read()).rejects.toThrow('abort');
    await fake.idle();
    expect(signal.aborted).toBe(true);
    expect(gate.waiting).toBe(0);
    const { requests, disconnected, failures } = fake.stats();
    // The stream may have been left while its second chunk was on its way, before it came to hang.
    expect([requests, disconnected + failures.hang]).toEqual([3, 3]);
  });

  test('frees its place under the concurrency limit', async () => {
    const fake = await start({ limits: { concurrent: 1 } });
    fake.next({ hang: true });
    const client = new AbortController();
    const call = generate(fake, { signal: client.signal });
    await fake.received(1);
    expect((await generate(fake)).status).toBe(503);
    client.abort();
    await expect(call).rejects.toThrow('abort');
    await fake.idle();
    expect((await generate(fake)).status).toBe(200);
  });

  test('in the middle of its upload is a request that was disconnected, and no call', async () => {
    const fake = await start();
    const socket = connect(fake.port, '127.0.0.1');
    socket.write(
      `POST /v1/models/${model}:generateContent HTTP/1.1\r\nhost: x\r\nx-goog-api-key: any\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{"contents":`,
    );
    const [continued] = (await once(socket, 'data')) as [Buffer];
    expect(continued.toString()).toContain('100 Continue');
    expect(fake.stats().inFlight).toBe(1);
    socket.destroy();
    await fake.idle();
    expect(fake.stats()).toMatchObject({ requests: 1, disconnected: 1 });
    expect(fake.stats().calls.generateContent).toBe(0);
  });
});

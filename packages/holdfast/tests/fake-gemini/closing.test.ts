import { createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../src/lib/errors.ts';
import { type FakeGeminiOptions, startFakeGemini } from '../../src/testing/fake-gemini/index.ts';
import { errorCode, generate, start, stream } from './client.ts';

describe('reset and close', () => {
  test('a reset ends what is in flight and forgets script, gate, limits and counts', async () => {
    const fake = await start({ limits: { requestsPerMinute: 1 } });
    fake.always({ fail: '503' });
    fake.hold();
    const held = generate(fake);
    await fake.received(1);
    fake.reset();
    expect(await errorCode(held)).toBe('UND_ERR_SOCKET');
    expect(fake.stats()).toMatchObject({ requests: 0, inFlight: 0, maxInFlight: 0 });
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ requests: 1, answered: 1, disconnected: 0 });
  });

  test('closing ends hanging calls, rejects who still waits, and can be said twice', async () => {
    const fake = await start();
    fake.always({ hang: true });
    const calls = [errorCode(generate(fake)), errorCode(stream(fake))];
    await fake.received(2);
    const waiting = errorCode(fake.received(3));
    await Promise.all([fake.close(), fake.close()]);
    expect(await Promise.all(calls)).toEqual(['UND_ERR_SOCKET', 'UND_ERR_SOCKET']);
    expect(await waiting).toBe('E_CLOSED');
    expect(await errorCode(fake.received(3))).toBe('E_CLOSED');
    expect(fake.stats()).toMatchObject({ inFlight: 0, failures: { hang: 2 } });
    expect(await errorCode(generate(fake))).toBe('ECONNREFUSED');
  });

  test('await using closes it', async () => {
    let url = '';
    {
      await using fake = await startFakeGemini();
      url = fake.url;
      expect((await generate(fake)).status).toBe(200);
    }
    expect(await errorCode(fetch(url))).toBe('ECONNREFUSED');
  });

  test('a taken port is an error that names it', async () => {
    const fake = await start();
    const second = startFakeGemini({ port: fake.port });
    await expect(second).rejects.toThrow(`port ${fake.port} of 127.0.0.1 (EADDRINUSE)`);
    await expect(second).rejects.toBeInstanceOf(HoldfastError);
  });

  test('listens on 127.0.0.1 alone', async () => {
    const fake = await start();
    const other = createServer();
    const bound = new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen({ host: '127.0.0.2', port: fake.port }, resolve);
    });
    // Where a machine has no second loopback address this cannot fail; a wildcard would hold the port on all of them.
    expect(await errorCode(bound)).not.toBe('EADDRINUSE');
    await new Promise((resolve) => other.close(resolve));
  });

  test.each<[FakeGeminiOptions, string]>([
    [{ port: -1 }, 'port must be a whole number from 0 to 65535, not -1'],
    [{ bodyLimit: 0.5 }, 'not 0.5'],
    [{ latency: -1 }, 'latency must be'],
    [{ price: { x: { input: -1, output: 1 } } }, "price['x'].input"],
    [{ limits: { concurrent: Number.NaN } }, 'not NaN'],
  ])('a bad option %j is refused with its name', async (options, message) => {
    await expect(startFakeGemini(options)).rejects.toThrow(message);
  });
});

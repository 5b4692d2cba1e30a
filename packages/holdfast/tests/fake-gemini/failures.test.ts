import { describe, expect, test } from 'vitest';
import { errorCode, generate, model, readUntilError, send, start, stream } from './client.ts';

describe('scripted failures', () => {
  test('a 429 has the details of the quota and when to come back', async () => {
    const fake = await start();
    fake.next({ fail: '429', retryDelay: '53s', quotaValue: 15 });
    const response = await generate(fake);
    expect(response.status).toBe(429);
    expect(await response.json()).toEqual({
      error: {
        code: 429,
        message: expect.stringContaining('Please retry in 53s.'),
        status: 'RESOURCE_EXHAUSTED',
        details: [
          expect.objectContaining({ '@type': 'type.googleapis.com/google.rpc.Help' }),
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [
              {
                quotaMetric: 'generativelanguage.googleapis.com/generate_requests_per_model',
                quotaId: 'GenerateRequestsPerMinutePerProjectPerModel',
                quotaDimensions: { location: 'global', model },
                quotaValue: '15',
              },
            ],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '53s' },
        ],
      },
    });
  });

  test('a 429 of the day names the quota of the day beside a short delay', async () => {
    const fake = await start();
    fake.next({ fail: '429', retryDelay: '2.5s', perDay: true });
    const text = await (await generate(fake)).text();
    expect(text).toContain('"quotaId":"GenerateRequestsPerDayPerProjectPerModel"');
    expect(text).toContain('generate_requests_per_model_per_day');
    expect(text).toContain('"retryDelay":"2.5s"');
  });

  test.each([
    ['400', 'INVALID_ARGUMENT'],
    ['403', 'PERMISSION_DENIED'],
    ['404', 'NOT_FOUND'],
    ['500', 'INTERNAL'],
    ['503', 'UNAVAILABLE'],
    ['504', 'DEADLINE_EXCEEDED'],
  ] as const)('a %s is %s, counted, and only for one call', async (fail, status) => {
    const fake = await start();
    fake.next({ fail });
    const response = await generate(fake);
    expect(response.status).toBe(Number(fail));
    expect(await response.json()).toMatchObject({ error: { code: Number(fail), status } });
    expect((await generate(fake)).status).toBe(200);
    expect(fake.stats()).toMatchObject({ answered: 1, failures: { [fail]: 1 } });
  });

  test('a failure of a stream without events is an array of one error', async () => {
    const fake = await start();
    fake.next({ fail: '503' });
    const response = await send(fake, `/v1/models/${model}:streamGenerateContent`);
    expect(await response.json()).toMatchObject([{ error: { code: 503 } }]);
  });

  test('a reset breaks the connection', async () => {
    const fake = await start();
    fake.next({ fail: 'reset' });
    expect(await errorCode(generate(fake))).toBe('ECONNRESET');
    expect(fake.stats().failures.reset).toBe(1);
  });

  test('a reset in the middle cuts an answer in one piece, and a stream after its chunks', async () => {
    const fake = await start();
    fake.next(
      { fail: 'reset', afterChunks: 1 },
      { fail: 'reset', afterChunks: 2 },
      { fail: 'reset', afterChunks: 0 },
    );
    const whole = await generate(fake);
    expect(whole.status).toBe(200);
    expect(await errorCode(whole.text())).toBe('ECONNRESET');
    const events = await stream(fake);
    const { text, error } = await readUntilError(events);
    expect(text.match(/data: /g)).toHaveLength(2);
    expect(await errorCode(Promise.reject(error))).toBe('ECONNRESET');
    const headersOnly = await readUntilError(await stream(fake));
    expect(headersOnly.text).toBe('');
    expect(fake.stats().failures.reset).toBe(3);
  });

  test('a status in mid-stream is an error part after the chunks, in both framings', async () => {
    const fake = await start();
    fake.next(
      { fail: '503', afterChunks: 1 },
      { fail: '503', afterChunks: 99 },
      { fail: '503', afterChunks: 0 },
    );
    const events = (await (await stream(fake)).text()).split('\r\n\r\n');
    expect(events).toHaveLength(3);
    expect(events[1]).toContain('"status":"UNAVAILABLE"');
    const path = `/v1/models/${model}:streamGenerateContent`;
    const array = (await (await send(fake, path)).json()) as { error?: { code: number } }[];
    expect(array.length).toBeGreaterThan(2);
    expect(array.at(-1)).toMatchObject({ error: { code: 503 } });
    expect(await (await send(fake, path)).json()).toMatchObject([{ error: { code: 503 } }]);
    expect(fake.stats()).toMatchObject({ answered: 0, failures: { '503': 3 } });
  });

  test('an answer that is cut ends as if it were whole, at any of its places', async () => {
    const fake = await start();
    fake.next({ fail: 'cut', afterChunks: 2 }, { fail: 'cut', afterChunks: 1 }, { fail: 'cut' });
    const events = await (await stream(fake)).text();
    expect(events.match(/data: /g)).toHaveLength(2);
    expect(events).not.toContain('finishReason');
    const half = await (await generate(fake)).text();
    expect(half).toMatch(/^\{"candidates":/);
    expect(() => JSON.parse(half)).toThrow();
    const nothing = await generate(fake);
    expect([nothing.status, nothing.headers.get('content-type'), await nothing.text()]).toEqual([
      200,
      'application/json; charset=UTF-8',
      '',
    ]);
    expect(fake.stats()).toMatchObject({ answered: 0, failures: { cut: 3 } });
  });

  test('garbage is a piece that is no JSON, and the end', async () => {
    const fake = await start();
    fake.next({ fail: 'garbage', afterChunks: 1 }, { fail: 'garbage' });
    const events = (await (await stream(fake)).text()).split('\r\n\r\n');
    expect(events).toEqual([
      expect.stringContaining('candidates'),
      expect.stringMatching(/^data: <html>/),
      '',
    ]);
    expect(await (await generate(fake)).text()).toMatch(/^<html>/);
    expect(fake.stats()).toMatchObject({ answered: 0, failures: { garbage: 2 } });
  });

  test('what always holds is overruled by next, and ends when it is told to', async () => {
    const fake = await start();
    fake.always({ fail: '503' });
    fake.next({ reply: 'just once' });
    expect(await (await generate(fake)).text()).toContain('just once');
    expect((await generate(fake)).status).toBe(503);
    expect((await generate(fake)).status).toBe(503);
    fake.always(undefined);
    expect((await generate(fake)).status).toBe(200);
  });
});

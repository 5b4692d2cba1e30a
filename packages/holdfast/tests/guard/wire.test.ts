import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Attempt, checkResponse, guard } from 'holdfast/llm';
import { ManualClock } from 'holdfast/testing';
import { expect, onTestFinished, test } from 'vitest';
import { passBackOffs } from './back-offs.ts';

/* What no scripted Gemini sends: plain statuses with headers, and what arrives at the other end. */

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
}

async function provider(answers: Answer[], random = 0) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    const { status, headers = {} } = answers.shift() ?? { status: 200 };
    response.writeHead(status, headers).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const clock = new ManualClock();
  const gemini = guard({ clock, random: () => random, retry: { base: '4s' } });
  passBackOffs(gemini, clock);
  onTestFinished(async () => {
    await gemini.close();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const ask = async (signal: AbortSignal, attempt: Attempt) => {
    const response = await fetch(url, { signal, headers: { ...attempt.headers(), connection: 'close' } });
    await checkResponse(response);
    return response.status;
  };
  const delays: number[] = [];
  gemini.on((event) => {
    if (event.type === 'retry.decided' && event.decision.retry) delays.push(event.decision.delay);
  });
  return { gemini, ask, seen, delays };
}

test.each([408, 502])('a %d is tried again', async (status) => {
  const { gemini, ask, seen } = await provider([{ status }, { status }]);
  expect(await gemini(ask, { model: 'm' })).toBe(200);
  expect(seen).toHaveLength(3);
});

test.each([
  ['retry-after-ms', '40', 40],
  ['retry-after', '1', 1_000],
] as const)('%s is waited for', async (name, value, delay) => {
  const { gemini, ask, delays } = await provider([{ status: 503, headers: { [name]: value } }]);
  expect(await gemini(ask, { model: 'm' })).toBe(200);
  expect(delays).toEqual([delay]);
});

test('what is left of the time is told to the provider, in whole seconds, with each attempt', async () => {
  const { gemini, ask, seen } = await provider([{ status: 500 }], 0.4);
  await gemini(ask, { model: 'm', timeout: '10s' });
  // A back-off of 1.6 s leaves 8.4 s.
  expect(seen.map((headers) => headers['x-server-timeout'])).toEqual(['10', '9']);
});

import { expect, it } from 'vitest';
import { settled } from '../testing/manual-clock.ts';
import { guardedFetch } from './guarded-fetch.ts';
import { PlainUpstream, plain } from './plain-provider.test-support.ts';

const address = 'https://plain.example/ask';
const asking = (stream: boolean) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ prompt: 'hello', stream }),
});

it('reaches the provider by a fetch whose responses are of another make', async () => {
  const answer = () => {
    const { status, ok, headers, body } = new Response('one\nend\n', {
      headers: { 'content-type': 'text/plain' },
    });
    return { status, ok, headers, body } as Response;
  };
  await using fetch = guardedFetch({ provider: plain, fetch: async () => answer() });
  expect(await (await fetch(address, asking(false))).text()).toBe('one\nend\n');
  expect(await (await fetch('https://plain.example/models')).text()).toBe('one\nend\n');
});

it('sends no body with a request that has none, as fetch refuses that', async () => {
  const upstream = new PlainUpstream();
  await using guarded = guardedFetch({ provider: plain, fetch: upstream.fetch });
  const request = { method: 'GET', target: '/models', headers: {}, body: Buffer.from('{}') };
  const asked = guarded.exchanges.ask(request);
  await settled();
  expect(upstream.at(0).init.body).toBeUndefined();
  upstream.at(0).whole('list');
  expect((await asked).status).toBe(200);
});

it('gives each caller bytes of its own, to do with them what it wants', async () => {
  const upstream = new PlainUpstream();
  await using fetch = guardedFetch({ provider: plain, fetch: upstream.fetch });
  const asked = [fetch(address, asking(true)), fetch(address, asking(true))];
  await settled();
  upstream.at(0).begin().write('one\n');
  const [first, second] = (await Promise.all(asked)) as [Response, Response];
  const reader = (first.body as ReadableStream<Uint8Array>).getReader();
  (await reader.read()).value?.fill(0);
  upstream.at(0).write('end\n').end();
  (await reader.read()).value?.fill(0);
  expect((await reader.read()).done).toBe(true);
  expect(await second.text()).toBe('one\nend\n');
  for (const stream of [true, false]) {
    const kept = await fetch(address, asking(stream));
    expect(kept.headers.get('holdfast-outcome')).toBe('hit');
    new Uint8Array(await kept.arrayBuffer()).fill(0);
  }
  expect(await (await fetch(address, asking(true))).text()).toBe('one\nend\n');
});

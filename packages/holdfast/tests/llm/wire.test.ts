import { exchange, gemini, guardedFetch } from 'holdfast/llm';
import { createTestCache, type FakeGemini } from 'holdfast/testing';
import { expect, onTestFinished, test } from 'vitest';
import { type Sent, send, start } from '../fake-gemini/client.ts';
import { everybodyThere, model } from './ways.ts';

const forms = {
  'one document': `/v1beta/models/${model}:generateContent`,
  'server-sent events': `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
  'a growing array': `/v1beta/models/${model}:streamGenerateContent`,
} as const;

async function guarded() {
  const fake = await start({ reply: `Grüße 👩‍👩‍👧 ${'and more \u2028 of it, '.repeat(40)}` });
  const { cache, clock } = createTestCache({ kinds: { exchange: exchange({ ttl: '1h' }) } });
  const seen: Headers[] = [];
  const fetchBy = guardedFetch({
    provider: gemini(),
    baseUrl: fake.url,
    cache,
    clock,
    fetch: (input, init) => {
      seen.push(new Headers(init?.headers));
      return fetch(input, init);
    },
  });
  onTestFinished(async () => {
    await fetchBy.close();
    await cache.close();
  });
  const ask = (path: string, sent: Sent = {}) => sendBy(fetchBy, fake, path, sent);
  return { fake, cache, clock, seen, ask };
}

function sendBy(by: typeof fetch, fake: FakeGemini, path: string, sent: Sent): Promise<Response> {
  return by(`${fake.url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'What holds fast?' }] }] }),
    ...sent,
    headers: { 'content-type': 'application/json', 'x-goog-api-key': 'a-key', ...sent.headers },
  });
}

const bytesOf = async (response: Promise<Response>) => Buffer.from(await (await response).arrayBuffer());

test.each(Object.entries(forms))(
  '%s is the same bytes as of the provider, made and kept',
  async (_, path) => {
    const { fake, ask } = await guarded();
    const direct = await send(fake, path);
    const expected = Buffer.from(await direct.arrayBuffer());
    for (const outcome of ['generated', 'hit', 'hit']) {
      const response = await ask(path);
      expect(Buffer.from(await response.arrayBuffer()).equals(expected)).toBe(true);
      expect(response.headers.get('holdfast-outcome')).toBe(outcome);
      expect(response.headers.get('content-type')).toBe(direct.headers.get('content-type'));
    }
    expect(fake.stats().requests).toBe(2);
  },
);

test('an answer in one form is kept for all, and comes back in its own as it was', async () => {
  const { fake, ask } = await guarded();
  const events = await bytesOf(ask(forms['server-sent events']));
  const array = await bytesOf(ask(forms['a growing array']));
  const document = await bytesOf(ask(forms['one document']));
  expect(await bytesOf(ask(forms['server-sent events']))).toEqual(events);
  expect(fake.stats().requests).toBe(1);
  const chunks = JSON.parse(array.toString()) as unknown[];
  const inEvents = events.toString().split('\r\n\r\n').slice(0, -1);
  expect(inEvents.map((event) => JSON.parse(event.slice(6)) as unknown)).toEqual(chunks);
  const direct = await (await send(fake, forms['one document'])).json();
  expect(JSON.parse(document.toString())).toEqual(direct);
});

test('who wants another form of a stream that is on its way waits for the whole', async () => {
  const { fake, ask } = await guarded();
  const gate = fake.hold();
  const events = ask(forms['server-sent events']);
  await fake.received(1);
  const array = ask(forms['a growing array']);
  await everybodyThere();
  gate.release();
  const chunks = JSON.parse(await (await array).text()) as unknown[];
  const inEvents = (await (await events).text()).split('\r\n\r\n').slice(0, -1);
  expect(inEvents.map((event) => JSON.parse(event.slice(6)) as unknown)).toEqual(chunks);
  expect(fake.stats().requests).toBe(1);
});

test('an answer tells its outcome, its age, and that it is stale', async () => {
  const { fake, clock, ask } = await guarded();
  const path = forms['one document'];
  expect((await ask(path)).headers.get('holdfast-age')).toBeNull();
  await clock.advance(90_500);
  expect((await ask(path)).headers.get('holdfast-age')).toBe('90');
  await clock.advance(2 * 3_600_000);
  fake.next({ fail: '400' });
  const { headers, status } = await ask(path);
  expect([status, headers.get('holdfast-outcome'), headers.get('holdfast-stale')]).toEqual([
    200,
    'stale',
    'aged',
  ]);
});

test('nothing goes up but what the provider reads: no wish for us, no cookie, no trace', async () => {
  const { seen, ask } = await guarded();
  const headers = {
    'Holdfast-Cache': 'refresh',
    'holdfast-ttl': '1h',
    cookie: 'a=b',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'x-forwarded-for': '10.0.0.1',
    'user-agent': 'a test',
  };
  await ask(forms['one document'], { headers });
  expect(Object.fromEntries(seen[0] ?? [])).toEqual({
    'content-type': 'application/json',
    'user-agent': 'a test',
    'x-goog-api-key': 'a-key',
    'x-server-timeout': '300',
  });
});

test('what is no question to a model goes through, and is neither shared nor kept', async () => {
  const { fake, cache, ask } = await guarded();
  const [one, other] = await Promise.all([ask('/v1beta/models'), ask('/v1beta/models')]);
  expect([one.status, other.status]).toEqual([404, 404]);
  expect(await one.text()).toContain('This fake speaks');
  expect(fake.stats().requests).toBe(2);
  expect(cache.stats().calls).toBe(0);
});

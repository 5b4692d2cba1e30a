import { describe, expect, it } from 'vitest';
import { createCache } from '../cache/cache.ts';
import { settled } from '../testing/manual-clock.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import { exchange } from './exchange-kind.ts';
import { setUp } from './exchanges.test-support.ts';
import { asking, plain } from './plain-provider.test-support.ts';
import type { PriceList } from './price-list.ts';

async function textOf({ body }: ExchangeAnswer): Promise<string> {
  if (body instanceof Uint8Array) return Buffer.from(body).toString();
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  return text;
}

const [hello, stream] = [{ prompt: 'hello' }, { prompt: 'hello', stream: true }];

describe('exchanges', () => {
  it('ask once for ten callers, and not again', async () => {
    const { upstream, exchanges, ask } = setUp();
    const answers = Array.from({ length: 10 }, () => ask(hello));
    await settled();
    expect(upstream.arrivals).toHaveLength(1);
    upstream.at(0).whole('hi\nend\n');
    const all = await Promise.all(answers);
    expect(await Promise.all(all.map(textOf))).toEqual(Array(10).fill('hi\nend\n'));
    expect(all.map(({ headers }) => headers['holdfast-outcome']).sort()).toEqual([
      ...Array(9).fill('coalesced'),
      'generated',
    ]);
    const again = await ask(hello);
    expect(again).toMatchObject({
      status: 200,
      headers: { 'holdfast-outcome': 'hit', 'content-type': 'text/plain' },
    });
    expect(await textOf(again)).toBe('hi\nend\n');
    expect(upstream.arrivals).toHaveLength(1);
    expect(exchanges.cache.stats()).toMatchObject({
      calls: 11,
      outcomes: { generated: 1, coalesced: 9, hit: 1 },
      spent: { inputTokens: 10, outputTokens: 2 },
      saved: { inputTokens: 100, outputTokens: 20 },
    });
  });

  it('give no part of a stream that ended too soon for a whole answer', async () => {
    const { upstream, ask } = setUp();
    const reader = ask(stream);
    const waiter = ask(hello);
    await settled();
    upstream.at(0).begin().write('one\n').end();
    expect(await textOf(await reader)).toBe('one\n');
    expect(await waiter).toMatchObject({ status: 502, headers: { 'holdfast-outcome': 'failed' } });
    expect(upstream.arrivals).toHaveLength(1);
  });

  it('let one stream feed all who follow it: who is late replays and goes on live', async () => {
    const { upstream, ask } = setUp();
    const leader = ask(stream);
    await settled();
    upstream.at(0).begin().write('one\n');
    const first = await leader;
    expect(first.headers['holdfast-outcome']).toBe('generated');
    const late = await ask(stream);
    expect(late.headers['holdfast-outcome']).toBe('coalesced');
    const read = [textOf(first), textOf(late)];
    upstream.at(0).write('two\n');
    await settled();
    const later = await ask(stream);
    read.push(textOf(later));
    upstream.at(0).write('end\n').end();
    expect(await Promise.all(read)).toEqual(Array(3).fill('one\ntwo\nend\n'));
    expect(upstream.arrivals).toHaveLength(1);
    const kept = await ask(stream);
    expect(kept.headers['holdfast-outcome']).toBe('hit');
    expect(await textOf(kept)).toBe('one\ntwo\nend\n');
  });

  it('keep one entry for the whole and the stream, each written in the form that is asked for', async () => {
    const { upstream, ask } = setUp();
    const both = [ask(stream), ask(hello)];
    await settled();
    expect(upstream.arrivals).toHaveLength(1);
    upstream.at(0).whole('hi\nend\n');
    const [streamed, whole] = await Promise.all(both);
    expect(await textOf(streamed as ExchangeAnswer)).toBe('hi\nend\n');
    expect(await textOf(whole as ExchangeAnswer)).toBe('as document\nhi\nend\n');
    expect(await textOf(await ask(hello))).toBe('as document\nhi\nend\n');
    expect(await textOf(await ask(stream))).toBe('hi\nend\n');
    expect(upstream.arrivals).toHaveLength(1);
  });

  it('end the request upstream when the last reader has left, and not before', async () => {
    const { upstream, exchanges, ask } = setUp();
    const [one, other] = await (async () => {
      const answers = [ask(stream), ask(stream)];
      await settled();
      upstream.at(0).begin().write('one\n');
      return Promise.all(answers);
    })();
    const [first, second] = [one?.body, other?.body] as AsyncIterableIterator<Uint8Array>[];
    await first?.next();
    await first?.return?.();
    await settled();
    expect(upstream.at(0).aborted).toBe(false);
    await second?.next();
    await second?.return?.();
    await settled();
    expect(upstream.at(0).aborted).toBe(true);
    expect(exchanges.cache.stats()).toMatchObject({
      outcomes: { aborted: 2 },
      generations: { abandoned: 1 },
      entries: 0,
    });
    const again = ask(stream);
    await settled();
    upstream.at(1).whole('anew\nend\n');
    expect(await textOf(await again)).toBe('anew\nend\n');
  });

  it('end the reading of a caller with the reason of its signal', async () => {
    const { upstream, ask } = setUp();
    const controller = new AbortController();
    const answer = ask(stream, {}, controller.signal);
    await settled();
    upstream.at(0).begin().write('one\n');
    const { body } = await answer;
    const reading = textOf({ status: 200, headers: {}, body });
    await settled();
    controller.abort(new Error('had enough'));
    await expect(reading).rejects.toThrow('had enough');
    expect(upstream.at(0).aborted).toBe(true);
    await expect(ask(hello, {}, AbortSignal.abort(new Error('never mind')))).rejects.toThrow('never mind');
  });

  it('slow nobody for a reader that does not read', async () => {
    const { upstream, ask } = setUp();
    const answers = [ask(stream), ask(stream)];
    await settled();
    upstream.at(0).begin().write('one\n');
    const [quick, slow] = (await Promise.all(answers)) as [ExchangeAnswer, ExchangeAnswer];
    const reading = textOf(quick);
    for (let line = 0; line < 1_000; line += 1) upstream.at(0).write(`${line}\n`);
    upstream.at(0).write('end\n').end();
    const text = await reading;
    expect(text.endsWith('999\nend\n')).toBe(true);
    expect(await textOf(slow)).toBe(text);
  });

  it.each([
    ['was cut', 'hi\n'],
    ['looks outside', undefined],
  ])('hand over an answer that %s, and do not keep it', async (_, text) => {
    const { upstream, exchanges, ask } = setUp();
    const question = text === undefined ? { prompt: 'weather in Aachen' } : hello;
    const answers = [ask(question), ask(question)];
    await settled();
    upstream.at(0).whole(text ?? 'rain\nend\n');
    const [one, other] = await Promise.all(answers);
    expect(one?.status).toBe(200);
    expect(other?.headers['holdfast-outcome']).toBe('coalesced');
    expect(exchanges.cache.stats()).toMatchObject({
      entries: 0,
      spent: { inputTokens: 10 },
      saved: { inputTokens: 10 },
    });
    void ask(question).catch(() => undefined);
    await settled();
    expect(upstream.arrivals).toHaveLength(2);
    upstream.at(1).whole('done\nend\n');
  });

  it('try again what failed before anybody has read of it', async () => {
    const { clock, upstream, ask } = setUp();
    const answer = ask(stream);
    await settled();
    upstream.at(0).whole('busy', 503);
    await settled();
    await clock.flow(10_000);
    upstream.at(1).begin().write('one\n');
    const { body } = await answer;
    upstream.at(1).write('end\n').end();
    expect(await textOf({ status: 200, headers: {}, body })).toBe('one\nend\n');
    expect(upstream.arrivals).toHaveLength(2);
  });

  it('try a broken stream again for those who wait for the whole', async () => {
    const { clock, upstream, ask } = setUp();
    const answer = ask(hello);
    await settled();
    upstream.at(0).begin().write('one\n');
    await settled();
    upstream.at(0).reset();
    await settled();
    await clock.flow(10_000);
    upstream.at(1).whole('two\nend\n');
    expect(await textOf(await answer)).toBe('two\nend\n');
  });

  it('break off a stream that breaks for those who have read of it, and keep nothing', async () => {
    const { clock, upstream, exchanges, ask } = setUp();
    const answer = ask(stream);
    await settled();
    upstream.at(0).begin().write('one\n');
    const { body } = (await answer) as { body: AsyncIterableIterator<Uint8Array> };
    expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('one\n');
    const more = body.next();
    upstream.at(0).reset();
    await expect(more).rejects.toThrow('fetch failed');
    await clock.flow(10_000);
    expect(upstream.arrivals).toHaveLength(1);
    expect(exchanges.cache.stats()).toMatchObject({ outcomes: { failed: 1 }, entries: 0 });
  });

  it('hand over a failure that the provider writes into its stream, byte-true, and keep nothing', async () => {
    const { upstream, exchanges, ask } = setUp();
    const answers = [ask(stream), ask(hello)];
    await settled();
    upstream.at(0).begin().write('one\n');
    const streamed = (await answers[0]) as ExchangeAnswer;
    const reading = textOf(streamed);
    await settled();
    upstream.at(0).write('error 503\n').end();
    expect(await reading).toBe('one\nerror 503\n');
    expect(await answers[1]).toMatchObject({ status: 503, headers: { 'holdfast-outcome': 'failed' } });
    expect(exchanges.cache.stats()).toMatchObject({ outcomes: { failed: 2 }, entries: 0 });
  });

  it('end a stream with the limit that the provider writes into it, which tells those who wait for the whole when to come back', async () => {
    const { upstream, ask } = setUp();
    const answers = [ask(stream), ask(hello)];
    await settled();
    upstream.at(0).begin(200, { 'content-type': 'text/plain', 'retry-after': '60' }).write('one\n');
    const reading = textOf((await answers[0]) as ExchangeAnswer);
    await settled();
    upstream.at(0).write('error 429\n').end();
    expect(await reading).toBe('one\nerror 429\n');
    expect(await answers[1]).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
  });

  it('make no second attempt where somebody has begun to read while it waited for its turn', async () => {
    const { clock, upstream, ask } = setUp();
    const answer = ask(stream);
    await settled();
    upstream.at(0).whole('one\nerror 503\n');
    await settled();
    const reading = textOf(await answer);
    await clock.flow(10_000);
    expect(await reading).toBe('one\nerror 503\n');
    expect(upstream.arrivals).toHaveLength(1);
  });

  it('break off a second attempt that is given up, though the failure of the first one came to its end', async () => {
    const { clock, upstream, ask } = setUp({ attemptTimeout: '10s' });
    const answer = ask(stream);
    await settled();
    upstream.at(0).whole('one\nerror 503\n');
    await settled();
    await clock.flow(1);
    upstream.at(1).begin().write('two\n');
    const { body } = (await answer) as { body: AsyncIterableIterator<Uint8Array> };
    expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('two\n');
    const more = body.next();
    more.catch(() => undefined);
    await clock.flow(10_000);
    await expect(more).rejects.toMatchObject({ code: 'E_PROVIDER_TIMEOUT' });
  });

  it('give a failure of the provider as its answer, and a refusal of the guard in its words', async () => {
    const { clock, upstream, ask } = setUp({ limits: { small: { requestsPerMinute: 1 } }, timeout: '30s' });
    const answer = ask(hello);
    await settled();
    upstream.at(0).whole('no such thing', 404, { 'content-type': 'text/plain', 'x-trace': 'secret' });
    expect(await answer).toEqual({
      status: 404,
      headers: { 'content-type': 'text/plain', 'holdfast-outcome': 'failed' },
      body: Buffer.from('no such thing'),
    });
    const refused = await ask(hello);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await textOf(refused)).toMatch(/^429 E_RATE_LIMITED: /);
    await clock.flow(1);
  });

  it('serve what is kept past its time, marked, when the provider fails', async () => {
    const { clock, upstream, ask } = setUp();
    const first = ask(hello);
    await settled();
    upstream.at(0).whole('kept\nend\n');
    await first;
    await clock.advance(86_400_001);
    const second = ask(hello);
    await settled();
    upstream.at(1).whole('forbidden', 403);
    expect(await second).toMatchObject({
      status: 200,
      headers: { 'holdfast-outcome': 'stale', 'holdfast-stale': 'aged', 'holdfast-age': '86400' },
    });
  });

  it('share nothing between clients with different keys, and nothing of a key goes anywhere but upstream', async () => {
    const { upstream, exchanges, ask } = setUp();
    const answers = [
      ask(hello, { 'x-key': 'alpha' }),
      ask(hello, { 'x-key': 'beta' }),
      ask(hello, { 'x-key': 'alpha' }),
    ];
    await settled();
    expect(upstream.arrivals.map(({ headers }) => headers.get('x-key'))).toEqual(['alpha', 'beta']);
    upstream.at(0).whole('for alpha\nend\n');
    upstream.at(1).whole('for beta\nend\n');
    const texts = await Promise.all((await Promise.all(answers)).map(textOf));
    expect(texts).toEqual(['for alpha\nend\n', 'for beta\nend\n', 'for alpha\nend\n']);
    const scopes: string[] = [];
    for await (const { key } of exchanges.cache.entries()) scopes.push(`${key.scope} ${key.id}`);
    expect(scopes).toHaveLength(2);
    expect(scopes.join()).not.toMatch(/alpha|beta|hello/);
  });

  it('share nothing between two addresses, though in one cache', async () => {
    const cache = createCache({ kinds: { exchange: exchange() } });
    const [one, other] = [setUp({ cache }), setUp({ cache, baseUrl: 'https://other.example' })];
    const answers = [one.ask(hello), other.ask(hello)];
    await settled();
    one.upstream.at(0).whole('one\nend\n');
    other.upstream.at(0).whole('other\nend\n');
    await Promise.all(answers);
    expect(await textOf(await one.ask(hello))).toBe('one\nend\n');
    expect(await textOf(await other.ask(hello))).toBe('other\nend\n');
    await cache.close();
  });

  it('count the limits of each key by itself', async () => {
    const { upstream, ask } = setUp({ limits: { small: { requestsPerMinute: 1 } }, timeout: '30s' });
    const answers = ['alpha', 'beta'].map((key) => ask(hello, { 'x-key': key }));
    await settled();
    for (const index of [0, 1]) upstream.at(index).whole('hi\nend\n');
    await Promise.all(answers);
    expect((await ask({ prompt: 'more' }, { 'x-key': 'alpha' })).status).toBe(429);
  });

  it('send upstream what is allowed, with the key that is put in', async () => {
    const { upstream, exchanges } = setUp();
    const request = asking(hello, {
      'x-key': 'token',
      cookie: 'secret',
      'holdfast-ttl': '1h',
      host: 'evil.example',
    });
    const answer = exchanges.ask(request, { key: 'own', scope: 'gateway' });
    await settled();
    expect(upstream.at(0).url).toBe('https://plain.example/ask');
    expect(Object.fromEntries(upstream.at(0).headers)).toEqual({
      'content-type': 'application/json',
      'x-key': 'own',
      'x-server-timeout': '300',
    });
    upstream.at(0).whole('end\n');
    await answer;
  });

  it('are steered by headers', async () => {
    const { upstream, exchanges, ask } = setUp();
    expect((await ask(hello, { 'holdfast-cache': 'cached' })).status).toBe(504);
    const once = ask(hello, { 'holdfast-cache': 'no-store' });
    await settled();
    upstream.at(0).whole('one\nend\n');
    await once;
    expect(exchanges.cache.stats().entries).toBe(0);
    const kept = ask(hello, { 'holdfast-ttl': '1m' });
    await settled();
    upstream.at(1).whole('two\nend\n');
    await kept;
    const refreshed = ask(hello, { 'holdfast-cache': 'refresh' });
    await settled();
    upstream.at(2).whole('three\nend\n');
    expect(await textOf(await refreshed)).toBe('three\nend\n');
    const bypassed = ask(stream, { 'holdfast-cache': 'Bypass' });
    await settled();
    upstream.at(3).whole('four\nend\n');
    expect((await bypassed).headers['holdfast-outcome']).toBe('bypassed');
    expect(await textOf(await bypassed)).toBe('four\nend\n');
    expect(await textOf(await ask(hello))).toBe('three\nend\n');
    await expect(ask(hello, { 'holdfast-cache': 'maybe' })).rejects.toMatchObject({ code: 'E_OPTION' });
    await expect(ask(hello, { 'holdfast-ttl': 'soon' })).rejects.toMatchObject({ code: 'E_DURATION' });
  });

  it('hand on what is no question, and keep nothing of it', async () => {
    const { upstream, exchanges } = setUp();
    const request = { method: 'GET', target: '/models?page=2', headers: {}, body: new Uint8Array() };
    const answers = [exchanges.ask(request), exchanges.ask(request)];
    await settled();
    expect(upstream.arrivals.map(({ url }) => url)).toEqual(
      Array(2).fill('https://plain.example/models?page=2'),
    );
    upstream.at(0).whole('list', 200, { 'content-type': 'text/plain', 'set-cookie': 'a=b' });
    upstream.at(1).whole('none', 404);
    const [one, other] = (await Promise.all(answers)) as [ExchangeAnswer, ExchangeAnswer];
    expect(one.headers).toEqual({ 'content-type': 'text/plain', 'holdfast-outcome': 'bypassed' });
    expect(await textOf(one)).toBe('list');
    expect([other.status, await textOf(other)]).toEqual([404, 'none']);
    expect(exchanges.cache.stats().calls).toBe(0);
  });

  it('wait as long for what is only handed on as for an answer, and no longer', async () => {
    const { clock, upstream, exchanges } = setUp();
    const request = { method: 'GET', target: '/models', headers: {}, body: new Uint8Array() };
    const asked = exchanges.ask(request);
    await settled();
    upstream.at(0).begin();
    const { body } = (await asked) as { body: AsyncIterableIterator<Uint8Array> };
    const first = body.next();
    await clock.flow(119_999);
    upstream.at(0).write('part');
    expect((await first).done).toBe(false);
    const next = body.next();
    next.catch(() => undefined);
    await clock.flow(60_000);
    await expect(next).rejects.toMatchObject({ code: 'E_PROVIDER_TIMEOUT', limit: 'between chunks' });
    expect(upstream.at(0).aborted).toBe(true);
  });

  it('end a request that is only handed on when its reader leaves, even before it has begun to read', async () => {
    const { upstream, exchanges } = setUp();
    const request = { method: 'GET', target: '/models', headers: {}, body: new Uint8Array() };
    const asked = exchanges.ask(request);
    await settled();
    upstream.at(0).begin().write('part');
    const { body } = (await asked) as { body: AsyncIterableIterator<Uint8Array> };
    expect(upstream.at(0).aborted).toBe(false);
    await body.return?.();
    expect(upstream.at(0).aborted).toBe(true);
    expect(await body.next()).toEqual({ done: true, value: undefined });
  });

  it.each(['@evil.example/models', 'models', '/../models', '/%2e%2e/models', '//..//models/../../x'])(
    'send nothing to the target %s, which leads elsewhere',
    async (target) => {
      const { upstream, exchanges } = setUp({ baseUrl: 'https://plain.example/proxy' });
      const request = { method: 'GET', target, headers: {}, body: new Uint8Array() };
      const answer = exchanges.ask(request).catch((error: unknown) => error);
      await settled();
      const [arrival] = upstream.arrivals;
      if (arrival === undefined) expect(await answer).toMatchObject({ code: 'E_OPTION' });
      else expect(new URL(arrival.url).href).toMatch(/^https:\/\/plain\.example\/proxy\//);
      arrival?.whole('');
      await answer;
    },
  );

  it('follow no redirect, which could lead the key elsewhere', async () => {
    const { upstream, ask, exchanges } = setUp();
    const answers = [
      ask(hello),
      exchanges.ask({ method: 'GET', target: '/models', headers: {}, body: new Uint8Array() }),
    ];
    await settled();
    for (const index of [0, 1]) {
      expect(upstream.at(index).init.redirect).toBe('manual');
      upstream.at(index).whole('', 302, { location: 'https://evil.example' });
    }
    for (const answer of await Promise.all(answers)) {
      expect(answer.status).toBe(502);
      expect(await textOf(answer)).toBe(
        '502 E_PROVIDER: the provider answered with a redirect (302), which is not followed',
      );
    }
  });

  it('give up an answer that is too long, and one that is no text', async () => {
    const { upstream, ask, exchanges } = setUp({ maxAnswerBytes: 10 });
    const long = ask(hello);
    await settled();
    upstream.at(0).whole('much too long\nend\n');
    expect(await textOf(await long)).toMatch('502 E_ANSWER_TOO_LARGE: ');
    const binary = ask(hello);
    await settled();
    upstream.at(1).begin().bytes(0xff, 0xfe).end();
    expect(await textOf(await binary)).toBe("502 E_PROVIDER: the provider's answer is no text in UTF-8");
    const passed = exchanges.ask({ method: 'GET', target: '/list', headers: {}, body: new Uint8Array() });
    await settled();
    upstream.at(2).whole('much too long');
    await expect(textOf(await passed)).rejects.toMatchObject({ code: 'E_ANSWER_TOO_LARGE' });
    expect(upstream.at(2).aborted).toBe(true);
    expect(exchanges.cache.stats().entries).toBe(0);
  });

  it('tell an upstream that cannot be reached from a mistake', async () => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { ask } = setUp({ fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) });
    const answer = await ask(hello);
    expect(answer.status).toBe(502);
    expect(await textOf(answer)).toBe('502 E_PROVIDER: the provider cannot be reached (ECONNREFUSED)');
    const broken = setUp({
      fetch: () => {
        throw new RangeError('a mistake');
      },
    });
    await expect(broken.ask(hello)).rejects.toThrow('a mistake');
  });

  it('keep answers in the cache that they are given, of the kind that it declares', async () => {
    const cache = createCache({ kinds: { exchange: exchange({ ttl: '7d' }), other: exchange() } });
    const { upstream, ask } = setUp({ cache, kind: 'other' });
    const answer = ask(hello);
    await settled();
    upstream.at(0).whole('end\n');
    await answer;
    expect(cache.stats().kinds.other?.outcomes.generated).toBe(1);
    expect(() => setUp({ cache, kind: 'unheard' })).toThrow("kind 'unheard' is not declared");
    await cache.close();
    await expect(ask(hello)).rejects.toMatchObject({ code: 'E_CLOSED' });
  });

  const prices: PriceList = {
    date: '2026-11-28',
    unit: 'US dollars per million tokens',
    source: 'a test',
    models: { small: { prices: [{ input: 100, output: 1_000 }] } },
  };

  it('tell what an answer saved, and count it in the ledger', async () => {
    const { upstream, exchanges, ask } = setUp({ prices });
    const answers = [ask(hello), ask(hello)];
    await settled();
    upstream.at(0).whole('hi\nend\n');
    const [one, other] = await Promise.all(answers);
    const saved = 'holdfast-saved-usd';
    expect([one?.headers[saved], other?.headers[saved], (await ask(hello)).headers[saved]]).toEqual([
      undefined,
      '0.003',
      '0.003',
    ]);
    const { spent, savedBy } = exchanges.cache.stats();
    expect([spent.usd, savedBy.hit.usd, savedBy.coalesced.usd]).toEqual([0.003, 0.003, 0.003]);
  });

  it('know the prices of the provider for its own address only, unless nothing is paid', async () => {
    const provider = { ...plain, prices };
    const baseUrl = 'https://other.example';
    const own = setUp({ provider });
    const others = [setUp({ provider, baseUrl }), setUp({ provider, baseUrl, simulated: true })];
    for (const { upstream, ask } of [own, ...others]) {
      const answer = ask(hello);
      await settled();
      upstream.at(0).whole('hi\nend\n');
      await answer;
    }
    const [other, simulated] = others.map(({ exchanges }) => exchanges.cache.stats());
    expect(own.exchanges.cache.stats().spent).toMatchObject({ usd: 0.003, unpricedTokens: 0 });
    expect(other?.spent).toMatchObject({ usd: 0, unpricedTokens: 12 });
    expect(simulated?.simulated.spent).toMatchObject({ usd: 0.003, unpricedTokens: 0 });
  });

  it('count what is simulated apart, and what has no price as unpriced', async () => {
    const simulated = setUp({ prices, simulated: true });
    const unpriced = setUp({ prices: false });
    for (const { upstream, ask } of [simulated, unpriced]) {
      const answer = ask(hello);
      await settled();
      upstream.at(0).whole('hi\nend\n');
      await answer;
    }
    expect((await simulated.ask(hello)).headers).toMatchObject({ 'holdfast-simulated-usd': '0.003' });
    expect((await unpriced.ask(hello)).headers).not.toHaveProperty('holdfast-saved-usd');
    const stats = simulated.exchanges.cache.stats();
    expect([stats.spent.usd, stats.saved.usd, stats.simulated.spent.usd, stats.simulated.saved.usd]).toEqual([
      0, 0, 0.003, 0.003,
    ]);
    expect(unpriced.exchanges.cache.stats().spent).toMatchObject({ usd: 0, unpricedTokens: 12 });
    expect(() => setUp({ prices: { ...prices, unit: 'cents' } as never })).toThrow(/must be 'US dollars/);
  });

  it('count the seconds of a simulated failure apart, too', async () => {
    const { clock, upstream, exchanges, ask } = setUp({ prices, simulated: true });
    const answer = ask(hello);
    await settled();
    await clock.advance(2_000);
    upstream.at(0).whole('no such model', 404);
    expect((await answer).status).toBe(404);
    const { spent, simulated } = exchanges.cache.stats();
    expect([spent.seconds, simulated.spent.seconds]).toEqual([0, 2]);
  });

  it.each([
    'ftp://plain.example',
    'https://user:secret@plain.example',
    'plain',
    'https://plain.example/?key=secret',
  ])('refuse the base URL %s without repeating it', (baseUrl) => {
    expect(() => setUp({ baseUrl })).toThrow(
      'baseUrl must be an http(s) address without user, query and fragment',
    );
  });
});

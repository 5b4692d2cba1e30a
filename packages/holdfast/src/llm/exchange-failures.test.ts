import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createCache } from '../cache/cache.ts';
import type { Kinds } from '../cache/options.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import type { ExchangeAnswer } from './exchange-answer.ts';
import { exchange } from './exchange-kind.ts';
import { setUp as open } from './exchanges.test-support.ts';
import type { ExchangesOptions } from './exchanges.ts';
import { asking } from './plain-provider.test-support.ts';

/** A failure is told at once: nothing is asked again. */
const setUp = <K extends Kinds = Kinds>(options: Partial<ExchangesOptions<K>> = {}) =>
  open({ retry: { attempts: 1 }, ...options });

type Side = Pick<ReturnType<typeof setUp>, 'upstream' | 'ask'>;

const told = ({ status, headers, body }: ExchangeAnswer) => ({
  status,
  outcome: headers['holdfast-outcome'],
  body: Buffer.from(body as Uint8Array).toString(),
});
const hello = { prompt: 'hello' };

describe('a failure as an answer', () => {
  it('is what the provider said as it came, a limit that says when it is over included', async () => {
    const { upstream, ask } = setUp();
    const answer = ask(hello);
    await settled();
    upstream.at(0).whole('quota of the day', 429, { 'content-type': 'text/plain', 'retry-after': '7' });
    const got = await answer;
    expect(told(got)).toEqual({ status: 429, outcome: 'failed', body: 'quota of the day' });
    expect(got.headers).toMatchObject({ 'content-type': 'text/plain', 'retry-after': '7' });
  });

  it('is one that is remembered, too, with the time until it is asked again', async () => {
    const clock = new ManualClock();
    const cache = createCache({ kinds: { exchange: exchange({ negativeTtl: '10s' }) }, clock });
    onTestFinished(() => cache.close());
    const { upstream, ask } = setUp({ cache, clock });
    const answer = ask(hello);
    await settled();
    upstream.at(0).whole('no such model', 404, { 'content-type': 'text/plain' });
    expect(told(await answer)).toEqual({ status: 404, outcome: 'failed', body: 'no such model' });
    const again = await ask(hello);
    expect(told(again)).toEqual({ status: 404, outcome: 'negative', body: 'no such model' });
    expect(again.headers['retry-after']).toBe('10');
    expect(upstream.arrivals).toHaveLength(1);
  });

  it('is none where the scope is none: nobody is taken for somebody without one', async () => {
    const { upstream, exchanges } = setUp();
    for (const scope of ['', 5 as never]) {
      await expect(exchanges.ask(asking(hello), { scope })).rejects.toMatchObject({ code: 'E_SCOPE' });
    }
    const nameless = setUp({ scope: () => '' });
    await expect(nameless.ask(hello)).rejects.toMatchObject({ code: 'E_SCOPE' });
    expect(() => setUp({ scope: '' })).toThrow('a scope is a non-empty string');
    expect(upstream.arrivals).toHaveLength(0);
  });

  it('has the outcome that the ledger counts', async () => {
    const { upstream, exchanges, ask } = setUp();
    expect(told(await ask(hello, { 'holdfast-cache': 'cached' }))).toMatchObject({
      status: 504,
      outcome: 'missed',
    });
    const bypassed = ask(hello, { 'holdfast-cache': 'bypass' });
    await settled();
    upstream.at(0).whole('no such model', 404);
    expect(told(await bypassed)).toMatchObject({ status: 404, outcome: 'bypassed' });
    expect(exchanges.cache.stats().outcomes).toMatchObject({ missed: 1, bypassed: 1, failed: 0 });
    vi.stubEnv('HOLDFAST_BYPASS', '1');
    const all = setUp();
    vi.unstubAllEnvs();
    const other = all.ask(hello);
    await settled();
    all.upstream.at(0).whole('no such model', 404);
    expect(told(await other)).toMatchObject({ status: 404, outcome: 'bypassed' });
    expect(all.exchanges.cache.stats().outcomes).toMatchObject({ bypassed: 1, failed: 0 });
  });

  it('is none for who waits for the whole, where something stale is kept, though a part of an answer had come', async () => {
    const { clock, upstream, ask } = setUp();
    const first = ask(hello);
    await settled();
    upstream.at(0).whole('kept\nend\n');
    await first;
    await clock.advance(86_400_001);
    const second = ask(hello);
    await settled();
    upstream.at(1).begin().write('one\n');
    await settled();
    upstream.at(1).write('error 503\n').end();
    expect(told(await second)).toEqual({ status: 200, outcome: 'stale', body: 'kept\nend\n' });
  });

  it('has its status also where another process had asked, and the time when it may be asked again', async () => {
    const clock = new ManualClock();
    const backend = new MemoryBackend({ clock });
    const sides = [0, 1].map((): Side => {
      const store = new MemoryStore(backend);
      const cache = createCache({ kinds: { exchange: exchange() }, clock, store });
      onTestFinished(() => cache.close());
      return setUp({ cache, clock });
    });
    const [one, other] = sides as [Side, Side];
    const failures = [
      ['no such model', 404, {}],
      ['slow down', 429, { 'retry-after': '7' }],
    ] as const;
    for (const [index, [text, status, headers]] of failures.entries()) {
      const first = one.ask(hello);
      await settled();
      const second = other.ask(hello);
      await settled();
      one.upstream.at(index).whole(text, status, headers);
      expect((await first).status).toBe(status);
      await clock.flow(1);
      expect((await second).status).toBe(status);
      expect((await second).headers['retry-after']).toBe(headers['retry-after' as never]);
      expect(Buffer.from((await second).body as Uint8Array).toString()).toContain('E_SHARED_FAILURE');
    }
    expect(other.upstream.arrivals).toHaveLength(0);
  });
});

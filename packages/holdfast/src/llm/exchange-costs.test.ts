import { describe, expect, it } from 'vitest';
import { settled } from '../testing/manual-clock.ts';
import { setUp as open } from './exchanges.test-support.ts';
import type { ExchangesOptions } from './exchanges.ts';
import { asking } from './plain-provider.test-support.ts';
import type { PriceList } from './price-list.ts';

const prices: PriceList = {
  date: '2026-11-28',
  unit: 'US dollars per million tokens',
  source: 'a test',
  models: { small: { prices: [{ input: 100, output: 1_000 }] } },
};

function setUp(options: Partial<ExchangesOptions> = {}) {
  const { clock, upstream, exchanges } = open({ prices, ...options });
  const ask = (stream: boolean) => exchanges.ask(asking({ prompt: 'hello', stream }));
  const spent = () => {
    const { spent } = exchanges.cache.stats();
    return { input: spent.inputTokens, output: spent.outputTokens, usd: spent.usd };
  };
  return { clock, upstream, exchanges, ask, spent };
}

describe('what an answer cost', () => {
  it('is counted for a stream that breaks, as far as it told', async () => {
    const { upstream, ask, spent } = setUp();
    const answer = ask(true);
    await settled();
    upstream.at(0).begin().write('one\ntwo\n');
    const { body } = (await answer) as { body: AsyncIterableIterator<Uint8Array> };
    await body.next();
    const more = body.next();
    upstream.at(0).reset();
    await expect(more).rejects.toThrow('fetch failed');
    await settled();
    expect(spent()).toEqual({ input: 10, output: 2, usd: 0.003 });
  });

  it('is counted for an attempt that failed, and for the next one, each once', async () => {
    const { clock, upstream, exchanges, ask, spent } = setUp();
    const answer = ask(false);
    await settled();
    upstream.at(0).begin().write('one\n');
    await settled();
    upstream.at(0).reset();
    await settled();
    await clock.flow(1_000);
    upstream.at(1).whole('one\nerror 503\n');
    await settled();
    await clock.flow(1_000);
    upstream.at(2).whole('end\n');
    expect((await answer).status).toBe(200);
    expect(spent()).toEqual({ input: 30, output: 4, usd: 0.007 });
    expect((await ask(false)).headers).toMatchObject({ 'holdfast-saved-usd': '0.007' });
    expect(exchanges.cache.stats().saved.inputTokens).toBe(30);
  });

  it('is counted for a stream that everybody has left', async () => {
    const { upstream, exchanges, ask, spent } = setUp({ simulated: true });
    const answer = ask(true);
    await settled();
    upstream.at(0).begin().write('one\n');
    const { body } = (await answer) as { body: AsyncIterableIterator<Uint8Array> };
    await body.return?.();
    await settled();
    expect(upstream.at(0).aborted).toBe(true);
    expect(spent()).toEqual({ input: 0, output: 0, usd: 0 });
    expect(exchanges.cache.stats().simulated.spent).toMatchObject({ inputTokens: 10, outputTokens: 1 });
  });

  it('saves nothing for who waited for the whole of a stream that ended too soon', async () => {
    const { upstream, exchanges, ask } = setUp();
    const [reader, waiter] = [ask(true), ask(false)];
    await settled();
    upstream.at(0).whole('one\n');
    expect((await waiter).headers['holdfast-outcome']).toBe('failed');
    await Array.fromAsync((await reader).body as AsyncIterableIterator<Uint8Array>);
    expect(exchanges.cache.stats()).toMatchObject({
      outcomes: { generated: 1, coalesced: 0, failed: 1 },
      spent: { inputTokens: 10 },
      saved: { inputTokens: 0, usd: 0 },
    });
  });

  it('is nothing for a failure before anything came', async () => {
    const { upstream, ask, spent } = setUp({ retry: { attempts: 1 } });
    const answer = ask(true);
    await settled();
    upstream.at(0).begin().reset();
    expect((await answer).status).toBe(502);
    expect(spent()).toEqual({ input: 0, output: 0, usd: 0 });
  });
});

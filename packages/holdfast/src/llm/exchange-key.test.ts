import { expect, it } from 'vitest';
import { createCache } from '../cache/cache.ts';
import { settled } from '../testing/manual-clock.ts';
import { exchange } from './exchange-kind.ts';
import { Exchanges } from './exchanges.ts';
import { asking, PlainUpstream, plain } from './plain-provider.test-support.ts';

it('is not the same for those who keep answers that were cut and those who do not, in one cache', async () => {
  const upstream = new PlainUpstream();
  await using cache = createCache({ kinds: { exchange: exchange() } });
  const ask = async (truncated: boolean, index: number) => {
    await using exchanges = new Exchanges({ provider: plain, fetch: upstream.fetch, cache, truncated });
    const answer = exchanges.ask(asking({ prompt: 'hello' }));
    await settled();
    upstream.arrivals[index]?.whole('end\n');
    return (await answer).headers['holdfast-outcome'];
  };
  expect([await ask(true, 0), await ask(false, 1)]).toEqual(['generated', 'generated']);
  expect([await ask(true, 2), await ask(false, 2)]).toEqual(['hit', 'hit']);
});

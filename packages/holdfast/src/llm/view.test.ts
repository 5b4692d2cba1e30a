import { getEventListeners } from 'node:events';
import { expect, it, vi } from 'vitest';
import { createCache } from '../cache/cache.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { settled } from '../testing/manual-clock.ts';
import { exchange } from './exchange-kind.ts';
import { Exchanges } from './exchanges.ts';
import { asking, PlainUpstream, plain } from './plain-provider.test-support.ts';

const stream = { prompt: 'hello', stream: true };

async function begun(kind = exchange()) {
  const upstream = new PlainUpstream();
  const cache = createCache({ kinds: { exchange: kind } });
  const exchanges = new Exchanges({ provider: plain, fetch: upstream.fetch, cache });
  const controller = new AbortController();
  const { signal } = controller;
  const asked = exchanges.ask(asking(stream), { signal });
  await settled();
  upstream.at(0).begin().write('one\n');
  const answer = await asked;
  const body = answer.body as AsyncIterableIterator<Uint8Array>;
  const close = async () => {
    await exchanges.close();
    await cache.close();
    assertInvariants(cache);
  };
  return { upstream, cache, controller, signal, answer, body, close };
}

it('leaves nothing of a stream that was read to its end, whatever its caller aborts then', async () => {
  const validation = Promise.withResolvers<void>();
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) => {
        await validation.promise;
        return { value: value as never };
      },
    },
  };
  const { upstream, cache, controller, body, close } = await begun(exchange({ schema }));
  upstream.at(0).write('end\n').end();
  let text = '';
  for await (const chunk of body) text += Buffer.from(chunk).toString();
  controller.abort(new Error('done with it'));
  validation.resolve();
  await settled();
  expect(text).toBe('one\nend\n');
  expect(cache.stats()).toMatchObject({ entries: 1, outcomes: { generated: 1, aborted: 0 } });
  await close();
});

it('tells of a stream that everything bypasses that it did', async () => {
  vi.stubEnv('HOLDFAST_BYPASS', '1');
  const { upstream, answer, cache, body, close } = await begun();
  vi.unstubAllEnvs();
  expect(answer.headers['holdfast-outcome']).toBe('bypassed');
  upstream.at(0).write('end\n').end();
  await Array.fromAsync(body);
  await settled();
  expect(cache.stats().outcomes).toMatchObject({ bypassed: 1, generated: 0 });
  await close();
});

it('counts a caller that had left before it asked as any other that leaves', async () => {
  const { upstream, cache, body, close } = await begun();
  const exchanges = new Exchanges({ provider: plain, fetch: upstream.fetch, cache });
  const signal = AbortSignal.abort(new Error('gone'));
  for (const question of [stream, { prompt: 'hello' }]) {
    await expect(exchanges.ask(asking(question), { signal })).rejects.toThrow('gone');
  }
  expect(cache.stats().outcomes).toMatchObject({ aborted: 2 });
  await body.return?.();
  await exchanges.close();
  await close();
});

it('does not stay on the signal of a caller for a stream that has ended, though nobody reads it', async () => {
  const { upstream, signal, controller, body, close } = await begun();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  upstream.at(0).write('end\n').end();
  await settled();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(Buffer.from((await body.next()).value ?? []).toString()).toBe('one\n');
  controller.abort(new Error('had enough'));
  await expect(body.next()).rejects.toThrow('had enough');
  await close();
});

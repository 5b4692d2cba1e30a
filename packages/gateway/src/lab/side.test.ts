import { expect, test } from 'vitest';
import { ModelClient, ProviderError } from './model-client.ts';
import { LabProvider } from './provider.ts';
import { LocalSide } from './side.ts';

test('through the cache a herd is one call; unprotected, each caller is one', async () => {
  await using one = await LocalSide.start('protected');
  await using other = await LocalSide.start('unprotected');
  await Promise.all([one.herd(20), other.herd(20)]);
  expect(one.state()).toMatchObject({ providerCalls: 1, answered: 20, failures: 0, waiting: 0 });
  expect(other.state()).toMatchObject({ providerCalls: 20, answered: 20, failures: 0, waiting: 0 });
  await one.reset();
  expect(one.state()).toEqual({
    providerCalls: 0,
    usd: 0,
    answered: 0,
    stale: 0,
    failures: 0,
    waiting: 0,
    latency: { p50: 0, p99: 0, max: 0 },
  });
});

test('a slow provider: who has waited for a second gets the expired answer, marked stale', async () => {
  await using side = await LocalSide.start('protected');
  await side.herd(1);
  await side.expire();
  await side.mood('slow');
  await side.herd(10);
  const { stale, latency, providerCalls } = side.state();
  expect({ stale, providerCalls }).toEqual({ stale: 10, providerCalls: 2 });
  expect(latency.max).toBeLessThan(2_500);
});

test('a cold cache before a failing provider: one call, and every caller gets its failure', async () => {
  await using side = await LocalSide.start('protected');
  await side.mood('fail');
  await side.herd(10);
  expect(side.state()).toMatchObject({ providerCalls: 1, answered: 0, failures: 10, usd: 0 });
});

test.each(['protected', 'unprotected'] as const)(
  'a reset ends a herd whose calls hang, and the next herd of the %s side is counted alone',
  async (name) => {
    await using side = await LocalSide.start(name);
    await side.mood('hang');
    const hanging = side.herd(1_500);
    await side.reset();
    await hanging;
    expect(side.state()).toMatchObject({ providerCalls: 0, answered: 0, failures: 0, waiting: 0 });
    await side.mood('normal');
    await side.herd(5);
    expect(side.state()).toMatchObject({
      providerCalls: name === 'protected' ? 1 : 5,
      answered: 5,
      failures: 0,
    });
  },
);

test('the client of the model counts tokens and dollars, and tells a refusal by its status', async () => {
  await using provider = await LabProvider.start();
  const client = new ModelClient();
  const { cost, text } = await client.ask(provider.url, 'a question', undefined);
  expect(text).not.toBe('');
  expect(cost).toMatchObject({ inputTokens: 4_000, outputTokens: 500 });
  expect(cost.usd).toBeCloseTo(provider.counts().usd, 10);
  provider.setMood('fail');
  const refused = client.ask(provider.url, 'a question', undefined);
  await expect(refused).rejects.toEqual(new ProviderError(503));
  client.close();
});

test('a call that hangs ends with the reason of its signal, and so does one that never began', async () => {
  await using provider = await LabProvider.start();
  const client = new ModelClient();
  provider.setMood('hang');
  const ending = new AbortController();
  const reason = new Error('enough');
  const hanging = client.ask(provider.url, 'a question', ending.signal);
  const ended = expect(hanging).rejects.toBe(reason);
  await provider.received(1);
  ending.abort(reason);
  await ended;
  await expect(client.ask(provider.url, 'a question', ending.signal)).rejects.toBe(reason);
  client.close();
});

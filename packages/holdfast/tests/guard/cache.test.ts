import { createCache, kind } from 'holdfast';
import { guard } from 'holdfast/llm';
import { ManualClock } from 'holdfast/testing';
import { describe, expect, onTestFinished, test } from 'vitest';

const model = 'gemini-2.5-flash';

function bench(options: Parameters<typeof guard>[0]) {
  const clock = new ManualClock();
  const gemini = guard({ clock, ...options });
  const cache = createCache({ clock, kinds: { answer: kind<string>({ ttl: '1m', staleIfError: '1h' }) } });
  onTestFinished(async () => {
    await cache.close();
    await gemini.close();
  });
  let asked = 0;
  const ask = (question: string) =>
    cache.kind('answer').getOrGenerate(question, (ctx) =>
      gemini(
        () => {
          asked += 1;
          return `answer to ${question}`;
        },
        { model, scope: 'a', signal: ctx.signal, timeout: '10s', estimate: { usd: 1 } },
      ),
    );
  return { clock, cache, gemini, ask, asked: () => asked };
}

describe('a cache before a guard', () => {
  test('spends one permit on a herd: followers and hits cost nothing', async () => {
    const { gemini, ask, asked } = bench({ limits: { [model]: { requestsPerMinute: 2 } } });
    await Promise.all(Array.from({ length: 1_000 }, () => ask('one')));
    for (let hit = 0; hit < 100; hit += 1) await ask('one');
    expect(asked()).toBe(1);
    expect((await gemini.status()).lines).toMatchObject([{ requestsThisMinute: 1 }]);
    expect(await ask('two')).toBe('answer to two');
    await expect(ask('three')).rejects.toMatchObject({ code: 'E_RATE_LIMITED' });
  });

  test('goes on to hit, and to serve what is stale, where a scope has no dollars left', async () => {
    const { clock, cache, ask, asked } = bench({ dollarsPerDay: 1 });
    await ask('one');
    await expect(ask('two')).rejects.toMatchObject({ code: 'E_SPENT' });
    expect(await ask('one')).toBe('answer to one');
    await clock.advance(120_000);
    expect(await ask('one')).toBe('answer to one');
    expect(asked()).toBe(1);
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, hit: 1, stale: 1 });
  });

  test('gives a permit back that it waited for when nobody wants the answer any more', async () => {
    const { clock, gemini, cache, ask } = bench({ limits: { [model]: { requestsPerMinute: 1 } } });
    await ask('one');
    const controller = new AbortController();
    const waiting = cache
      .kind('answer')
      .getOrGenerate('two', (ctx) => gemini(() => 'two', { model, signal: ctx.signal }), {
        signal: controller.signal,
      })
      .catch((reason: unknown) => reason);
    await clock.flow(1_000);
    expect((await gemini.status()).lines).toMatchObject([{ waiting: 1 }]);
    controller.abort('mine');
    expect(await waiting).toBe('mine');
    await clock.flow(0);
    expect((await gemini.status()).lines).toMatchObject([{ waiting: 0 }]);
    await clock.flow(60_000);
    expect(await ask('three')).toBe('answer to three');
  });
});

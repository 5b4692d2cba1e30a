/**
 * How to test code that uses Holdfast: the test turns the clock and opens the gate, so nothing sleeps and nothing
 * depends on the speed of the machine. Run it with `node examples/tests.ts`; any other test runner will do as well.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kind } from 'holdfast';
import { assertInvariants, createTestCache, settled, startFakeGemini } from 'holdfast/testing';

const hour = 3_600_000;

test('an answer is asked for again once its hour is over', async () => {
  const { cache, clock } = createTestCache({ kinds: { answer: kind<number>({ ttl: '1h' }) } });
  const answers = cache.kind('answer');
  let runs = 0;
  const generate = () => ++runs;

  assert.equal(await answers.getOrGenerate('q', generate), 1);
  await clock.advance(hour - 1);
  assert.equal(await answers.getOrGenerate('q', generate), 1);
  await clock.advance(1);
  assert.equal(await answers.getOrGenerate('q', generate), 2);
  assertInvariants(cache);
});

test('a caller gets the stale answer when the new one takes too long', async () => {
  const { cache, clock } = createTestCache({ kinds: { answer: kind<string>({ staleIfError: '1d' }) } });
  const answers = cache.kind('answer');
  await answers.set('q', 'old');
  await answers.expire('q');

  const slow = Promise.withResolvers<string>();
  const call = answers.resolve('q', () => slow.promise, { staleAfter: '2s' });
  await clock.advance(2_000);
  const { value, stale, reason } = await call;
  assert.deepEqual({ value, stale, reason }, { value: 'old', stale: 'aged', reason: 'staleAfter' });

  // The flight went on in the background, and its value is there for the next caller.
  slow.resolve('new');
  await settled();
  assert.equal(answers.get('q'), 'new');
  assertInvariants(cache);
});

test('a herd reaches the provider once', async () => {
  await using fake = await startFakeGemini();
  const { cache } = createTestCache();
  const gate = fake.hold();
  const ask = async (ctx: { signal: AbortSignal }): Promise<string> => {
    const response = await fetch(`${fake.url}/v1/models/gemini-2.5-flash:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': 'any' },
      body: JSON.stringify({ contents: [{ parts: [{ text: 'What holds fast?' }] }] }),
      signal: ctx.signal,
    });
    return response.text();
  };
  const callers = Array.from({ length: 100 }, () => cache.getOrGenerate('q', ask));
  await fake.received(1);
  gate.release();
  await Promise.all(callers);
  assert.equal(fake.stats().requests, 1);
  assertInvariants(cache);
});

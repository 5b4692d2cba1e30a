import type { ScriptedStep } from 'holdfast/testing';
import { describe, expect, test } from 'vitest';
import { all, type Bench, bench, everybodyThere, wayNames } from './ways.ts';

const question = 'What holds fast?';

/** What is asked next is asked of the provider, and answered. */
async function expectNothingKept({ fake, cache, text }: Bench): Promise<void> {
  // A client may have read of a failure while its request is still at its end: until then others join it.
  await fake.idle();
  await everybodyThere();
  const asked = fake.stats().requests;
  expect(cache.stats()).toMatchObject({ entries: 0, outcomes: { hit: 0 } });
  expect(await text(question)).toContain('answered answered');
  expect(fake.stats().requests).toBe(asked + 1);
  // And that is kept: the cache is well.
  await text(question);
  expect(fake.stats().requests).toBe(asked + 1);
}

/** Every client has its own idea of what is an error: here only what is kept counts. */
const ended = (answer: Promise<string>): Promise<string> =>
  answer.then(
    () => 'ended',
    () => 'failed',
  );

const streams: Readonly<Record<string, ScriptedStep>> = {
  'an error part in its middle': { fail: '503', afterChunks: 2 },
  'an error part at its end': { fail: '500', afterChunks: 99 },
  'a broken connection': { fail: 'reset', afterChunks: 2 },
  'an end that comes too soon': { fail: 'cut', afterChunks: 2 },
  'nothing in it': { fail: 'cut' },
  'a piece that is no JSON': { fail: 'garbage', afterChunks: 2 },
};

const answers: Readonly<Record<string, ScriptedStep>> = {
  'a stop for safety': { reply: { text: 'Half of', finishReason: 'SAFETY' } },
  'a cut at the length that is allowed': { reply: { text: 'Half of', finishReason: 'MAX_TOKENS' } },
  'a malformed call of a function': { reply: { text: 'Half of', finishReason: 'MALFORMED_FUNCTION_CALL' } },
  'a reason to end that nobody knows': { reply: { text: 'Half of', finishReason: 'NEW_REASON' } },
  'no text': { reply: '' },
  'a prompt that was refused': { reply: { blockReason: 'PROHIBITED_CONTENT' } },
};

const documents: Readonly<Record<string, ScriptedStep>> = {
  'an end that comes too soon': { fail: 'cut', afterChunks: 1 },
  'nothing in it': { fail: 'cut' },
  'no JSON in it': { fail: 'garbage' },
  'an error of the caller': { fail: '400' },
};

describe.each(wayNames)('by %s', (way) => {
  test.each(Object.entries({ ...streams, ...answers }))('a stream with %s is not kept', async (_, step) => {
    const one = await bench(way);
    one.fake.next(step);
    const readers = [ended(all(one.stream(question))), ended(all(one.stream(question)))];
    const [first, second] = await Promise.all(readers);
    expect(second).toBe(first);
    expect(one.fake.stats().requests).toBe(1);
    await expectNothingKept(one);
  });

  test.each(Object.entries({ ...documents, ...answers }))(
    'an answer with %s is not kept',
    async (_, step) => {
      const one = await bench(way);
      one.fake.next(step);
      const callers = [ended(one.text(question)), ended(one.text(question))];
      const [first, second] = await Promise.all(callers);
      expect(second).toBe(first);
      expect(one.fake.stats().requests).toBe(1);
      await expectNothingKept(one);
    },
  );

  test('a stream that ends too soon is no whole answer to who waits for one', async () => {
    const one = await bench(way);
    one.fake.next({ fail: 'cut', afterChunks: 2 });
    const gate = one.fake.hold();
    const reader = ended(all(one.stream(question)));
    await one.fake.received(1);
    const waiter = ended(one.text(question));
    await everybodyThere();
    gate.release();
    await reader;
    expect(await waiter).toBe('failed');
    expect(one.fake.stats().requests).toBe(1);
    await expectNothingKept(one);
  });

  test('a stream that stalls is given up in time, and not kept', async () => {
    const one = await bench(way, { guard: { body: { betweenChunks: '15s' } } });
    one.fake.next({ hang: true, afterChunks: 2 });
    const stream = one.stream(question);
    const beginning = [await stream.next(), await stream.next()];
    expect(beginning.map(({ done }) => done)).toEqual([false, false]);
    const rest = ended(all(stream));
    await one.clock.flow(14_999);
    expect(one.fake.stats()).toMatchObject({ inFlight: 1 });
    await one.clock.flow(1);
    expect(await rest).toBe('failed');
    await one.fake.idle();
    expect(one.fake.stats().failures.hang).toBe(1);
    await expectNothingKept(one);
  });

  test('an answer that never begins is given up in time, and not kept', async () => {
    const one = await bench(way, { guard: { attemptTimeout: '1m' } });
    one.fake.next({ hang: true }, { hang: true });
    const answer = ended(one.text(question));
    await one.fake.received(1);
    await one.clock.flow(60_000);
    expect(await answer).toBe('failed');
    const stream = ended(all(one.stream(question)));
    await one.fake.received(2);
    await one.clock.flow(60_000);
    expect(await stream).toBe('failed');
    await one.fake.idle();
    await expectNothingKept(one);
  });

  test('an answer that is longer than allowed is given up, and not kept', async () => {
    const one = await bench(way, { maxAnswerBytes: 2_000 });
    const long = { reply: 'too long '.repeat(1_000) };
    one.fake.next(long, long);
    expect(await ended(one.text(question))).toBe('failed');
    expect(await ended(all(one.stream(question)))).toBe('failed');
    await one.fake.idle();
    expect(one.cache.stats().entries).toBe(0);
    one.fake.always({ reply: 'short' });
    expect(await one.text(question)).toBe('short');
    expect(await one.text(question)).toBe('short');
    expect(one.fake.stats().requests).toBe(3);
  });

  test('an answer that is cut at the length that is allowed is kept where that is said', async () => {
    const { fake, text, stream } = await bench(way, { truncated: true });
    const call = { maxOutputTokens: 4 };
    const answer = await text(question, call);
    expect(answer).not.toBe('');
    expect(await all(stream(question, call))).toBe(answer);
    expect(fake.stats().requests).toBe(1);
  });

  test('failures that pass are retried, and the client sees none of them', async () => {
    const { fake, cache, text, stream } = await bench(way, { guard: { retry: { base: '100ms' } } });
    fake.next({ fail: '503' }, { fail: '429', retryDelay: '2s' }, { fail: 'reset' });
    expect(await text(question)).toContain('answered answered');
    fake.next({ fail: '500' }, { fail: '429', retryDelay: '2s' }, { fail: 'reset', afterChunks: 0 });
    expect(await all(stream('What else?'))).toContain('answered answered');
    expect(fake.stats()).toMatchObject({
      requests: 8,
      answered: 2,
      failures: { '503': 1, '500': 1, '429': 2, reset: 2 },
    });
    expect(cache.stats().outcomes).toMatchObject({ generated: 2, failed: 0 });
  });

  test('an answer that is made anew at the wish of one call is what later ones get', async () => {
    const { fake, cache, text } = await bench(way);
    const [first, second, third] = ['first', 'second', 'third'].map((reply) => ({ reply }));
    fake.next(first as ScriptedStep, second as ScriptedStep, third as ScriptedStep);
    expect(await text(question)).toBe('first');
    expect(await text(question, { headers: { 'Holdfast-Cache': 'refresh' } })).toBe('second');
    expect(await text(question)).toBe('second');
    expect(await text(question, { headers: { 'holdfast-cache': 'bypass' } })).toBe('third');
    expect(await text(question)).toBe('second');
    expect(await text(question, { headers: { 'holdfast-cache': 'cached' } })).toBe('second');
    expect(await ended(text('Not asked yet', { headers: { 'holdfast-cache': 'cached' } }))).toBe('failed');
    expect(await text('Not to be kept', { headers: { 'holdfast-cache': 'no-store' } })).toContain('answered');
    expect(fake.stats().requests).toBe(4);
    expect(cache.stats()).toMatchObject({ entries: 1, outcomes: { hit: 3, bypassed: 1, missed: 1 } });
  });
});

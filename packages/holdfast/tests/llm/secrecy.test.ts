import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Gate } from 'holdfast/testing';
import { describe, expect, test } from 'vitest';
import { heardOutput, shown } from '../../src/cache/secrecy.test-support.ts';
import { eventNames } from '../../src/events/emitter.ts';
import { newFolder, open } from '../sqlite/folder.ts';
import { all, bench, wayNames } from './ways.ts';

const [apiKey, prompt, answer] = ['canary-of-the-key', 'canary-of-the-prompt', 'canary-of-the-answer'];

const output = heardOutput();

describe.each(wayNames)('by %s', (way) => {
  test('no file of a store holds the key or the prompt, and the next program is answered from it', async () => {
    const folder = newFolder();
    const path = join(folder, 'answers.db');
    const first = await bench(way, { apiKey, store: await open(path) });
    first.fake.always({ reply: 'An answer that is kept.' });
    await first.text(prompt);
    await all(first.stream(`${prompt} streamed`));
    await first.cache.close();
    const content = readdirSync(folder).map((name) => readFileSync(join(folder, name)).toString('latin1'));
    expect(content.join()).toContain('An answer that is kept.');
    expect(content.join()).not.toMatch(/canary/);

    const second = await bench(way, { apiKey, store: await open(path), fake: first.fake });
    expect(await second.text(prompt)).toBe('An answer that is kept.');
    expect(await all(second.stream(`${prompt} streamed`))).toBe('An answer that is kept.');
    expect(first.fake.stats().requests).toBe(2);
    expect(second.cache.stats().outcomes).toMatchObject({ stored: 2, generated: 0 });
  });

  test('no event, report, listing or line shows the key, the prompt or the answer, and no error of ours', async () => {
    const seen: unknown[] = [];
    const one = await bench(way, {
      apiKey,
      maxAnswerBytes: 3_000,
      guard: {
        attemptTimeout: '1m',
        retry: { attempts: 2 },
        limits: { 'gemini-2.5-flash': { requestsPerMinute: 100 } },
      },
    });
    const { fake, cache, guard, clock, text, stream } = one;
    for (const name of eventNames) cache.on(name, (event) => seen.push(event));
    guard.on((event) => seen.push(event));
    const errors: unknown[] = [];
    const failing = (call: Promise<unknown>) => call.catch((error: unknown) => errors.push(error));

    fake.always({ reply: answer });
    await text(prompt);
    await all(stream(prompt));
    await all(stream(`${prompt} streamed`));
    await cache.expire({ kind: 'exchange', allScopes: true });
    fake.always({ fail: '503' });
    await failing(text(`${prompt} failing`));
    // It is stale, and still the answer.
    expect(await text(prompt)).toBe(answer);
    fake.always({ reply: answer });
    fake.next({ fail: '400' }, { fail: '429', perDay: true }, { fail: 'garbage' });
    for (const each of ['wrong', 'limited', 'limited too', 'mad']) await failing(text(`${prompt} ${each}`));
    await clock.flow(24 * 3_600_000);
    fake.next({ fail: 'reset', afterChunks: 1, reply: answer.repeat(20) });
    await failing(all(stream(`${prompt} broken`)));
    fake.next({ fail: '500', afterChunks: 1 }, { reply: answer.repeat(1_000) });
    await failing(all(stream(`${prompt} told`)));
    await failing(text(`${prompt} long`));
    const asked = fake.stats().requests;
    fake.next({ hang: true });
    const slow = failing(text(`${prompt} slow`));
    await fake.received(asked + 1);
    await clock.flow(60_000);
    await slow;
    fake.next({ hold: new Gate() });
    const leaving = new AbortController();
    const left = failing(text(`${prompt} left`, leaving));
    await fake.received(asked + 2);
    leaving.abort();
    await left;
    await cache.invalidate({ kind: 'exchange', allScopes: true });
    await failing(text(prompt, { headers: { 'holdfast-cache': 'cached' } }));
    await failing(text(prompt, { headers: { 'holdfast-cache': prompt } }));
    await failing(text(prompt, { headers: { 'holdfast-ttl': 'soon' } }));

    expect(errors.length).toBeGreaterThanOrEqual(11);
    expect(new Set(seen.map((event) => (event as { type: string }).type)).size).toBeGreaterThan(10);
    for (const event of seen) expect(shown(event)).not.toMatch(/canary/);
    for await (const entry of cache.entries()) {
      expect(shown([entry, entry.key.content()])).not.toMatch(/canary/);
    }
    expect(shown([cache.stats(), await guard.status()])).not.toMatch(/canary/);
    expect(shown(one)).not.toContain(apiKey);
    expect(output.join()).not.toMatch(/canary/);
    for (const error of errors) {
      expect(shown(error)).not.toContain(apiKey);
      // The errors of the AI SDK bring the body of the request, for whoever asked.
      if (!isOfAiSdk(error)) expect(shown(error)).not.toMatch(/canary/);
    }
  });
});

const isOfAiSdk = (error: unknown) => error instanceof Error && error.name.startsWith('AI_');

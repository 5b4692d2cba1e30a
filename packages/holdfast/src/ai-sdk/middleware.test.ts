import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { afterEach, describe, expect, it } from 'vitest';
import { createCache } from '../cache/cache.ts';
import { exchange } from '../llm/exchange-kind.ts';
import { MemoryBackend } from '../stores/memory-backend.ts';
import { MemoryStore } from '../stores/memory-store.ts';
import { assertInvariants } from '../testing/invariants.ts';
import { ManualClock, settled } from '../testing/manual-clock.ts';
import { type HoldfastMiddleware, holdfastMiddleware } from './middleware.ts';
import {
  contentOf,
  finish,
  finished,
  ScriptedModel,
  say,
  spoken,
  usage,
  Writing,
} from './model.test-support.ts';
import type { MiddlewareOptions } from './options.ts';

const opened: HoldfastMiddleware[] = [];
afterEach(async () => {
  for (const middleware of opened.splice(0)) {
    await middleware.close();
    assertInvariants(middleware.cache);
  }
});

type Params = Partial<LanguageModelV4CallOptions>;

function setUp(options: MiddlewareOptions = {}) {
  const model = new ScriptedModel();
  const clock = new ManualClock();
  const middleware = holdfastMiddleware({ clock, random: () => 0, retry: { attempts: 1 }, ...options });
  opened.push(middleware);
  const paramsOf = (text: string, more: Params): LanguageModelV4CallOptions => ({
    prompt: [{ role: 'user', content: [{ type: 'text', text }] }],
    ...more,
  });
  const of = (asked: ScriptedModel) => {
    const calls = (params: LanguageModelV4CallOptions) => ({
      model: asked,
      params,
      doGenerate: () => asked.doGenerate(params),
      doStream: () => asked.doStream(params),
    });
    return {
      generate: async (text = 'hello', more: Params = {}) =>
        middleware.wrapGenerate(calls(paramsOf(text, more))),
      stream: async (text = 'hello', more: Params = {}) => middleware.wrapStream(calls(paramsOf(text, more))),
    };
  };
  return { model, clock, middleware, cache: middleware.cache, of, ...of(model) };
}

const partsOf = async (call: Promise<{ stream: ReadableStream<LanguageModelV4StreamPart> }>) =>
  Array.fromAsync((await call).stream);

const textOf = (parts: readonly LanguageModelV4StreamPart[]) =>
  parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join('');

describe('callers of one question', () => {
  it('share one generation, whose signal is their own only together', async () => {
    const { model, generate } = setUp();
    const answer = Promise.withResolvers<ReturnType<typeof say>>();
    model.answer(answer.promise);
    const [first, last] = [new AbortController(), new AbortController()];
    const calls = [
      generate('hello', { abortSignal: first.signal }),
      generate('hello', { abortSignal: last.signal }),
    ];
    const ends = Promise.allSettled(calls);
    await settled();
    const signal = model.asked[0]?.abortSignal;
    expect(model.asked).toHaveLength(1);
    expect(signal).not.toBe(first.signal);
    first.abort(new Error('first'));
    await settled();
    expect(signal?.aborted).toBe(false);
    last.abort(new Error('last'));
    await settled();
    expect(signal?.aborted).toBe(true);
    expect(await ends).toEqual([
      { status: 'rejected', reason: new Error('first') },
      { status: 'rejected', reason: new Error('last') },
    ]);
    answer.resolve(say('too late'));
    model.answer(say('anew'));
    expect((await generate()).content).toEqual([{ type: 'text', text: 'anew' }]);
  });

  it('who want a stream get one while it comes, each with parts of its own', async () => {
    const { model, stream, cache } = setUp();
    const writing = new Writing();
    model.stream(writing.result);
    const [one, other] = [stream(), stream()];
    await writing.write(...spoken('Hel').slice(0, 3));
    const [first, second] = (await Promise.all([one, other])).map(({ stream: parts }) => parts.getReader());
    for (const reader of [first, second]) {
      await reader?.read();
      const next = await reader?.read();
      expect(next).toEqual({ done: false, value: { type: 'text-start', id: '0' } });
      // What one of them does with a part is not seen by the other.
      Object.assign(next?.value ?? {}, { id: 'changed' });
    }
    expect(await first?.read()).toMatchObject({ value: { type: 'text-delta', delta: 'Hel' } });
    await second?.cancel();
    const late = partsOf(stream());
    await writing.end({ type: 'text-delta', id: '0', delta: 'lo' }, { type: 'text-end', id: '0' }, finish());
    expect(textOf(await late)).toBe('Hello');
    expect(await first?.read()).toMatchObject({ value: { delta: 'lo' } });
    expect(await partsOf(stream())).toEqual([...spoken('Hel', 'lo'), finish()]);
    expect(model.asked).toHaveLength(1);
    expect(cache.stats().outcomes).toMatchObject({ generated: 1, coalesced: 1, aborted: 1, hit: 1 });
  });

  it('end the generation when the last of them cancels its stream', async () => {
    const { model, stream } = setUp();
    const writing = new Writing();
    model.stream(writing.result);
    const [one, other] = [stream(), stream()];
    await writing.write(...spoken('Hel').slice(0, 3));
    await (await one).stream.cancel();
    expect(model.asked[0]?.abortSignal?.aborted).toBe(false);
    await (await other).stream.cancel();
    expect(model.asked[0]?.abortSignal?.aborted).toBe(true);
  });

  it('all get its failure, and nobody else does', async () => {
    const { model, generate, stream } = setUp();
    const failure = Object.assign(new Error('overloaded'), { statusCode: 503 });
    model.answer(() => Promise.reject(failure));
    const ends = await Promise.allSettled([generate(), generate(), stream()]);
    for (const end of ends) expect(end).toEqual({ status: 'rejected', reason: failure });
    model.stream([...spoken('well'), finish()]);
    expect(textOf(await partsOf(stream()))).toBe('well');
  });

  it('read an error part where it stands; who waits for the whole gets its error', async () => {
    const { model, generate, stream, cache } = setUp();
    const writing = new Writing();
    model.stream(writing.result);
    const reading = partsOf(stream());
    const waiting = generate().catch((error: unknown) => error);
    const error = new Error('mid-stream');
    await writing.end(...spoken('Half'), { type: 'error', error }, finish('error'));
    const parts = await reading;
    expect(parts).toEqual([...spoken('Half'), { type: 'error', error }, finish('error')]);
    expect((parts[4] as { error: unknown }).error).toBe(error);
    expect(await waiting).toBe(error);
    expect(cache.stats()).toMatchObject({ entries: 0, outcomes: { failed: 2 } });
  });

  it('see a stream break off as it does', async () => {
    const { model, stream } = setUp();
    const writing = new Writing();
    model.stream(writing.result);
    const reading = stream();
    await writing.write(...spoken('Half'));
    const reader = (await reading).stream.getReader();
    await reader.read();
    await writing.break(new Error('broken'));
    await expect(
      (async () => {
        for (;;) if ((await reader.read()).done) return;
      })(),
    ).rejects.toThrow('broken');
  });

  it('fail where they wait for the whole of a stream that ends too soon, and that is no saving', async () => {
    const { model, generate, stream, cache } = setUp();
    const writing = new Writing();
    model.stream(writing.result);
    const reading = partsOf(stream());
    const whole = generate();
    await writing.end(...spoken('Half'), finish('interrupted'));
    await expect(whole).rejects.toThrow("the model's answer broke off");
    expect(textOf(await reading)).toBe('Half');
    expect(cache.stats()).toMatchObject({
      outcomes: { generated: 1, failed: 1, coalesced: 0 },
      saved: { inputTokens: 0 },
    });
  });

  it('are answered by a second attempt where the first one failed before it said anything', async () => {
    const { model, clock, stream } = setUp({ retry: { attempts: 2 } });
    const failure = Object.assign(new Error('busy'), { statusCode: 503 });
    model.stream([
      { type: 'stream-start', warnings: [] },
      { type: 'error', error: failure },
      finish('error'),
    ]);
    model.stream([...spoken('second'), finish()]);
    const reading = partsOf(stream());
    await settled();
    await clock.flow(1_000);
    expect(textOf(await reading)).toBe('second');
  });
});

describe('what is asked', () => {
  const questions: Readonly<Record<string, Params>> = {
    'a temperature': { temperature: 0 },
    'a longest answer': { maxOutputTokens: 100 },
    'a seed': { seed: 1 },
    'an option of the provider': { providerOptions: { google: { thinkingConfig: { thinkingBudget: 0 } } } },
    'a tool': { tools: [{ type: 'function', name: 'f', inputSchema: { type: 'object' } }] },
    'a format': { responseFormat: { type: 'json' } },
    'another effort': { reasoning: 'high' },
  };

  it.each(Object.entries(questions))('is told apart by %s', async (_, more) => {
    const { model, generate } = setUp();
    model.answer(say('1'), say('2'), say('3'));
    await generate('hello');
    await generate('hello', more);
    await generate('hello', structuredClone(more));
    expect(model.asked).toHaveLength(2);
  });

  it('is told apart by model and provider', async () => {
    const { of } = setUp();
    const models = [new ScriptedModel('a'), new ScriptedModel('b'), new ScriptedModel('a', 'c')];
    for (const model of models) {
      await of(model.answer(say(model.modelId))).generate();
      expect(model.asked).toHaveLength(1);
    }
  });

  it('is the same by any headers, and what is left undefined does not count', async () => {
    const { model, generate } = setUp();
    model.answer(say('one'));
    await generate('hello', { headers: { 'user-agent': 'ai/7', traceparent: '1' } });
    await generate('hello', { headers: { traceparent: '2' }, temperature: undefined } as never);
    expect(model.asked).toHaveLength(1);
    expect(model.asked[0]?.headers).toEqual({ 'user-agent': 'ai/7', traceparent: '1' });
  });

  it('is the same for the same bytes, wherever they stand', async () => {
    const { model, generate } = setUp();
    model.answer(say('a picture'), say('another'));
    const picture = (data: Uint8Array): Params => ({
      prompt: [
        { role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: { type: 'data', data } }] },
      ],
    });
    await generate('', picture(new Uint8Array([1, 2, 3])));
    await generate('', picture(Buffer.from([0, 1, 2, 3, 4]).subarray(1, 4)));
    expect(model.asked).toHaveLength(1);
    await generate('', picture(new Uint8Array([1, 2, 4])));
    expect(model.asked).toHaveLength(2);
  });

  it('that holds what is no data is asked by itself', async () => {
    const { model, generate, cache } = setUp();
    model.answer(say('one'), say('two'));
    const more = { providerOptions: { own: { call: () => 1 } } } as unknown as Params;
    await Promise.all([generate('hello', more), generate('hello', more)]);
    expect(model.asked).toHaveLength(2);
    expect(cache.stats()).toMatchObject({ entries: 0, outcomes: { bypassed: 2 } });
  });

  it('with a key among its headers is shared by those with that key alone', async () => {
    const { model, generate, cache } = setUp();
    model.answer(say('mine'), say('yours'), say('everybody’s'));
    await generate('hello', { headers: { Authorization: 'Bearer mine' } });
    await generate('hello', { headers: { authorization: 'Bearer mine', other: '1' } });
    await generate('hello', { headers: { 'X-Goog-Api-Key': 'yours' } });
    await generate('hello');
    expect(model.asked).toHaveLength(3);
    const scopes = (await Array.fromAsync(cache.entries())).map(({ scope }) => scope);
    expect(scopes.sort()).toEqual(['ai-sdk', expect.stringMatching(/^key-/), expect.stringMatching(/^key-/)]);
  });

  it('goes to the model without the wishes that are for the cache', async () => {
    const { model, generate } = setUp();
    model.answer(say('one'), say('two'));
    await generate('hello', { headers: { 'Holdfast-Cache': 'no-store', a: 'b' } });
    await generate('hello', { headers: { 'holdfast-ttl': '1h' } });
    expect(model.asked.map(({ headers }) => headers)).toEqual([{ a: 'b' }, undefined]);
    await expect(generate('hello', { headers: { 'holdfast-cache': 'nonsense' } })).rejects.toMatchObject({
      code: 'E_OPTION',
    });
  });

  it('at the wish of one call for itself is told as that, as a stream, too', async () => {
    const { model, stream } = setUp();
    model.stream([...spoken('one'), finish()], [...spoken('two'), finish()]);
    await partsOf(stream());
    const apart = await stream('hello', { headers: { 'holdfast-cache': 'bypass' } });
    expect(apart.response?.headers).toEqual({ 'holdfast-outcome': 'bypassed' });
    expect(textOf(await Array.fromAsync(apart.stream))).toBe('two');
  });

  it('as a stream with raw chunks is not answered by one without', async () => {
    const { model, stream } = setUp();
    const raw: LanguageModelV4StreamPart = { type: 'raw', rawValue: { chunk: 1 } };
    model.stream([...spoken('bare'), finish()], [...spoken('raw'), raw, finish()]);
    await partsOf(stream());
    expect(await partsOf(stream('hello', { includeRawChunks: true }))).toContainEqual(raw);
    expect(await partsOf(stream('hello', { includeRawChunks: true }))).toContainEqual(raw);
    expect(model.asked).toHaveLength(2);
  });
});

describe('an answer', () => {
  const rich = {
    ...contentOf(
      { type: 'reasoning', text: 'Hm.', providerMetadata: { p: { signature: 's' } } },
      { type: 'text', text: 'Look: ' },
      { type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array([0, 255, 7]) } },
      { type: 'file', mediaType: 'text/plain', data: { type: 'url', url: new URL('https://example.com/a') } },
      { type: 'source', sourceType: 'url', id: '1', url: 'https://example.com' },
    ),
    providerMetadata: { p: { cached: true } },
    warnings: [{ type: 'other' as const, message: 'careful' }],
    response: { id: 'r', modelId: 'a-model-7', timestamp: new Date(1_790_000_000_000) },
  };

  it('comes back with its bytes, dates and addresses, from memory and from a store', async () => {
    const backend = new MemoryBackend();
    const open = () => {
      const clock = new ManualClock();
      const cache = createCache({ clock, store: new MemoryStore(backend), kinds: { exchange: exchange() } });
      return setUp({ cache: cache as never, clock });
    };
    const first = open();
    first.model.answer(rich);
    await first.generate();
    const { response, ...hit } = await first.generate();
    const { response: metadata, ...rest } = rich;
    expect(hit).toStrictEqual(rest);
    expect(response).toEqual({ ...metadata, headers: { 'holdfast-outcome': 'hit', 'holdfast-age': '0' } });
    await first.cache.flush();

    const second = open();
    const stored = await second.generate();
    expect(stored.content).toStrictEqual(rich.content);
    expect(stored.response?.headers?.['holdfast-outcome']).toBe('stored');
    expect(await partsOf(second.stream())).toEqual([
      { type: 'stream-start', warnings: rich.warnings },
      { type: 'response-metadata', ...rich.response },
      { type: 'reasoning-start', id: '0', providerMetadata: { p: { signature: 's' } } },
      { type: 'reasoning-delta', id: '0', delta: 'Hm.' },
      { type: 'reasoning-end', id: '0' },
      { type: 'text-start', id: '1' },
      { type: 'text-delta', id: '1', delta: 'Look: ' },
      { type: 'text-end', id: '1' },
      ...rich.content.slice(2),
      { ...finish(), providerMetadata: { p: { cached: true } } },
    ]);
    expect(second.model.asked).toHaveLength(0);
    await first.cache.close();
    await second.cache.close();
  });

  it('tells of its request and its headers, where it is of this request', async () => {
    const { model, generate, stream } = setUp();
    const told = {
      request: { url: 'https://example.com', body: '{}' },
      response: { headers: { 'x-id': '7' }, body: { raw: true } },
    };
    model.answer(say('one', told));
    const [made, shared] = await Promise.all([generate(), generate()]);
    expect(made).toMatchObject({
      ...told,
      response: { body: { raw: true }, headers: { 'x-id': '7', 'holdfast-outcome': 'generated' } },
    });
    expect(shared.response?.headers).toEqual({
      'x-id': '7',
      'holdfast-outcome': 'coalesced',
      'holdfast-age': '0',
    });
    const hit = await generate();
    expect(hit.request).toBeUndefined();
    expect(hit.response).toEqual({ headers: { 'holdfast-outcome': 'hit', 'holdfast-age': '0' } });

    model.stream({ stream: ReadableStream.from([...spoken('a'), finish()]), ...told });
    const live = await stream('other');
    expect(live.request).toEqual(told.request);
    expect(live.response?.headers).toEqual({ 'x-id': '7', 'holdfast-outcome': 'generated' });
    await partsOf(Promise.resolve(live));
  });

  it.each(['length', 'content-filter', 'error', 'other', 'interrupted'] as const)(
    'that ended by %s is handed over and not kept, in either way',
    async (unified) => {
      const { model, generate, stream, cache } = setUp();
      model.answer(say('part', { finishReason: finished(unified) }), say('whole'));
      expect((await generate()).finishReason.unified).toBe(unified);
      model.stream([...spoken('part'), finish(unified)]);
      expect(textOf(await partsOf(stream()))).toBe('part');
      expect(cache.stats().entries).toBe(0);
      expect((await generate()).content).toEqual([{ type: 'text', text: 'whole' }]);
      expect(cache.stats().entries).toBe(1);
    },
  );

  const bad: Readonly<Record<string, ReturnType<typeof say>>> = {
    'has no content': contentOf(),
    'is an empty text': say(''),
    'is nothing but thoughts': contentOf({ type: 'reasoning', text: 'Hm.' }),
    'calls a tool with what is no JSON': {
      ...contentOf({ type: 'tool-call', toolCallId: '1', toolName: 'f', input: '{"a":' }),
      finishReason: finished('tool-calls'),
    },
    'has a tool of the provider that failed': contentOf(
      { type: 'text', text: 'Sorry.' },
      { type: 'tool-result', toolCallId: '1', toolName: 'f', result: 'no', isError: true },
    ),
    'holds what no store could give back': say('text', {
      providerMetadata: { p: { own: new Map() } } as never,
    }),
  };

  it.each(Object.entries(bad))('that %s is shared and not kept', async (_, answer) => {
    const { model, generate, stream, cache } = setUp();
    model.answer(answer);
    const [one, other] = await Promise.all([generate(), generate(), partsOf(stream())]);
    expect(one.content).toEqual(answer.content);
    expect(other.content).toEqual(answer.content);
    expect(cache.stats()).toMatchObject({ entries: 0, outcomes: { generated: 1, coalesced: 2 } });
  });

  it('that ends in calls of tools is kept, also of one that takes nothing', async () => {
    const { model, generate, stream } = setUp();
    const calls = contentOf(
      { type: 'tool-call', toolCallId: '1', toolName: 'f', input: '{"a":1}' },
      { type: 'tool-call', toolCallId: '2', toolName: 'now', input: '' },
    );
    model.answer({ ...calls, finishReason: finished('tool-calls') });
    await generate();
    expect(await partsOf(stream())).toEqual(expect.arrayContaining(calls.content));
    expect(model.asked).toHaveLength(1);
  });

  it('that is cut at its length is kept where that is said', async () => {
    const { model, generate } = setUp({ truncated: true });
    model.answer(say('part', { finishReason: finished('length') }));
    await generate();
    await generate();
    expect(model.asked).toHaveLength(1);
  });

  it('that is cut is nobody’s in the same cache who has not said so', async () => {
    const cache = createCache({ kinds: { exchange: exchange() } }) as never;
    const lenient = setUp({ cache, truncated: true });
    const strict = setUp({ cache });
    for (const { model } of [lenient, strict]) {
      model.answer(say('part', { finishReason: finished('length') }));
    }
    await lenient.generate();
    await strict.generate();
    expect(strict.model.asked).toHaveLength(1);
  });

  it('in JSON is kept where it has the shape that was asked for', async () => {
    const { model, generate, stream } = setUp();
    const responseFormat = {
      type: 'json' as const,
      schema: { type: 'object' as const, properties: { a: { type: 'number' as const } }, required: ['a'] },
    };
    model.answer(
      say('{"a":'),
      say('{"a":"1"}'),
      say('Here it is: {"a":1}', { structuredOutputText: '{"a":1}' }),
    );
    for (const _ of ['no JSON', 'another shape', 'right', 'kept'])
      await generate('hello', { responseFormat });
    expect(model.asked).toHaveLength(3);
    expect((await generate('hello', { responseFormat })).structuredOutputText).toBe('{"a":1}');
    // A stream could not say which text is meant: it is made by itself.
    model.stream([...spoken('{"a":2}'), finish()]);
    expect(textOf(await partsOf(stream('hello', { responseFormat })))).toBe('{"a":2}');
    expect(textOf(await partsOf(stream('hello', { responseFormat })))).toBe('{"a":2}');
    expect(model.asked).toHaveLength(4);
  });

  it('is not kept where a tool of the provider looks outside, nor one about a file at an address', async () => {
    const { model, generate, cache } = setUp();
    const search: Params = { tools: [{ type: 'provider', id: 'p.search', name: 'search', args: {} }] };
    const file = (address: string): Params => ({
      prompt: [
        {
          role: 'user',
          content: [{ type: 'file', mediaType: 'image/png', data: { type: 'url', url: new URL(address) } }],
        },
      ],
    });
    model.answer(say('now'), say('a picture'));
    await Promise.all([generate('hello', search), generate('hello', search)]);
    await generate('', file('https://example.com/a.png'));
    expect(model.asked).toHaveLength(2);
    expect(cache.stats().entries).toBe(0);
    model.answer(say('a picture'));
    await generate('', file('data:image/png;base64,AA=='));
    expect(cache.stats().entries).toBe(1);
  });

  it('over the longest that is allowed ends the request', async () => {
    const { model, generate, stream } = setUp({ maxAnswerBytes: 200 });
    model.answer(say('long '.repeat(100)));
    await expect(generate()).rejects.toMatchObject({ code: 'E_ANSWER_TOO_LARGE' });
    const writing = new Writing();
    model.stream(writing.result);
    const reading = partsOf(stream());
    await writing.write(...spoken('long ', 'long '.repeat(100)));
    await expect(reading).rejects.toMatchObject({ code: 'E_ANSWER_TOO_LARGE' });
  });

  it('costs what its tokens do, and saves that when it is shared', async () => {
    const prices = {
      date: '2026-09-23',
      unit: 'US dollars per million tokens',
      source: 'https://example.com',
      models: { 'a-model': { prices: [{ input: 1, cachedInput: 0.5, output: 10 }] } },
    } as const;
    const { model, generate, stream, cache } = setUp({ prices });
    model.answer(say('one'));
    await generate();
    await partsOf(stream());
    const { spent, saved } = cache.stats();
    expect(spent).toMatchObject({ inputTokens: usage.inputTokens.total, outputTokens: 10, cachedTokens: 40 });
    expect(spent.usd).toBeCloseTo(180 / 1e6, 12);
    expect(saved.usd).toBeCloseTo(180 / 1e6, 12);
    expect((await generate()).response?.headers?.['holdfast-saved-usd']).toBe('0.00018');
  });

  it('costs what it says also where it failed before', async () => {
    const { model, stream, cache } = setUp();
    const failure = { type: 'error' as const, error: new Error('overloaded') };
    model.stream([...spoken('Hel'), failure, finish('error')]);
    await partsOf(stream());
    expect(cache.stats()).toMatchObject({
      outcomes: { failed: 1 },
      spent: { inputTokens: usage.inputTokens.total, outputTokens: 10 },
    });
  });
});

describe('its options', () => {
  it.each<[string, MiddlewareOptions]>([
    ['a size', { maxAnswerBytes: '1 apple' as never }],
    ['a kind', { cache: createCache() as never }],
    ['a time-out', { timeout: 'soon' as never }],
    ['a price list', { prices: {} as never }],
    ['a scope', { scope: '' }],
  ])('are refused at once where %s is none', (_, options) => {
    expect(() => holdfastMiddleware(options)).toThrow(/must|unknown|no kind|declared|is no|is a non-empty/);
  });
});

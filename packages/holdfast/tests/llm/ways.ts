import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { GoogleGenAI } from '@google/genai';
import { generateText, type LanguageModel, streamText, wrapLanguageModel } from 'ai';
import { type Cache, createCache, type Store } from 'holdfast';
import { holdfastMiddleware } from 'holdfast/ai-sdk';
import { guardGemini } from 'holdfast/gemini';
import {
  exchange,
  type Guard,
  type GuardOptions,
  gemini,
  guardedFetch,
  guard as makeGuard,
  scopeOfKey,
} from 'holdfast/llm';
import { assertInvariants, type FakeGemini, ManualClock, settled } from 'holdfast/testing';
import { onTestFinished } from 'vitest';
import { start } from '../fake-gemini/client.ts';
import { passBackOffs } from '../guard/back-offs.ts';

/* The official clients, and none, each before the fake Gemini: what one of them gets, all must. */

export const model = 'gemini-2.5-flash';

export interface Call {
  readonly signal?: AbortSignal;
  readonly headers?: Record<string, string>;
  readonly maxOutputTokens?: number;
}

/** One client, as far as these tests need it. */
export interface Client {
  text(prompt: string, call?: Call): Promise<string>;
  /** The pieces of text of a stream. Throws what the client tells of a stream that fails, error parts included. */
  stream(prompt: string, call?: Call): AsyncIterableIterator<string>;
}

export interface Setting {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly cache: Cache<typeof kinds>;
  readonly guard: Guard;
  readonly more: More;
}

export interface More {
  readonly maxAnswerBytes?: number;
  readonly truncated?: boolean;
  readonly fetch?: typeof fetch;
}

const kinds = { exchange: exchange() };

const ways: Readonly<Record<string, (setting: Setting) => Client>> = {
  '@google/genai, guarded': ({ baseUrl, apiKey, cache, guard, more }) =>
    official(
      guardGemini(new GoogleGenAI({ apiKey, httpOptions: { baseUrl } }), { cache, guard, baseUrl, ...more }),
    ),

  '@google/genai with a guarded fetch': ({ baseUrl, apiKey, ...setting }) =>
    official(new GoogleGenAI({ apiKey, httpOptions: { baseUrl, fetch: fetchOf(baseUrl, setting) } })),

  'the AI SDK with a guarded fetch': ({ baseUrl, apiKey, ...setting }) => {
    const google = createGoogleGenerativeAI({
      apiKey,
      baseURL: `${baseUrl}/v1beta`,
      fetch: fetchOf(baseUrl, setting),
    });
    return sdk(google(model));
  },

  'the AI SDK with the middleware': ({ baseUrl, apiKey, cache, guard, more }) => {
    const { fetch, ...others } = more;
    const google = createGoogleGenerativeAI({
      apiKey,
      baseURL: `${baseUrl}/v1beta`,
      ...(fetch && { fetch }),
    });
    const middleware = holdfastMiddleware({ cache, guard, scope: scopeOfKey(apiKey), ...others });
    return sdk(wrapLanguageModel({ model: google(model), middleware }));
  },

  'raw HTTP': ({ baseUrl, apiKey, ...setting }) => raw(baseUrl, apiKey, fetchOf(baseUrl, setting)),
};

export const wayNames = Object.keys(ways);

function fetchOf(baseUrl: string, { cache, guard, more }: Pick<Setting, 'cache' | 'guard' | 'more'>) {
  return guardedFetch({ provider: gemini(), baseUrl, cache, guard, ...more });
}

function official(client: GoogleGenAI): Client {
  const parameters = (prompt: string, { signal, headers, maxOutputTokens }: Call) => ({
    model,
    contents: prompt,
    config: {
      ...(signal && { abortSignal: signal }),
      ...(headers && { httpOptions: { headers } }),
      ...(maxOutputTokens && { maxOutputTokens }),
    },
  });
  return {
    text: async (prompt, call = {}) =>
      (await client.models.generateContent(parameters(prompt, call))).text ?? '',
    async *stream(prompt, call = {}) {
      for await (const chunk of await client.models.generateContentStream(parameters(prompt, call))) {
        yield chunk.text ?? '';
      }
    },
  };
}

function sdk(languageModel: LanguageModel): Client {
  const parameters = (prompt: string, { signal, headers, maxOutputTokens }: Call) => ({
    model: languageModel,
    prompt,
    maxRetries: 0,
    ...(signal && { abortSignal: signal }),
    ...(headers && { headers }),
    ...(maxOutputTokens && { maxOutputTokens }),
  });
  return {
    text: async (prompt, call = {}) => (await generateText(parameters(prompt, call))).text,
    async *stream(prompt, call = {}) {
      // Told by the stream as well: without this it is printed.
      const { fullStream } = streamText({ ...parameters(prompt, call), onError: () => undefined });
      for await (const part of fullStream) {
        if (part.type === 'text-delta') yield part.text;
        if (part.type === 'error') throw part.error;
        if (part.type === 'abort') throw call.signal?.reason;
      }
    },
  };
}

interface Chunk {
  readonly candidates?: readonly { readonly content?: { readonly parts?: readonly { text?: string }[] } }[];
  readonly error?: { readonly code: number };
}

function raw(baseUrl: string, apiKey: string, guarded: typeof fetch): Client {
  const send = async (method: string, prompt: string, { signal, headers, maxOutputTokens }: Call) => {
    const response = await guarded(`${baseUrl}/v1beta/models/${model}:${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': apiKey, ...headers },
      body: JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: prompt }] }],
        ...(maxOutputTokens && { generationConfig: { maxOutputTokens } }),
      }),
      ...(signal && { signal }),
    });
    if (!response.ok) throw new Error(await response.text());
    return response;
  };
  const textOf = ({ candidates, error }: Chunk): string => {
    if (error !== undefined) throw new Error(`an error part: ${error.code}`);
    return (candidates?.[0]?.content?.parts ?? []).map(({ text = '' }) => text).join('');
  };
  return {
    text: async (prompt, call = {}) =>
      textOf((await (await send('generateContent', prompt, call)).json()) as Chunk),
    async *stream(prompt, call = {}) {
      const { body } = await send('streamGenerateContent?alt=sse', prompt, call);
      let text = '';
      for await (const bytes of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const events = (text + bytes).split('\r\n\r\n');
        text = events.pop() ?? '';
        for (const event of events) yield textOf(JSON.parse(event.replace(/^data: /, '')) as Chunk);
      }
    },
  };
}

export interface Bench extends Client {
  readonly fake: FakeGemini;
  readonly cache: Cache<typeof kinds>;
  readonly guard: Guard;
  readonly clock: ManualClock;
  /** Another client of the same program, with a key of its own. */
  with(apiKey: string): Client;
}

interface BenchOptions extends More {
  readonly guard?: GuardOptions;
  readonly apiKey?: string;
  readonly store?: Store;
  /** One that is there already. */
  readonly fake?: FakeGemini;
}

const startEcho = () =>
  start({ reply: ({ body }) => `${JSON.stringify(body.contents)} ${'answered '.repeat(30)}` });

/** A client before a fake, with a cache and a guard on a clock that stands still, but for back-offs, which pass at once. */
export async function bench(way: string, options: BenchOptions = {}): Promise<Bench> {
  const { guard: limits, apiKey = 'a-key', store, fake = await startEcho(), ...more } = options;
  const clock = new ManualClock();
  const guard = makeGuard({ clock, random: () => 0, ...limits });
  passBackOffs(guard, clock);
  const cache = createCache({ clock, random: () => 0, kinds, ...(store && { store }) });
  onTestFinished(async () => {
    await guard.close();
    await cache.close();
    assertInvariants(cache);
  });
  const make = ways[way];
  if (make === undefined) throw new Error(`no way is called ${way}`);
  const withKey = (key: string) => make({ baseUrl: fake.url, apiKey: key, cache, guard, more });
  return { fake, cache, guard, clock, with: withKey, ...withKey(apiKey) };
}

export async function all(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** Every caller has come to the flight: what the clients do before that takes no time but their own. */
export const everybodyThere = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await settled();
};

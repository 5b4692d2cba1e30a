import { type GenerateContentResponse, GoogleGenAI } from '@google/genai';
import { expectTypeOf } from 'vitest';
import { type Cache, createCache } from '../cache/cache.ts';
import type { Kinds } from '../cache/options.ts';
import type { Guard } from '../guard/guard.ts';
import { exchange } from '../llm/exchange-kind.ts';
import { guardGemini } from './guard-gemini.ts';

class OwnClient extends GoogleGenAI {
  readonly team: string = 'ours';
}

// The result is a client, of the very class that was handed in.
const client = guardGemini(new OwnClient({ apiKey: 'a-key' }));
expectTypeOf(client).toExtend<OwnClient>();
expectTypeOf(client.team).toEqualTypeOf<string>();
expectTypeOf(client.models).toEqualTypeOf<GoogleGenAI['models']>();
const answer = client.models.generateContent({ model: 'm', contents: 'c' });
expectTypeOf(answer).toEqualTypeOf<Promise<GenerateContentResponse>>();
expectTypeOf(client.holdfast.cache).toEqualTypeOf<Cache<Kinds>>();
expectTypeOf(client.holdfast.guard).toEqualTypeOf<Guard>();
expectTypeOf(client.close()).toEqualTypeOf<Promise<void>>();

// It knows the kinds of the cache that it is given.
const kinds = { exchange: exchange() };
const given = guardGemini(new GoogleGenAI({}), { cache: createCache({ kinds }) });
expectTypeOf(given.holdfast.cache).toEqualTypeOf<Cache<typeof kinds>>();

// @ts-expect-error: the provider is Gemini
guardGemini(new GoogleGenAI({}), { provider: undefined });
// @ts-expect-error: not a client
guardGemini({ models: {} });
